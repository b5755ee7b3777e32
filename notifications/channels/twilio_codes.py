"""Twilio's error codes, in our words."""

from __future__ import annotations

from notifications.channels.base import Verdict

# Twilio advises against building on its codes and keeps splitting them: a list, with the class as the default.
CODES: dict[int, Verdict] = {
    20003: Verdict("config", "sign_in_refused"),
    20404: Verdict("config", "sign_in_refused"),
    20429: Verdict("transient", "busy"),
    20500: Verdict("transient", "provider_down"),
    21211: Verdict("permanent", "bad_address", address_dead=True),
    21408: Verdict("permanent", "region_closed"),
    21606: Verdict("config", "sender_refused"),
    21610: Verdict("permanent", "opted_out", address_dead=True),
    21611: Verdict("transient", "busy"),
    21612: Verdict("permanent", "region_closed"),
    21614: Verdict("permanent", "not_mobile", address_dead=True),
    21617: Verdict("permanent", "too_long"),
    21635: Verdict("permanent", "not_mobile", address_dead=True),
    21659: Verdict("config", "sender_refused"),
    21660: Verdict("config", "sender_refused"),
    30001: Verdict("transient", "busy"),
    30002: Verdict("config", "account_suspended"),
    30003: Verdict("transient", "unreachable"),
    30004: Verdict("permanent", "filtered"),
    30005: Verdict("permanent", "number_not_found", address_dead=True),
    30006: Verdict("permanent", "not_mobile", address_dead=True),
    30007: Verdict("permanent", "filtered"),
    30008: Verdict("transient", "network"),
    30009: Verdict("transient", "network"),
    30034: Verdict("config", "sender_refused"),
    30500: Verdict("transient", "provider_down"),
    60005: Verdict("transient", "network"),
}
BY_STATUS: dict[int, Verdict] = {
    401: Verdict("config", "sign_in_refused"),
    403: Verdict("config", "sign_in_refused"),
    404: Verdict("config", "not_configured"),
    408: Verdict("transient", "interrupted"),
    429: Verdict("transient", "busy"),
}


def verdict(status: int, code: int | None) -> Verdict:
    """What an answer other than 2xx means. The library gives the status as code when the body held none."""
    if code in CODES:
        return CODES[code]
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500 and code == status and status != 503:
        # A gateway spoke, not Twilio: what stands behind it may have taken the message.
        return Verdict("unknown", "garbage")
    return Verdict("transient", "provider_down") if status >= 500 else Verdict("permanent", "refused")
