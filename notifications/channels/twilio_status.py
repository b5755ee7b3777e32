"""What Twilio says became of a message: by its signed call-back, or when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from twilio.request_validator import RequestValidator

from notifications.channels.base import Status, Verdict
from notifications.channels.twilio_codes import CODES

STATUSES: dict[str, Literal["queued", "sent", "delivered", "failed"]] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "delivered": "delivered",
    "read": "delivered",
}


def verify(url: str, params: Mapping[str, str], signature: str, token: str) -> bool:
    """Whether Twilio signed this callback; `url` is the public address it was given, query and all."""
    return bool(RequestValidator(token).validate(url, params, signature))


def parse_callback(params: Mapping[str, str]) -> Status | None:
    """A status callback, or None if it is about nothing we know."""
    ref = params.get("MessageSid") or params.get("SmsSid") or ""
    return understood(ref, params.get("MessageStatus") or params.get("SmsStatus") or "", params.get("ErrorCode", ""))


def understood(ref: str, said: str, code: str) -> Status | None:
    """Twilio's word in ours, or None if it is about nothing we know."""
    said = said.lower()
    if not ref or said not in STATUSES:
        return None
    status, number = STATUSES[said], int(code) if code.isascii() and code.isdigit() else 0
    verdict = CODES.get(number, Verdict("permanent", "refused")) if status == "failed" else None
    return Status(ref, status, said, str(number or ""), verdict)
