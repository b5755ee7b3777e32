"""The states of a document, the groups that rules speak of, and the words for them."""

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Every state a document can be in."""

    UPLOADED = "uploaded", pgettext_lazy("document state", "Uploaded")
    CHECKING = "checking", pgettext_lazy("document state", "Checking")
    REJECTED = "rejected", pgettext_lazy("document state", "Not accepted")
    PROCESSING = "processing", pgettext_lazy("document state", "Reading")
    FAILED = "failed", pgettext_lazy("document state", "Failed")
    REVIEW = "review", pgettext_lazy("document state", "In review")
    APPROVAL = "approval", pgettext_lazy("document state", "Approval")
    SIGNING = "signing", pgettext_lazy("document state", "Signing")
    ENDORSEMENT = "endorsement", pgettext_lazy("document state", "Endorsement")
    REWORK = "rework", pgettext_lazy("document state", "Changes requested")
    READY = "ready", pgettext_lazy("document state", "Ready")
    DELIVERED = "delivered", pgettext_lazy("document state", "Delivered")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("document state", "Receipt confirmed")
    DECLINED = "declined", pgettext_lazy("document state", "Declined")
    RECALLED = "recalled", pgettext_lazy("document state", "Recalled")
    ARCHIVED = "archived", pgettext_lazy("document state", "Archived")


# Stages where a person has to decide; a route is made of these.
STAGES = (State.REVIEW, State.APPROVAL, State.SIGNING, State.ENDORSEMENT)

# The client may have the current version in hand.
IN_HAND = (State.READY, State.DELIVERED, State.ACKNOWLEDGED)

# The client was given the current version; from the archive he may still get it.
GIVEN = (*IN_HAND, State.DECLINED)
OPEN_TO_CLIENT = (*GIVEN, State.ARCHIVED)

# The client knows of a document in these once he was given it; in those while it is prepared, if the type says so.
GIVEN_ONCE = (State.RECALLED, State.ARCHIVED)
SHOWN_WHILE_PREPARED = (State.CHECKING, State.PROCESSING, *STAGES, State.REWORK)

# A new file may replace the current one.
REPLACEABLE = (State.REJECTED, State.FAILED, State.REWORK, State.RECALLED, State.DECLINED)

RECALLABLE = tuple(state for state in State if state not in (State.RECALLED, State.ARCHIVED))
ARCHIVABLE = (
    State.READY,
    State.DELIVERED,
    State.ACKNOWLEDGED,
    State.REJECTED,
    State.RECALLED,
    State.DECLINED,
)

# Nothing is asked of anybody any more.
FINAL = (State.ACKNOWLEDGED, State.DECLINED, State.RECALLED, State.ARCHIVED)

# What was confirmed or put away stays as it was read: its details cannot be corrected.
CLOSED = (State.ACKNOWLEDGED, State.ARCHIVED)
