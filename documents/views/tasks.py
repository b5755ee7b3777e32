"""My tasks, and the one decision that is asked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person, staff_page
from accounts.models import User
from docflow.common import clock
from docflow.common.errors import NotFound, NotPossible, Refused
from documents import lifecycle, permissions, queries, refusals, routing
from documents.models import Document, Task
from documents.story import journal, track, viewing
from documents.views import asked, staff

DECIDED_SHOWN = 10
EVENTS_SHOWN = 5


@staff_page()
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """What waits for me, the most urgent first; what I decided lately."""
    waiting = list(queries.tasks_of(person(request))[: queries.TASKS_CAP + 1])
    done = queries.done_by(person(request))[:DECIDED_SHOWN]
    context = {
        "tasks": [_row(task) for task in waiting[: queries.TASKS_CAP]],
        "total": queries.many_tasks(len(waiting)),
        "more": len(waiting) > queries.TASKS_CAP,
        "done": [_row(task) | _decided(task) for task in done],
    }
    return render(request, "documents/tasks.html", context)


def _row(task: Task) -> dict[str, Any]:
    document = task.document
    client = document.client
    return {
        "url": reverse("documents:task", args=[task.pk]),
        "title": document.title,
        "number": document.number,
        "client_name": client.name if client else "",
        "organisation_name": client.organisation.name if client and client.organisation else "",
        "stage_label": task.get_kind_display(),
        "asked_by": document.author.name,
        "asked_at": task.created_at,
        "due_at": task.due_at,
        "late": asked.is_late(task.due_at, clock.now()),
        "priority": document.priority,
    }


def _decided(task: Task) -> dict[str, Any]:
    return {"state": "returned" if task.status == Task.Status.RETURNED else "done", "at": task.closed_at}


def _task(task_id: UUID, user: User) -> tuple[Task, Document]:
    """A task of a document that the person may see."""
    task = Task.objects.select_related("closed_by").filter(pk=task_id).first()
    if task is None:
        raise NotFound(_("There is no such task."))
    return task, asked.document(task.document_id, user)


@staff_page()
@require_safe
def task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The document and the question, side by side."""
    return render(request, "documents/task.html", _page(request, *_task(task_id, person(request))))


def _page(request: HttpRequest, task: Task, document: Document) -> dict[str, Any]:
    version = asked.version(document, task.version)
    steps = list(version.steps.all())
    rows, _earlier = journal.entries(document, only="people")
    shown = viewing.pages(version, staff.addresses(document, version))
    mine = permissions.may_decide(person(request), document, task, routing.groups_of(person(request)))
    return {
        "document": document,
        "document_url": reverse("documents:document", args=[document.pk]),
        "badge": str(document.state),
        "ask": _ask(task, document),
        "due_at": task.due_at,
        "late": task.is_open and asked.is_late(task.due_at, clock.now()),
        "steps": track.people(
            document, list(document.tasks.select_related("closed_by")), _names(document), person(request)
        ),
        **_neighbours(person(request), task),
        "pages": shown,
        "preview": viewing.preview(version, shown, steps),
        "text": viewing.text(version),
        "findings": refusals.of_findings(version.findings),
        "details": staff.details(document),
        "fingerprint": version.sha256,
        "approve_url": reverse("documents:approve", args=[task.pk]),
        "return_url": reverse("documents:return", args=[task.pk]),
        "version": task.version,
        "may_decide": mine and task.is_open,
        "closed": _closed(task, document),
        "changed": _("This is version %(n)s.") % {"n": task.version} if task.version > 1 else "",
        "events": journal.events(rows[:EVENTS_SHOWN]),
    }


def _names(document: Document) -> dict[int, str]:
    return routing.names(document.route)


def _ask(task: Task, document: Document) -> str:
    if task.kind == "review":
        return _("Check the document and approve it or send it back")
    return _("Approve the document or send it back for changes")


def _closed(task: Task, document: Document) -> str:
    """Why nothing can be decided here any more."""
    if task.is_open:
        return ""
    if task.status == Task.Status.WITHDRAWN:
        return _("This decision is no longer needed: the document is now “%(state)s”.") % {
            "state": document.get_state_display()
        }
    name = task.closed_by.name if task.closed_by else ""
    if task.status == Task.Status.RETURNED:
        return _("%(name)s has sent the document back for changes.") % {"name": name}
    return _("%(name)s has approved the document.") % {"name": name}


def _neighbours(user: User, task: Task) -> dict[str, Any]:
    ids = list(queries.tasks_of(user).values_list("pk", flat=True)[: queries.TASKS_CAP + 1])
    if task.pk not in ids:
        return {"position": None, "next_url": None, "prev_url": None}
    place = ids.index(task.pk)
    return {
        "position": _("%(done)s of %(total)s") % {"done": place + 1, "total": queries.many_tasks(len(ids))},
        "next_url": reverse("documents:task", args=[ids[place + 1]]) if place + 1 < len(ids) else None,
        "prev_url": reverse("documents:task", args=[ids[place - 1]]) if place else None,
    }


@staff_page()
@require_POST
def approve(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Confirm the step; the next task of mine opens."""
    return _decide(request, task_id, lifecycle.confirm, _("The document is approved."))


@staff_page()
@require_POST
def send_back(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Send back for changes, with words."""
    return _decide(request, task_id, lifecycle.send_back, _("The document is back with its author."))


def _decide(request: HttpRequest, task_id: UUID, move: Any, done: str) -> HttpResponse:
    task, document = _task(task_id, person(request))
    typed = request.POST.get("comment", "")
    try:
        move(document, by=person(request), comment=typed, task=task.pk)
    except Refused as refused:
        return _refused(request, task_id, typed, refused)
    messages.success(request, done)
    following = queries.tasks_of(person(request)).first()
    return redirect("documents:task", following.pk) if following else redirect("documents:tasks")


def _refused(request: HttpRequest, task_id: UUID, typed: str, refused: Refused) -> HttpResponse:
    """The page as it is now, with what was typed."""
    context = _page(request, *_task(task_id, person(request))) | {"comment": typed}
    if isinstance(refused, NotPossible):
        context |= {"closed": context["closed"] or str(refused.message), "may_decide": False}
    else:
        context |= {"error": str(refused.message)}
    return render(request, "documents/task.html", context, status=refused.status)
