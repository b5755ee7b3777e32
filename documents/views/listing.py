"""The list of documents: search, filters, the next fifty."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

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

# What a line shows; as plain values, since fifty documents with their people as objects cost as much as the page.
SHOWN = (
    "pk", "type_id", "title", "number", "priority", "state", "state_at", "due_at", "untold_at",
    "client__name", "client__organisation__name", "author__name",
)  # fmt: skip
Line = dict[str, Any]


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
    page = queries.page(person(request), wanted, rows=Document.objects.values(*SHOWN))
    kinds = list(DocumentType.objects.only("slug", "name_ru", "name_en"))
    context: dict[str, Any] = {
        "documents": _rows(page.rows, {kind.pk: kind.name for kind in kinds}, request, wanted.q),
        "next_url": _url(asked_for | {"after": str(page.next)}) if page.next else None,
    }
    if request.headers.get("HX-Part") == "rows" and wants_fragment(request):
        return render(request, "documents/_rows.html", context)
    context |= _around(request, asked_for, wanted, empty=not page.rows)
    context["tabs_types"] = [(kind.slug, kind.name) for kind in kinds]
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


def _rows(rows: list[Line], kinds: dict[UUID, str], request: HttpRequest, q: str) -> list[Line]:
    ids = [row["pk"] for row in rows]
    marks = subjects.panels("delivery_icons", Document.subject_kind, ids, person(request))
    why = snippets.of(ids, q) if q.strip() and ids else {}
    now, base = clock.now(), reverse("documents:documents")
    return [
        _row(row, now) | {
            "url": f"{base}{row['pk']}/",
            "type_name": kinds[row["type_id"]],
            "deliveries": marks.get(row["pk"], []),
            "snippet": why.get(row["pk"]),
        }
        for row in rows
    ]  # fmt: skip


def _row(row: Line, now: datetime) -> Line:
    """One line of the list, but for its address."""
    open_still = row["state"] not in FINAL
    return {
        "title": row["title"],
        "number": row["number"],
        "client_name": row["client__name"] or "",
        "organisation_name": row["client__organisation__name"] or "",
        "priority": row["priority"],
        "badge": row["state"],
        "untold": row["untold_at"] is not None and row["state"] == State.READY,
        "age": now - row["state_at"] if open_still else None,
        "late": open_still and asked.is_late(row["due_at"], now),
        "due_at": row["due_at"],
        "author_name": row["author__name"],
        "updated_at": row["state_at"],
    }
