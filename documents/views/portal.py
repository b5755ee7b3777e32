"""The client's own documents: in his words, with what waits for him on top."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import client_page, person
from docflow.common.errors import NotFound, NotPossible, Refused
from docflow.common.htmx import page_or_fragment
from documents import editing, lifecycle, permissions, queries, serving, snippets
from documents.models import Document, DocumentVersion
from documents.queries import Filter
from documents.states import State
from documents.story import recipient
from documents.story.shapes import Tab
from documents.views import asked

WAITING = (State.READY, State.DELIVERED)
WAITING_SHOWN = 10
OVER = (State.ARCHIVED, State.RECALLED, State.DECLINED)
TABS = {"active": tuple(state for state in State if state not in OVER), "archive": OVER}


@client_page
@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """My documents, newest first."""
    mine = queries.visible_to(person(request)).filter(client=person(request))
    asked_for = {name: request.GET.get(name, "")[:200].replace("\0", " ") for name in ("q", "tab", "after")}
    states, after = TABS.get(asked_for["tab"], ()), asked.identity(asked_for["after"])
    wanted = Filter(q=asked_for["q"], states=states, client=person(request).pk, after=after)
    page = queries.page(person(request), wanted)
    waiting = mine.filter(state__in=WAITING).select_related("type").order_by("due_at", "-id")[:WAITING_SHOWN]
    context = {
        "hello_name": person(request).get_short_name(),
        "waiting": [_waiting(one) for one in waiting],
        "documents": _rows(page.rows, request, wanted.q),
        "tabs": _tabs(asked_for["tab"], asked_for["q"]),
        "tab": asked_for["tab"] if asked_for["tab"] in TABS else "",
        "q": asked_for["q"],
        "next_url": _url(asked_for | {"after": str(page.next)}) if page.next else None,
        "reset_url": reverse("documents:portal"),
        "empty": None if page.rows else ("nothing_matches" if wanted.q or states or after else "nothing_yet"),
    }
    return page_or_fragment(request, "documents/portal.html", "documents/_portal_rows.html", context)


def _tabs(current: str, q: str) -> list[Tab]:
    labels = {"": _("All"), "active": _("Current"), "archive": _("Archive")}
    return [Tab(label, _url({"tab": name, "q": q}), name == current) for name, label in labels.items()]


def _url(parameters: dict[str, str]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{reverse('documents:portal')}?{urlencode(given)}" if given else reverse("documents:portal")


def _waiting(document: Document) -> dict[str, Any]:
    return {
        "name": recipient.name_of(document),
        "ask": _("Confirm receipt"),
        "due_at": document.due_at,
        "url": reverse("documents:portal_document", args=[document.pk]),
    }


def _rows(rows: list[Document], request: HttpRequest, q: str) -> list[dict[str, Any]]:
    """The lines of the list; words of a text are shown only of what its client may read already."""
    readable = [row.pk for row in rows if permissions.may_read_pages(person(request), row)]
    why = snippets.of(readable, q) if q.strip() and readable else {}
    return [_row(row, request) | {"snippet": why.get(row.pk)} for row in rows]


def _row(document: Document, request: HttpRequest) -> dict[str, Any]:
    may = permissions.may_download(person(request), document)
    return {
        "name": recipient.name_of(document),
        "number": document.number,
        "badge": "awaiting" if document.state in WAITING else str(document.state),
        "at": document.state_at,
        "url": reverse("documents:portal_document", args=[document.pk]),
        "file_url": reverse("documents:portal_file", args=[document.pk]) if may else None,
    }


def _mine(request: HttpRequest, document_id: UUID) -> Document:
    found = asked.document(document_id, person(request))
    if found.client_id != person(request).pk:
        raise NotFound(_("There is no such document."))
    return found


def _readable(request: HttpRequest, document_id: UUID) -> DocumentVersion:
    found = _mine(request, document_id)
    if not permissions.may_read_pages(person(request), found):
        raise NotFound(_("There is no such document."))
    return editing.current_version(found)


@client_page
@require_safe
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """One document: read, take, confirm, ask."""
    return render(request, "documents/portal_document.html", _page(request, _mine(request, document_id)))


def _page(request: HttpRequest, found: Document) -> dict[str, Any]:
    version = editing.current_version(found)
    open_to_me = permissions.may_read_pages(person(request), found)
    urls = {name: reverse("documents:portal_act", args=[found.pk, name]) for name in ("ack", "ask", "decline")}
    if permissions.may_download(person(request), found):
        urls["file"] = reverse("documents:portal_act", args=[found.pk, "file"])
    context = recipient.context(
        found, version, urls, lambda n, _thumb: reverse("documents:portal_page", args=[found.pk, n])
    )
    if not open_to_me:
        context |= {"pages": [], "text": "", "preview": "closed", "fingerprint": "", "urls": {"ask": urls["ask"]}}
    return context | {
        "language": get_language(),
        "confirm": "tap",
        "seen": True,
        "fresh": False,
        "asked_ok": "asked" in request.GET,
    }


@client_page
@require_safe
def page(request: HttpRequest, document_id: UUID, number: int) -> HttpResponse:
    """A page picture of my document."""
    return serving.picture(_readable(request, document_id), number)


@client_page
@require_safe
def file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The file of my document."""
    found = _mine(request, document_id)
    if not permissions.may_download(person(request), found):
        raise NotFound(_("There is no such document."))
    return serving.original(request, editing.current_version(found))


