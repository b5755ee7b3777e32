"""The document page, what may be done on it, its versions, files and page pictures."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import subjects
from accounts.access import person, staff_page
from docflow.common import clock
from docflow.common.errors import NotFound, NotPossible, Refused
from docflow.common.htmx import wants_fragment
from documents import editing, intake, lifecycle, links, permissions, refusals, routing, serving
from documents.models import Document, DocumentVersion, Link, Step, Task
from documents.states import CLOSED, FINAL
from documents.story import acts, journal, now, track, viewing
from documents.story.shapes import Act, Crumb, Now, Tab, Telling
from documents.views import asked


@staff_page()
@require_safe
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The page; what moves on it when it is polled; the timeline or the pictures alone when those are asked for."""
    found = asked.document(document_id, person(request))
    if wants_fragment(request) and request.headers.get("HX-Target") == "timeline":
        return render(request, "documents/_timeline.html", _timeline(request, found))
    if wants_fragment(request) and request.headers.get("HX-Target") == "viewer":
        return render(request, "documents/_viewer.html", _viewer(found, editing.current_version(found)))
    template = "documents/_live.html" if wants_fragment(request) else "documents/document.html"
    return render(request, template, _page(request, found, editing.current_version(found)))


@staff_page()
@require_safe
def version(request: HttpRequest, document_id: UUID, n: int) -> HttpResponse:
    """An earlier version, for reading only."""
    found = asked.document(document_id, person(request))
    if n == found.version:
        return redirect("documents:document", document_id)
    context = _page(request, found, asked.version(found, n)) | {"old_version": True, "acts": [], "live": False}
    return render(request, "documents/document.html", context)


def _page(request: HttpRequest, found: Document, version: DocumentVersion) -> dict[str, Any]:
    url = reverse("documents:document", args=[found.pk])
    tasks = list(found.tasks.select_related("closed_by").order_by("id"))
    steps = list(version.steps.select_related("version").order_by("id"))
    names = routing.names(found.route)
    people = track.people(found, tasks, names, person(request))
    open_task = next((task for task in tasks if task.is_open), None)
    done = sum(step.state == "done" for step in people)
    told = subjects.panels("deliveries", Document.subject_kind, [found.pk], person(request)).get(found.pk)
    untold = now.is_untold(found, told)
    return {
        "document": found,
        "url": url,
        "crumbs": [Crumb(_("Documents"), reverse("documents:documents")), Crumb(found.number or found.title)],
        "badge": str(found.state),
        "overdue": found.state not in FINAL and asked.is_late(found.due_at, clock.now()),
        "live": found.state not in FINAL,
        "untold": untold,
        "acts": _acts(request, found, open_task, untold=untold),
        "track": track.for_staff(found, journal.first_times(found), (done, len(people))),
        "now": _now(request, found, version, open_task, told),
        **_viewer(found, version, steps),
        "approval": {"done": done, "total": len(people), "steps": people} if people else None,
        "panels": [("notifications/_deliveries.html", told)] if told else [],
        **_file(found, version),
        **_client(found),
        **_timeline(request, found, steps),
        "details": details(found),
        "change_url": _change_url(request, found) if version.n == found.version else None,
        "fingerprint": version.sha256,
    }


def _change_url(request: HttpRequest, found: Document) -> str | None:
    if found.state in CLOSED or not permissions.may_manage(person(request), found):
        return None
    return reverse("documents:change", args=[found.pk])


def _viewer(found: Document, version: DocumentVersion, steps: list[Step] | None = None) -> dict[str, Any]:
    shown = viewing.pages(version, addresses(found, version))
    return {
        "pages": shown,
        "preview": viewing.preview(version, shown, list(version.steps.all()) if steps is None else steps),
        "preview_url": reverse("documents:document", args=[found.pk]) if version.n == found.version else "",
        "text": viewing.text(version),
        "thumbs": True,
        "viewer_title": version.original_name,
        "viewer_version": version.n,
        "findings": refusals.of_findings(version.findings),
    }


def _file(found: Document, version: DocumentVersion) -> dict[str, Any]:
    return {
        "format": version.format.upper(),
        "page_count": version.pages,
        "size": version.size,
        "version": version.n,
        "versions": _versions(found) if found.version > 1 else [],
        "file_url": reverse("documents:file", args=[found.pk, version.n]),
    }


def _versions(found: Document) -> list[Tab]:
    return [
        Tab(_("Version %(n)s") % {"n": n}, reverse("documents:version", args=[found.pk, n]), n == found.version)
        for n in range(found.version, 0, -1)
    ]


def _client(found: Document) -> dict[str, Any]:
    organisation = found.client.organisation if found.client else None
    return {
        "client_name": found.client.name if found.client else _("No client"),
        "client_note": found.client.position if found.client else "",
        "organisation_name": organisation.name if organisation else "",
    }


def _acts(request: HttpRequest, found: Document, task: Task | None, *, untold: bool) -> list[Act]:
    by = person(request)
    return acts.of(found, task, by=by, groups=routing.groups_of(by), untold=untold)


def _now(
    request: HttpRequest, found: Document, version: DocumentVersion, task: Task | None, told: Telling | None
) -> Now:
    made = list(found.links.filter(version=version).select_related("contact__user").order_by("id"))
    acting = [routing.names(found.route)[task.position]] if task else []
    words = found.comments.exclude(kind=editing.Kind.QUESTION).order_by("-id").values_list("text", flat=True)
    said = words.first() or ""
    return now.of(found, version, made, acting=acting, last_words=said, told=told, by=person(request))


