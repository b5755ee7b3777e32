"""`/styleguide/` in debug: every component in every state, and every page on sample data. Living documentation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.csrf import ensure_csrf_cookie

from accounts.access import public
from docflow import states_ui, styleguide_samples
from docflow import styleguide_client as clients
from docflow import styleguide_documents as papers

ERRORS = ("400", "403", "404", "409", "429", "500", "csrf", "refused")
SIDES = ("expired", "revoked", "replaced", "confirmed", "too_many", "other_person", "unavailable", "unknown")
_NOTHING = ("Такой страницы нет. Проверьте адрес.", "There is no such page. Check the address.")

# Name → page template and its sample context.
STORIES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "list": ("documents/list.html", styleguide_samples.document_list),
    "list-nothing-yet": ("documents/list.html", styleguide_samples.empty_list("nothing_yet")),
    "list-nothing-matches": ("documents/list.html", styleguide_samples.empty_list("nothing_matches")),
    "list-no-right": ("documents/list.html", styleguide_samples.empty_list("no_right")),
    "upload": ("documents/upload.html", styleguide_samples.clean_upload),
    "upload-results": ("documents/upload.html", styleguide_samples.upload),
    "document": ("documents/document.html", papers.document),
    "document-fresh": ("documents/document.html", papers.fresh_document),
    "tasks": ("documents/tasks.html", papers.tasks),
    "tasks-empty": ("documents/tasks.html", lambda: {"tasks": [], "done": []}),
    "task": ("documents/task.html", papers.task),
    "task-refused": ("documents/task.html", papers.refused_task),
    "task-closed": ("documents/task.html", papers.closed_task),
    "link": ("documents/link.html", clients.link),
    "link-code-asked": ("documents/link.html", clients.code_link),
    "link-read": ("documents/link.html", clients.read_link),
    "link-code": ("documents/link_code.html", clients.code),
    "link-number": ("documents/link_number.html", clients.number),
    "link-done": ("documents/link_done.html", clients.done),
    "link-ask": ("documents/link_ask.html", lambda: clients.link(text="", error=None, back_url="#")),
    "link-not-me": ("documents/link_not_me.html", lambda: clients.link(done=False, back_url="#")),
    **{f"link-{kind.replace('_', '-')}": ("documents/link_side.html", partial(clients.side, kind)) for kind in SIDES},
    "portal": ("documents/portal.html", clients.portal),
    "portal-empty": ("documents/portal.html", clients.empty_portal),
    "portal-document": ("documents/portal_document.html", clients.link),
    **{f"error-{name}": (f"errors/{name}.html", partial(clients.refusal, _NOTHING)) for name in ERRORS},
}


@public
@ensure_csrf_cookie
def components(request: HttpRequest) -> HttpResponse:
    """The components on one page."""
    context = {
        "shell": styleguide_samples.SampleShell(request),
        "documents": states_ui.DOCUMENT,
        "client_states": states_ui.CLIENT_WORDS,
        "deliveries": states_ui.DELIVERY,
        "stories": sorted(STORIES),
        **styleguide_samples.components(),
    }
    return render(request, "styleguide/components.html", context)


@public
@ensure_csrf_cookie
def story(request: HttpRequest, name: str) -> HttpResponse:
    """One page template with its sample context."""
    if name not in STORIES:
        raise Http404
    template, sample = STORIES[name]
    context: dict[str, Any] = {"shell": styleguide_samples.SampleShell(request), **sample()}
    return render(request, template, context)


@public
def page(request: HttpRequest, number: int) -> HttpResponse:
    """A drawn page in place of a rendered one."""
    context = styleguide_samples.drawn_page(number, russian=get_language() == "ru")
    return render(request, "styleguide/page.svg", context, content_type="image/svg+xml")


urlpatterns = [
    path("styleguide/", components),
    path("styleguide/page/<int:number>.svg", page),
    path("styleguide/<slug:name>/", story),
]
