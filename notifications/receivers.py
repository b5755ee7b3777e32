"""The one receiver: a journal entry that somebody may be told of leaves an outbox row in the same transaction."""

from collections.abc import Sequence
from typing import Any

from accounts import audit, subjects
from docflow.common import ids
from docflow.common.copying import copy
from notifications import wake
from notifications.models import OutboxEvent


def connect() -> None:
    """Listen to the journal."""
    audit.recorded.connect(on_recorded, dispatch_uid="notifications.outbox")


def on_recorded(sender: object, *, entries: Sequence[audit.Entry], action: audit.Action, **_kwargs: Any) -> None:
    """Write the outbox rows, whatever triggers exist now; wake the planner after commit."""
    if not action.notifiable and action.name not in subjects.handled():
        return
    copy(OutboxEvent, map(_row, entries))
    wake.after_commit()


def _row(entry: audit.Entry) -> dict[str, Any]:
    return {
        "id": ids.new_id(),
        "entry_id": entry.id,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "version": entry.version,
        "created_at": entry.at,
        "due_at": entry.at,
        "failures": 0,
        "error": "",
    }
