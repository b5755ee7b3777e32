"""The list of documents: search, filters, the next fifty."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import queries as people
from accounts import subjects
from accounts.access import person, staff_page
from docflow.common import clock
from docflow.common.htmx import page_or_fragment, wants_fragment
from documents import permissions, queries, snippets
from documents.models import Document, DocumentType
from documents.queries import Filter
from documents.states import FINAL, STAGES, State
from documents.story.shapes import Tab
from documents.views import asked

MACHINE = (State.UPLOADED, State.CHECKING, State.PROCESSING)
TROUBLE = (State.REJECTED, State.FAILED, State.REWORK, State.DECLINED)
LONGEST_QUERY = 200
ATTENTION, ATTENTION_CAP = "attention", 99


def groups() -> dict[str, tuple[str, tuple[State, ...]]]:
    """The chips: a name in the address, a label, the states behind it."""
    return {
        ATTENTION: (_("Need attention"), TROUBLE),
        "preparing": (_("In preparation"), MACHINE),
        "deciding": (_("Being approved"), STAGES),
        "ready": (_("Ready"), (State.READY,)),
        "client": (_("With the client"), (State.DELIVERED,)),
        "done": (_("Done"), (State.ACKNOWLEDGED,)),
        "archive": (_("Archive"), (State.ARCHIVED, State.RECALLED)),
    }


@staff_page()
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Newest first; ids in `after`, never page numbers."""
    asked_for = {name: request.GET.get(name, "")[:LONGEST_QUERY] for name in ("q", "state", "type", "client", "after")}
    wanted = _filter(asked_for)
    page = queries.page(person(request), wanted)
    context: dict[str, Any] = {
        "documents": _rows(page.rows, request, wanted.q),
        "next_url": _url(asked_for | {"after": str(page.next)}) if page.next else None,
    }
    if request.headers.get("HX-Part") == "rows" and wants_fragment(request):
        return render(request, "documents/_rows.html", context)
    context |= _around(request, asked_for, wanted, empty=not page.rows)
    context["total"], context["approximate"] = page.total or queries.count(person(request), wanted)
    return page_or_fragment(request, "documents/list.html", "documents/_list.html", context)


def _filter(asked_for: dict[str, str]) -> Filter:
    _label, states = groups().get(asked_for["state"], ("", ()))
    if not states and asked_for["state"] in State.values:
        states = (State(asked_for["state"]),)
    return Filter(
        q=asked_for["q"].replace("\0", " "),
        states=states,
        or_untold=asked_for["state"] == ATTENTION,
        type=asked_for["type"].replace("\0", ""),
        client=asked.identity(asked_for["client"]),
        after=asked.identity(asked_for["after"]),
    )


def _around(request: HttpRequest, asked_for: dict[str, str], wanted: Filter, *, empty: bool) -> dict[str, Any]:
    kept = {name: asked_for[name] for name in ("q", "type")} | {"client": str(wanted.client or "")}
    chips = [Tab(_("All"), _url(kept), not wanted.states)] + [
        Tab(label, _url(kept | {"state": name}), asked_for["state"] == name, _waiting(name, states, request))
        for name, (label, states) in groups().items()
    ]
    return {
        "chips": chips,
        "client": wanted.client,
        "client_name": _client_name(wanted, request),
        "client_off_url": _url(kept | {"client": "", "state": asked_for["state"]}),
        "tabs_types": [(kind.slug, kind.name) for kind in DocumentType.objects.all()],
        "q": wanted.q,
        "state": asked_for["state"],
        "type": wanted.type,
        "reset_url": reverse("documents:documents"),
        "may_upload": permissions.may_create(person(request)),
        "empty": ("nothing_matches" if wanted.narrows or wanted.after else "nothing_yet") if empty else None,
    }


def _waiting(name: str, states: tuple[State, ...], request: HttpRequest) -> int | str | None:
    """How many need attention: the one count on the chips, and never a long one."""
    if name != ATTENTION:
        return None
    found, more = queries.count(person(request), Filter(states=states, or_untold=True), cap=ATTENTION_CAP)
    return f"{ATTENTION_CAP}+" if more else found or None


def _client_name(wanted: Filter, request: HttpRequest) -> str:
    """Whose documents are listed, if the reader may know of him."""
    if wanted.client is None:
        return ""
    known = people.clients(person(request)).filter(pk=wanted.client)
    return known.values_list("name", flat=True).first() or _("One client")


def _url(parameters: dict[str, str]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{reverse('documents:documents')}?{urlencode(given)}" if given else reverse("documents:documents")


def _rows(rows: list[Document], request: HttpRequest, q: str) -> list[dict[str, Any]]:
    ids = [row.pk for row in rows]
    marks = subjects.panels("delivery_icons", Document.subject_kind, ids, person(request))
    why = snippets.of(ids, q) if q.strip() and ids else {}
    return [row_of(row, marks.get(row.pk, [])) | {"snippet": why.get(row.pk)} for row in rows]


def row_of(document: Document, marks: list[tuple[str, str]]) -> dict[str, Any]:
    """One line of the list."""
    now, client = clock.now(), document.client
    open_still = document.state not in FINAL
    organisation = client.organisation if client else None
    return {
        "url": reverse("documents:document", args=[document.pk]),
        "title": document.title,
        "number": document.number,
        "type_name": document.type.name,
        "client_name": client.name if client else "",
        "organisation_name": organisation.name if organisation else "",
        "priority": document.priority,
        "badge": str(document.state),
        "untold": document.untold_at is not None and document.state == State.READY,
        "age": now - document.state_at if open_still else None,
        "late": open_still and asked.is_late(document.due_at, now),
        "due_at": document.due_at,
        "deliveries": marks,
        "author_name": document.author.name,
        "updated_at": document.state_at,
    }
