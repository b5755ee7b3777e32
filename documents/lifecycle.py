"""Every use case that moves a document, and the only callers of its transitions.

Each locks the row, asks permission, moves, saves, writes dependent rows and records the fact, all in one
transaction; who comes too late gets NotPossible with the fresh state. They return the document as it is now.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition, TransitionNotAllowed

from accounts.audit import SYSTEM, Actor
from docflow.common import clock
from docflow.common.errors import NotAllowed, NotPossible, NotValid
from documents import editing, permissions, routing, steps, wake
from documents.models import Document, Step, Task
from documents.states import STAGES, State

REQUIRED_STEPS = (Step.Kind.CHECK, Step.Kind.TEXT)
NEEDED_TO_TELL = ("state", "state_at", "untold_at", "version", "client_id", "author_id")


def start(document: Document, *, by: Actor) -> Document:
    """Begin checking: the route is pinned as the type has it now, the work is planned."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.start(routing.of_type(fresh.type))
        _save(fresh, "route")
        _plan_check(fresh)
        _tell("document.checking", fresh, by=by)
    return fresh


@contextmanager
def started_at_once(document: Document, *, by: Actor) -> Iterator[None]:
    """As `start`, of a document that is saved for the first time within: nobody else knows it yet."""
    document.start(routing.of_type(document.type))
    yield
    _plan_check(document)
    _tell("document.checking", document, by=by)


def accept(document: Document) -> Document:
    """The file is sound: go on to reading it."""
    with _moving(document) as fresh:
        fresh.accept()
        _save(fresh)
        fresh.versions.filter(n=fresh.version).update(checked_at=clock.now())
        steps.open_for(editing.current_version(fresh), Step.Kind.TEXT, Step.Kind.PICTURES)
        _tell("document.processing", fresh, by=SYSTEM)
    return fresh


def reject(document: Document, *, reason: dict[str, str]) -> Document:
    """The file cannot be taken; `reason` has `code`, `ru` and `en`, kept with the version."""
    with _moving(document) as fresh:
        fresh.reject()
        _save(fresh)
        _keep_reason(fresh, reason)
        _tell("document.rejected", fresh, by=SYSTEM, reason=reason)
    return fresh


def fail(document: Document, *, reason: dict[str, str]) -> Document:
    """A step was parked: wait for a person to retry."""
    with _moving(document) as fresh:
        fresh.fail()
        _save(fresh)
        _keep_reason(fresh, reason)
        _tell("document.failed", fresh, by=SYSTEM, reason=reason)
    return fresh


def retry(document: Document, *, by: Actor) -> Document:
    """Try the parked work again from where it stopped."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.retry(checked=editing.current_version(fresh).checked_at is not None)
        _save(fresh)
        _keep_reason(fresh, {})
        steps.reopen_parked(fresh)
        _tell("document.retried", fresh, by=by)
        wake.files()
    return fresh


@contextmanager
def replacing(document: Document, *, by: Actor, comment: str = "") -> Iterator[Document]:
    """Start over with a new file: the caller writes its version row inside, checking begins when it leaves."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        routing.withdraw_tasks(fresh)
        steps.withdraw(fresh)
        fresh.replace_file(routing.of_type(fresh.type))
        _save(fresh, "version", "route", "route_at", "route_round", "ready_at", "untold_at")
        _close_links(fresh, why="replaced")
        yield fresh
        _plan_check(fresh)
        editing.note(fresh, editing.Kind.NOTE, comment, by=by)
        _tell("document.new_version", fresh, by=by, comment=comment)


def advance(document: Document) -> Document:
    """All machine work that READY needs is done: go to the first step of the route, or become ready."""
    with _moving(document) as fresh:
        fresh.advance()
        _save(fresh, "route_at", "ready_at")
        _arrive(fresh, by=SYSTEM)
    return fresh