def _ack(request: HttpRequest, found: Document) -> str:
    if found.state != State.ACKNOWLEDGED:
        lifecycle.acknowledge(found, by=person(request), how="session")
    return reverse("documents:portal_done", args=[found.pk])


def _ask(request: HttpRequest, found: Document) -> str:
    editing.ask(found, by=person(request), text=request.POST.get("text", ""))
    return f"{reverse('documents:portal_document', args=[found.pk])}?asked"


def _decline(request: HttpRequest, found: Document) -> str:
    lifecycle.decline(found, by=person(request), comment=request.POST.get("comment", ""), how="session")
    return reverse("documents:portal_document", args=[found.pk])


def _file(request: HttpRequest, found: Document) -> str:
    if not permissions.may_download(person(request), found):
        raise NotPossible(_("This document can only be read on the page."), code="view_only")
    editing.note_download(found, by=person(request), device=asked.device(request))
    return reverse("documents:portal_file", args=[found.pk])


ACTS: dict[str, Callable[[HttpRequest, Document], str]] = {"ack": _ack, "ask": _ask, "decline": _decline, "file": _file}


@client_page
@require_POST
def act(request: HttpRequest, document_id: UUID, name: str) -> HttpResponse:
    """Confirm, ask, decline, take: the session is the proof."""
    found = _mine(request, document_id)
    if name not in ACTS:
        raise NotFound(_("There is no such page. Check the address."))
    try:
        where = ACTS[name](request, found)
    except Refused as refused:
        messages.error(request, str(refused.message))
        words = {"ask_text": request.POST.get("text", ""), "ask_error": str(refused.message)}
        context = _page(request, _mine(request, document_id)) | words
        return render(request, "documents/portal_document.html", context, status=refused.status)
    response = redirect(where)
    response.status_code = 303
    return response


@client_page
@require_safe
def done(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The receipt."""
    found = _mine(request, document_id)
    context = recipient.receipt(found) | {
        "layout": "base_portal.html",
        "urls": {"file": reverse("documents:portal_act", args=[found.pk, "file"])},
        "back_url": reverse("documents:portal_document", args=[found.pk]),
        "portal_url": reverse("documents:portal"),
        "next_lines": [
            ("user-round", _("%(name)s already sees that you have the document.") % {"name": found.author.name})
        ],
    }
    return render(request, "documents/link_done.html", context)
