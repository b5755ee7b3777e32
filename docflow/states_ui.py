"""How each state looks and reads: one table for badges, chips, diagrams of the way, and the client's words."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    """Tone, icon and word of a state; never the colour alone."""

    tone: str
    icon: str
    label: Promise | str


DOCUMENT: dict[str, Look] = {
    "uploaded": Look("grey", "upload", pgettext_lazy("document state", "Uploaded")),
    "checking": Look("blue", "scan-search", pgettext_lazy("document state", "Checking")),
    "processing": Look("blue", "scan-search", pgettext_lazy("document state", "Reading")),
    "rejected": Look("red", "circle-alert", pgettext_lazy("document state", "Not accepted")),
    "failed": Look("red", "circle-alert", pgettext_lazy("document state", "Failed")),
    "review": Look("amber", "stamp", pgettext_lazy("document state", "In review")),
    "approval": Look("amber", "stamp", pgettext_lazy("document state", "Approval")),
    "endorsement": Look("amber", "stamp", pgettext_lazy("document state", "Endorsement")),
    "rework": Look("amber", "undo-2", pgettext_lazy("document state", "Changes requested")),
    "signing": Look("amber", "signature", pgettext_lazy("document state", "Signing")),
    "ready": Look("green", "check", pgettext_lazy("document state", "Ready")),
    "delivered": Look("green", "check-check", pgettext_lazy("document state", "Delivered")),
    "awaiting": Look("violet", "mail-check", pgettext_lazy("document state", "Awaiting confirmation")),
    "acknowledged": Look("green", "badge-check", pgettext_lazy("document state", "Receipt confirmed")),
    "declined": Look("red", "ban", pgettext_lazy("document state", "Declined")),
    "recalled": Look("red", "ban", pgettext_lazy("document state", "Recalled")),
    "expired": Look("grey", "timer", pgettext_lazy("document state", "Expired")),
    "archived": Look("grey", "archive", pgettext_lazy("document state", "Archived")),
}

_PREPARING = pgettext_lazy("client sees", "Being prepared")
_APPROVING = pgettext_lazy("client sees", "Being approved")
CLIENT_WORDS: dict[str, Promise] = {
    "uploaded": _PREPARING,
    "checking": _PREPARING,
    "processing": _PREPARING,
    "rejected": _PREPARING,
    "failed": _PREPARING,
    "rework": _PREPARING,
    "review": _APPROVING,
    "approval": _APPROVING,
    "endorsement": _APPROVING,
    "signing": _APPROVING,
    "ready": pgettext_lazy("client sees", "Ready"),
    "delivered": pgettext_lazy("client sees", "With you"),
    "awaiting": pgettext_lazy("client sees", "Waiting for you"),
    "acknowledged": pgettext_lazy("client sees", "Done"),
    "declined": pgettext_lazy("client sees", "You declined"),
    "recalled": pgettext_lazy("client sees", "Recalled"),
    "expired": pgettext_lazy("client sees", "Expired"),
    "archived": pgettext_lazy("client sees", "In the archive"),
}
# What went wrong inside is not the client's news: there it is still being prepared.
CLIENT_LOOKS = {"rejected": "processing", "failed": "processing", "rework": "processing"}

DELIVERY: dict[str, Look] = {
    "planned": Look("grey", "calendar-clock", pgettext_lazy("delivery state", "Planned")),
    "held": Look("grey", "calendar-clock", pgettext_lazy("delivery state", "Held for a person")),
    "queued": Look("blue", "loader", pgettext_lazy("delivery state", "Queued")),
    "sending": Look("blue", "loader", pgettext_lazy("delivery state", "Sending")),
    "sent": Look("blue", "send", pgettext_lazy("delivery state", "Handed over")),
    "delivered": Look("green", "check-check", pgettext_lazy("delivery state", "Delivered")),
    "opened": Look("violet", "eye", pgettext_lazy("delivery state", "Link opened")),
    "retrying": Look("amber", "rotate-cw", pgettext_lazy("delivery state", "Will retry")),
    "failed": Look("red", "circle-alert", pgettext_lazy("delivery state", "Not delivered")),
    "suppressed": Look("grey", "bell-off", pgettext_lazy("delivery state", "Not sent")),
    "withdrawn": Look("grey", "ban", pgettext_lazy("delivery state", "Withdrawn")),
    "superseded": Look("grey", "ban", pgettext_lazy("delivery state", "Replaced")),
    "expired": Look("grey", "ban", pgettext_lazy("delivery state", "Came too late")),
    "unknown": Look("amber", "circle-question-mark", pgettext_lazy("delivery state", "Finding out")),
}

CHANNELS: dict[str, Look] = {
    "email": Look("blue", "mail", _("E-mail")),
    "sms": Look("green", "message-square-text", pgettext_lazy("channel", "SMS")),
    "telegram": Look("blue", "send", pgettext_lazy("channel", "Telegram")),
    "inbox": Look("grey", "bell", pgettext_lazy("channel", "In the product")),
}

PERSON_STEP: dict[str, Look] = {
    "done": Look("green", "circle-check", _("Approved")),
    "current": Look("amber", "clock", _("Deciding now")),
    "future": Look("grey", "circle-dashed", _("Later")),
    "returned": Look("amber", "undo-2", _("Returned for changes")),
}

UNKNOWN = Look("grey", "circle-question-mark", "")


def document(state: str, *, client: bool = False) -> Look:
    """The look of a document's state, in the client's words when asked."""
    look = DOCUMENT.get(CLIENT_LOOKS.get(state, state) if client else state, UNKNOWN)
    return look._replace(label=CLIENT_WORDS.get(state, look.label)) if client else look


def delivery(state: str) -> Look:
    """The look of a delivery's state."""
    return DELIVERY.get(state, UNKNOWN)


def icons() -> set[str]:
    """Every icon a template can ask for through these tables."""
    tables = (DOCUMENT, DELIVERY, CHANNELS, PERSON_STEP)
    return {look.icon for table in tables for look in table.values()} | {UNKNOWN.icon}
