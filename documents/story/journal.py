"""The journal of one document as a timeline: one sentence per fact, machine runs folded."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db.models import Min, Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditEntry
from documents.models import Document, Step
from documents.story.shapes import Event

PAGE = 40
FILTERS = {
    "": pgettext_lazy("events", "All"),
    "people": pgettext_lazy("events", "People"),
    "delivery": pgettext_lazy("events", "Delivery"),
    "system": pgettext_lazy("events", "System"),
}
BY_PEOPLE = ("user", "key", "contact")
DELIVERY = Q(action__startswith="delivery.") | Q(action="document.delivered")
CONDITIONS = {
    "people": Q(actor_kind__in=BY_PEOPLE),
    "delivery": DELIVERY,
    "system": Q(actor_kind="system") & ~DELIVERY,
}


class Look(NamedTuple):
    """How a fact appears: its icon and tone, and what the actor did."""

    icon: str
    tone: str
    text: str | Promise


LOOKS: dict[str, Look] = {
    "document.created": Look(icon="upload", tone="grey", text=gettext_lazy("uploaded the document")),
    "document.checking": Look(icon="shield-check", tone="grey", text=gettext_lazy("The check of the file began")),
    "document.processing": Look(icon="shield-check", tone="grey", text=gettext_lazy("The file was checked")),
    "document.rejected": Look(icon="circle-alert", tone="red", text=gettext_lazy("The file was not accepted")),
    "document.failed": Look(icon="circle-alert", tone="red", text=gettext_lazy("Processing stopped")),
    "document.retried": Look(icon="rotate-cw", tone="grey", text=gettext_lazy("started the processing again")),
    "document.approval_asked": Look(icon="stamp", tone="amber", text=gettext_lazy("A decision is asked")),
    "document.approved": Look(icon="stamp", tone="green", text=gettext_lazy("approved the document")),
    "document.returned": Look(icon="undo-2", tone="amber", text=gettext_lazy("sent the document back for changes")),
    "document.resubmitted": Look(icon="redo-2", tone="grey", text=gettext_lazy("submitted the document again")),
    "document.ready": Look(icon="check", tone="green", text=gettext_lazy("The document is ready")),
    "document.delivered": Look(icon="check-check", tone="green", text=gettext_lazy("The client was told")),
    "document.acknowledged": Look(icon="badge-check", tone="green", text=gettext_lazy("confirmed receipt")),
    "document.declined": Look(icon="ban", tone="red", text=gettext_lazy("declined the document")),
    "document.recalled": Look(icon="ban", tone="red", text=gettext_lazy("recalled the document")),
    "document.archived": Look(icon="archive", tone="grey", text=gettext_lazy("put the document in the archive")),
    "document.restored": Look(
        icon="archive-restore", tone="grey", text=gettext_lazy("took the document out of the archive")
    ),
    "document.new_version": Look(icon="upload", tone="grey", text=gettext_lazy("uploaded a new version")),
    "document.opened": Look(icon="eye", tone="violet", text=gettext_lazy("opened the document by the link")),
    "document.downloaded": Look(icon="download", tone="violet", text=gettext_lazy("downloaded the file")),
    "document.commented": Look(icon="message-circle", tone="grey", text=gettext_lazy("wrote a comment")),
    "document.asked": Look(icon="message-circle-question-mark", tone="amber", text=gettext_lazy("asked a question")),
    "document.not_mine": Look(icon="user-x", tone="red", text=gettext_lazy("said that the document is not for them")),
    "document.edited": Look(icon="pencil", tone="grey", text=gettext_lazy("changed the details")),
    "link.revoked": Look(icon="link-2-off", tone="grey", text=gettext_lazy("revoked a link")),
    "link.extended": Look(
        icon="link-2", tone="grey", text=gettext_lazy("A fresh link was sent instead of an expired one")
    ),
    "delivery.failed": Look(icon="circle-alert", tone="red", text=gettext_lazy("A message was not delivered")),
    "delivery.untold": Look(icon="bell-off", tone="red", text=gettext_lazy("Nobody could be told")),
    "delivery.told": Look(icon="check-check", tone="green", text=gettext_lazy("A message was delivered")),
}
DETAILS = {
    "title": gettext_lazy("Title"),
    "number": gettext_lazy("Number"),
    "priority": gettext_lazy("Priority"),
    "purpose": gettext_lazy("Purpose"),
    "due_at": gettext_lazy("Due"),
}
DEVICES = {"phone": gettext_lazy("from a phone"), "computer": gettext_lazy("from a computer")}


def entries(document: Document, *, only: str = "", before: UUID | None = None) -> tuple[list[AuditEntry], UUID | None]:
    """A page of the journal, newest first, and the id to go on before."""
    rows = AuditEntry.objects.filter(subject_kind=Document.subject_kind, subject_id=document.pk)
    if only in CONDITIONS:
        rows = rows.filter(CONDITIONS[only])
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def first_times(document: Document) -> dict[str, datetime]:
    """When each kind of fact first happened to the current version."""
    rows = AuditEntry.objects.filter(
        subject_kind=Document.subject_kind, subject_id=document.pk, version=document.version
    )
    return dict(rows.order_by().values_list("action").annotate(first=Min("at")))


def last_times(document: Document, *wanted: str) -> dict[str, datetime]:
    """When these facts last happened to the current version."""
    rows = AuditEntry.objects.filter(
        subject_kind=Document.subject_kind, subject_id=document.pk, version=document.version, action__in=wanted
    )
    return dict(rows.order_by("at").values_list("action", "at"))


def days(rows: Sequence[AuditEntry], steps: Sequence[Step]) -> list[tuple[str, list[Event]]]:
    """The timeline by day, newest first."""
    events = list(_events(rows, steps))
    by_day = groupby(events, key=lambda event: localdate(event.at))
    return [(day_label(day), list(group)) for day, group in by_day]


def events(rows: Sequence[AuditEntry]) -> list[Event]:
    """The same without days and folding, for a short list."""
    return [_event(row) for row in rows]


def _events(rows: Sequence[AuditEntry], steps: Sequence[Step]) -> Iterable[Event]:
    """A start of a check right under its end is told in one line."""
    checked_above = False
    for row in rows:
        if row.action == "document.checking" and checked_above:
            checked_above = False
            continue
        checked_above = row.action == "document.processing"
        yield _folded(row, steps) if checked_above else _event(row)


def _folded(row: AuditEntry, steps: Sequence[Step]) -> Event:
    done = [step for step in steps if step.version.n == row.version and step.finished_at]
    look = LOOKS[row.action]
    return Event("system", look.icon, look.tone, str(look.text), row.at, steps=tuple(map(_step, done)))


def _step(step: Step) -> tuple[str, timedelta | None]:
    took = step.finished_at - step.started_at if step.finished_at and step.started_at else None
    return str(step.get_kind_display()), took


def _event(row: AuditEntry) -> Event:
    look = LOOKS.get(row.action) or Look(icon="info", tone="grey", text=_label(row.action))
    people = row.actor_kind in BY_PEOPLE and row.action in LOOKS
    kind = "delivery" if row.action.startswith("delivery.") else "people" if people else "system"
    alone = not people or _speaks_for_itself(row.action)
    return Event(
        kind=kind,
        icon=look.icon,
        tone=look.tone,
        text=str(look.text),
        at=row.at,
        name=row.actor_name if people and row.actor_kind != "contact" and not alone else "",
        actor="" if alone else row.actor_name,
        note=_note(row),
        comment=str(row.data.get("comment", "")),
    )


def _speaks_for_itself(action: str) -> bool:
    """Facts that are told without who caused them, whoever it was."""
    return action in {"document.ready", "document.delivered", "document.approval_asked", "document.checking"}


def _label(action: str) -> str:
    declared = audit.actions().get(action)
    return str(declared.label) if declared else action


def _note(row: AuditEntry) -> str:
    if changed := row.data.get("changed"):
        return ", ".join(str(DETAILS.get(name, name)) for name in changed)
    if device := DEVICES.get(row.data.get("device", "")):
        return str(device)
    reason = row.data.get("reason")
    if isinstance(reason, dict):
        return str(reason.get((get_language() or "en")[:2], ""))
    return str(reason) if isinstance(reason, str) else ""


def day_label(day: date) -> str:
    """ "Today, 21 November"; another year says so."""
    today = localdate()
    words = date_format(day, "j E" if day.year == today.year else "j E Y")
    names = {0: _("Today"), 1: _("Yesterday")}
    name = names.get((today - day).days)
    return f"{name}, {words}" if name else words