def confirm(document: Document, *, by: Actor, comment: str = "", task: UUID | None = None) -> Document:
    """Approve the present step; the last one makes the document ready in the same transaction.

    `task` is the decision the person was looking at: if it is no longer open, NotPossible. NotAllowed if the
    task is somebody else's or `by` uploaded the document.
    """
    with _moving(document) as fresh:
        asked = _asked(fresh, by, task)
        routing.close_task(asked, Task.Status.CONFIRMED, by=by, comment=comment)
        fresh.confirm()
        _save(fresh, "route_at", "ready_at")
        editing.note(fresh, editing.Kind.APPROVED, comment, by=by)
        _tell("document.approved", fresh, by=by, comment=comment, stage=asked.kind)
        _arrive(fresh, by=by)
    return fresh


def send_back(document: Document, *, by: Actor, comment: str, task: UUID | None = None) -> Document:
    """Return for changes, with words for the author. Raises as `confirm` does, and NotValid without a comment."""
    _require_words(comment, _("Say what has to be changed."))
    with _moving(document) as fresh:
        asked = _asked(fresh, by, task)
        routing.close_task(asked, Task.Status.RETURNED, by=by, comment=comment)
        fresh.send_back()
        _save(fresh, "route_at")
        editing.note(fresh, editing.Kind.RETURNED, comment, by=by)
        _tell("document.returned", fresh, by=by, comment=comment, stage=asked.kind)
    return fresh


def resubmit(document: Document, *, by: Actor, comment: str = "") -> Document:
    """Walk the same route again from its first step."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.resubmit()
        _save(fresh, "route_at", "route_round", "ready_at")
        editing.note(fresh, editing.Kind.NOTE, comment, by=by)
        _tell("document.resubmitted", fresh, by=by, comment=comment)
        _arrive(fresh, by=by)
    return fresh


def recall(document: Document, *, by: Actor, comment: str) -> Document:
    """Take it back: tasks, machine work and links end; what was not sent yet is withdrawn by its gate."""
    _require_words(comment, _("Say why the document is recalled."))
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.recall()
        _save(fresh, "route_at")
        _end_everything(fresh, why="recalled")
        editing.note(fresh, editing.Kind.RECALLED, comment, by=by)
        _tell("document.recalled", fresh, by=by, comment=comment)
    return fresh


def mark_delivered(told: Iterable[tuple[UUID, int | None, datetime]]) -> None:
    """The clients were told of these versions of documents, each at its moment; a constant number of queries.

    Idempotent: anything but READY stays as it is.
    """
    moments = {document: (version, at) for document, version, at in told}
    with transaction.atomic():
        rows = Document.objects.filter(pk__among=moments, state=State.READY).select_for_update(of=("self",))
        fresh = [row for row in rows.only(*NEEDED_TO_TELL).order_by("pk") if moments[row.pk][0] in (None, row.version)]
        for row in fresh:
            row.mark_delivered()
        _save_alike(fresh, "untold_at")
        editing.tell_all(
            "document.delivered",
            [(row, {"state": str(row.state), "told_at": moments[row.pk][1]}) for row in fresh],
            by=SYSTEM,
        )


def mark_untold(document_id: UUID, *, version: int | None, at: datetime) -> None:
    """Every way to tell the client of this version was tried in vain. Idempotent; only a READY document is marked."""
    with transaction.atomic():
        fresh = _locked(document_id)
        if fresh.state == State.READY and fresh.client_id and version in (None, fresh.version):
            fresh.untold_at = at
            fresh.save(update_fields=["untold_at"])


def acknowledge(document: Document, *, by: Actor, how: str = "session") -> Document:
    """The recipient has it in hand. `how` (session, link, code, button) goes to the journal."""
    with _moving(document) as fresh:
        _require(permissions.may_answer(by, fresh))
        fresh.acknowledge()
        _save(fresh)
        _tell("document.acknowledged", fresh, by=by, how=how)
    return fresh


def decline(document: Document, *, by: Actor, comment: str, how: str = "session") -> Document:
    """The recipient refuses it and says why."""
    _require_words(comment, _("Say why you decline: the sender will read it."))
    with _moving(document) as fresh:
        _require(permissions.may_answer(by, fresh))
        fresh.decline()
        _save(fresh)
        editing.note(fresh, editing.Kind.DECLINED, comment, by=by)
        _tell("document.declined", fresh, by=by, comment=comment, how=how)
    return fresh


def archive(document: Document, *, by: Actor) -> Document:
    """Put away; `restore` brings it back to the state it had."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.archive()
        _save(fresh, "archived_from")
        _tell("document.archived", fresh, by=by)
    return fresh


