"""The words a delivery's life is told in; the API uses the same strings."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    """Where one delivery stands. `sent` is final on channels without receipts, else until one comes."""

    PLANNED = "planned", pgettext_lazy("delivery", "Planned")
    HELD = "held", pgettext_lazy("delivery", "Waiting for a person")
    QUEUED = "queued", pgettext_lazy("delivery", "Queued")
    SENDING = "sending", pgettext_lazy("delivery", "Sending")
    RETRYING = "retrying", pgettext_lazy("delivery", "Retrying")
    UNKNOWN = "unknown", pgettext_lazy("delivery", "Checking")
    SENT = "sent", pgettext_lazy("delivery", "Handed over")
    DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
    FAILED = "failed", pgettext_lazy("delivery", "Not delivered")
    SUPPRESSED = "suppressed", pgettext_lazy("delivery", "Not sent")
    SUPERSEDED = "superseded", pgettext_lazy("delivery", "Replaced")
    WITHDRAWN = "withdrawn", pgettext_lazy("delivery", "Cancelled")
    EXPIRED = "expired", pgettext_lazy("delivery", "Expired")


CLAIMABLE = (State.PLANNED, State.QUEUED, State.RETRYING)
WAITING = (*CLAIMABLE, State.HELD)
NOT_ARRIVED = tuple(state for state in State if state not in (State.SENT, State.DELIVERED))
OPEN = (*WAITING, State.SENDING, State.UNKNOWN)
STOPPED = (State.SUPPRESSED, State.SUPERSEDED, State.WITHDRAWN, State.EXPIRED)
IN_VAIN = (State.FAILED, State.SUPPRESSED, State.EXPIRED)


def nobody_reached(ends: Iterable[tuple[str, str]]) -> bool:
    """Whether all messages of a notification, each its state and reason, have ended without reaching the person.

    One not sent because the document was open already is no failure; one that a person sent anew no longer counts.
    """
    counted = [(state, reason) for state, reason in ends if reason != "resent"]
    return bool(counted) and all(state in IN_VAIN and reason != "already_opened" for state, reason in counted)


class Lane(TextChoices):
    """Lanes never wait for each other."""

    URGENT = "urgent", pgettext_lazy("lane", "Urgent")
    NORMAL = "normal", pgettext_lazy("lane", "Normal")
    BULK = "bulk", pgettext_lazy("lane", "Bulk")


class Outcome(TextChoices):
    """How one attempt ended, once that is known."""

    OK = "ok", pgettext_lazy("attempt", "Accepted")
    TRANSIENT = "transient", pgettext_lazy("attempt", "Refused for now")
    PERMANENT = "permanent", pgettext_lazy("attempt", "Refused")
    UNKNOWN = "unknown", pgettext_lazy("attempt", "Not known")
