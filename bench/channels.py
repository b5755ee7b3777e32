"""The product's settings by which a channel leads to the sink."""

import os

from bench.sink import Sink
from notifications import connect


def only(channel: str, target: Sink) -> None:
    """This channel is on and leads to the sink, all others are off; for workers started from now on, too."""
    known = _settings(target)
    for name in {name for values in known.values() for name in values}:
        os.environ.pop(name, None)
    os.environ.update(known[channel])
    connect.forget()


def _settings(target: Sink) -> dict[str, dict[str, str]]:
    base = f"http://127.0.0.1:{target.http}"
    return {
        "email": {"EMAIL_URL": f"smtp://127.0.0.1:{target.smtp}/?from=docflow@example.com&name=docflow"},
        "sms": {
            "TWILIO_ACCOUNT_SID": f"AC{1:032x}", "TWILIO_AUTH_TOKEN": "0" * 32, "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE": base,
        },
        "telegram": {"TELEGRAM_TOKEN": "1:sink", "TELEGRAM_API_BASE": base, "TELEGRAM_PER_SECOND": "10000"},
    }  # fmt: skip