def restore(document: Document, *, by: Actor) -> Document:
    """Back from the archive to where it was."""
    with _moving(document) as fresh:
        _require(permissions.may_manage(by, fresh))
        fresh.restore()
        _save(fresh)
        _tell("document.restored", fresh, by=by)
    return fresh


def changed_meanwhile(document: Document) -> NotPossible:
    """What to say to who came too late: the state as it is now."""
    fresh = Document.objects.get(pk=document.pk)
    text = _("The document has changed meanwhile: it is now “%(state)s”.") % {"state": fresh.get_state_display()}
    return NotPossible(text, code="changed_meanwhile", state=str(fresh.state), version=fresh.version)


@contextmanager
def _moving(document: Document) -> Iterator[Document]:
    """One transaction over the locked, fresh row; an illegal move or a lost race becomes NotPossible."""
    try:
        with transaction.atomic():
            yield _locked(document.pk)
    except (TransitionNotAllowed, ConcurrentTransition) as error:
        raise changed_meanwhile(document) from error


def _locked(document_id: UUID) -> Document:
    return Document.objects.select_for_update(of=("self",)).select_related("type").get(pk=document_id)


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("You have no right to do this with the document."))


def _require_words(comment: str, request: str) -> None:
    if not comment.replace("\0", " ").strip():
        raise NotValid(request, field="comment", code="comment_required")


def _asked(document: Document, by: Actor, task: UUID | None) -> Task:
    if document.state not in STAGES:
        raise changed_meanwhile(document)
    asked = routing.task_for(document, by)
    if task is not None and asked.pk != task:
        raise changed_meanwhile(document)
    return asked


def _save(document: Document, *fields: str) -> None:
    document.save(update_fields=["state", "state_at", *fields])


def _save_alike(documents: Sequence[Document], *fields: str) -> None:
    """One statement for locked documents that have made the same move and hold the same values now."""
    if documents:
        values = {name: getattr(documents[0], name) for name in ("state", "state_at", *fields)}
        Document.objects.filter(pk__among=[row.pk for row in documents]).update(**values)


def _plan_check(document: Document) -> None:
    steps.open_for(editing.current_version(document), Step.Kind.CHECK)
    wake.files()


def _keep_reason(document: Document, reason: dict[str, str]) -> None:
    document.versions.filter(n=document.version).update(reason=reason)


def _arrive(document: Document, *, by: Actor) -> None:
    """At the next step somebody is asked; at the end the document is ready, if all that READY needs holds."""
    if document.state == State.READY:
        _require_ready(document)
        _tell("document.ready", document, by=by)
        return
    task = routing.open_task(document)
    acting = [one for one in routing.holders([task])[task.pk] if one != document.author_id]
    _tell("document.approval_asked", document, by=by, acting=acting, task=task.pk, stage=task.kind)


def _require_ready(document: Document) -> None:
    """The guard of READY: this very version was checked and read, and every step of its route is confirmed."""
    if not steps.is_done(document, *REQUIRED_STEPS) or not routing.is_walked(document):
        raise NotPossible(_("The document cannot be ready yet: not every stage is confirmed."), code="not_ready")


def _end_everything(document: Document, *, why: str) -> None:
    routing.withdraw_tasks(document)
    steps.withdraw(document)
    _close_links(document, why=why)


def _close_links(document: Document, *, why: str) -> None:
    document.links.filter(revoked_at__isnull=True).update(revoked_at=clock.now(), revoked_why=why)


def _tell(action: str, document: Document, *, by: Actor, acting: list[UUID] | None = None, **data: Any) -> None:
    """Record the fact of this document with the people it concerns."""
    editing.tell(action, document, by=by, acting=acting, state=str(document.state), **data)
