"""The word that Twilio sends back about each message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from twilio.request_validator import RequestValidator

from notifications.channels.base import Verdict
from notifications.channels.twilio_codes import CODES

RANKS = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "delivered": 5,
    "read": 6,
}
FAILED = ("undelivered", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Callback:
    """What Twilio says about one message. A higher rank never yields to a lower one."""

    provider_ref: str
    status: str
    rank: int
    code: int | None
    state: Literal["sent", "delivered", "failed"] | None
    verdict: Verdict | None

    @property
    def event(self) -> str:
        """The same for a repeated callback."""
        return f"{self.provider_ref}:{self.status}"


def verify(url: str, params: Mapping[str, str], signature: str, token: str) -> bool:
    """Whether Twilio signed this callback; `url` is the public address it was given, query and all."""
    return bool(RequestValidator(token).validate(url, params, signature))


def parse_callback(params: Mapping[str, str]) -> Callback | None:
    """A status callback, or None if it is about nothing we know."""
    ref = params.get("MessageSid") or params.get("SmsSid") or ""
    status = (params.get("MessageStatus") or params.get("SmsStatus") or "").lower()
    if not ref or status not in RANKS:
        return None
    code = params.get("ErrorCode", "")
    number = int(code) if code.isascii() and code.isdigit() else None
    return Callback(ref, status, RANKS[status], number, _state(status), _failure(status, number))


def _state(status: str) -> Literal["sent", "delivered", "failed"] | None:
    if status in FAILED:
        return "failed"
    return "delivered" if RANKS[status] >= RANKS["delivered"] else "sent" if status == "sent" else None


def _failure(status: str, code: int | None) -> Verdict | None:
    if status not in FAILED:
        return None
    return CODES.get(code or 0, Verdict("permanent", "refused"))
