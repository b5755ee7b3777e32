"""The one receiver: a journal entry that somebody may be told of leaves an outbox row in the same transaction."""

from collections.abc import Sequence
from typing import Any

from accounts import audit, subjects
from notifications import outbox, wake


def connect() -> None:
    """Listen to the journal."""
    audit.recorded.connect(on_recorded, dispatch_uid="notifications.outbox")


def on_recorded(sender: object, *, entries: Sequence[audit.Entry], action: audit.Action, **_kwargs: Any) -> None:
    """Write the outbox rows, whatever triggers exist now; wake the planner after commit if any asks for them.

    Handlers have their facts in batches, so these may gather for a moment.
    """
    handled = action.name in subjects.handled()
    if not action.notifiable and not handled:
        return
    if outbox.put_down(action.name, entries):
        wake.after_commit(wake.CONCLUDE if handled else wake.PLAN)