def _timeline(request: HttpRequest, found: Document, steps: list[Step] | None = None) -> dict[str, Any]:
    only = request.GET.get("events", "")
    rows, earlier = journal.entries(found, only=only, before=asked.identity(request.GET.get("before", "")))
    url = reverse("documents:document", args=[found.pk])
    if steps is None:
        steps = list(Step.objects.filter(version__document=found).select_related("version").order_by("id"))
    filters = [Tab(str(label), f"{url}?events={name}", name == only) for name, label in journal.FILTERS.items()]
    return {
        "timeline": {
            "filters": filters,
            "days": journal.days(rows, steps),
            "earlier_url": f"{url}?events={only}&before={earlier}" if earlier else None,
        },
        "comment_url": _comment_url(request, found),
    }


def _comment_url(request: HttpRequest, found: Document) -> str | None:
    return reverse("documents:comment", args=[found.pk]) if permissions.may_comment(person(request)) else None


def details(found: Document) -> list[tuple[str, str]]:
    """What was said of the document when it came in."""
    due = format_date(localtime(found.due_at), "j E Y, H:i") if found.due_at else ""
    pairs = [
        (_("Type"), found.type.name),
        (_("Number"), found.number),
        (_("Responsible"), found.author.name),
        (_("Purpose"), found.purpose),
        (_("Due"), due),
    ]
    return [(label, value) for label, value in pairs if value]


def addresses(found: Document, version: DocumentVersion) -> viewing.Address:
    def address(number: int, thumbnail: bool) -> str:
        name = "documents:thumbnail" if thumbnail else "documents:page"
        return reverse(name, args=[found.pk, version.n, number])

    return address


@staff_page()
@require_safe
def file(request: HttpRequest, document_id: UUID, n: int) -> HttpResponseBase:
    """The original as an attachment."""
    return serving.original(request, asked.version(asked.document(document_id, person(request)), n))


@staff_page()
@require_safe
def page(request: HttpRequest, document_id: UUID, n: int, number: int) -> HttpResponse:
    """One page as a picture."""
    return serving.picture(asked.version(asked.document(document_id, person(request)), n), number)


@staff_page()
@require_safe
def thumbnail(request: HttpRequest, document_id: UUID, n: int, number: int) -> HttpResponse:
    """One page as a small picture."""
    return serving.picture(asked.version(asked.document(document_id, person(request)), n), number, thumbnail=True)


Move = Callable[[HttpRequest, Document], Document]
MOVES: dict[str, Move] = {
    "start": lambda request, found: lifecycle.start(found, by=person(request)),
    "retry": lambda request, found: lifecycle.retry(found, by=person(request)),
    "resubmit": lambda request, found: lifecycle.resubmit(found, by=person(request), comment=_comment(request)),
    "recall": lambda request, found: lifecycle.recall(found, by=person(request), comment=_comment(request)),
    "archive": lambda request, found: lifecycle.archive(found, by=person(request)),
    "restore": lambda request, found: lifecycle.restore(found, by=person(request)),
    "new-version": lambda request, found: _replace(request, found),
}


def said(move: str) -> str:
    """What to tell after an act."""
    return {
        "start": _("Processing has begun."),
        "retry": _("Processing has begun again."),
        "resubmit": _("The document is on its route again."),
        "recall": _("The document is recalled."),
        "archive": _("The document is in the archive."),
        "restore": _("The document is out of the archive."),
        "new-version": _("The new version is being checked."),
    }[move]


@staff_page()
@require_POST
def act(request: HttpRequest, document_id: UUID, move: str) -> HttpResponse:
    """Do one thing; a refusal shows the page as it is now, with what was typed."""
    found = asked.document(document_id, person(request))
    if move not in MOVES:
        raise NotFound(_("There is no such page. Check the address."))
    try:
        MOVES[move](request, found)
    except Refused as refused:
        return _refused(request, found, refused)
    messages.success(request, said(move))
    return redirect("documents:document", document_id)


act.receives_files = True  # type: ignore[attr-defined]  # read by the upload handler


def _comment(request: HttpRequest) -> str:
    return request.POST.get("comment", "")


def _replace(request: HttpRequest, found: Document) -> Document:
    upload = request.FILES.get("file")
    if upload is None:
        raise NotPossible(_("Choose a file first."), code="no_file")
    return intake.new_version(found, upload, by=person(request), comment=_comment(request))  # type: ignore[arg-type]


def _refused(request: HttpRequest, found: Document, refused: Refused) -> HttpResponse:
    fresh = asked.document(found.pk, person(request))
    context = _page(request, fresh, editing.current_version(fresh))
    context |= {
        "comment_error": str(refused.message),
        "comment_text": _comment(request) or request.POST.get("text", ""),
    }
    return render(request, "documents/document.html", context, status=refused.status)


@staff_page()
@require_POST
def comment(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """A word to colleagues."""
    found = asked.document(document_id, person(request))
    try:
        editing.comment(found, by=person(request), text=request.POST.get("text", ""))
    except Refused as refused:
        return _refused(request, found, refused)
    return redirect(reverse("documents:document", args=[document_id]) + "#timeline")


@staff_page()
@require_POST
def revoke_link(request: HttpRequest, document_id: UUID, link_id: UUID) -> HttpResponse:
    """Close one link of the document."""
    found = asked.document(document_id, person(request))
    link = Link.objects.select_related("document__type", "contact__user").filter(document=found, pk=link_id).first()
    if link is None:
        raise NotFound(_("There is no such link."))
    links.revoke(link, by=person(request))
    messages.success(request, _("The link is closed."))
    return redirect("documents:document", document_id)
