"""Behind a protected link. Looking never acts: a GET changes nothing, the first POST only proves.

`/s/<code>` is what messages carry. The first POST there gives the browser a cookie for this link and answers
303 to `/l/<link id>/`, whose address is no secret; pages, file and acts live there.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import codes
from accounts.access import public
from accounts.models import Installation, User
from docflow.common import clock, valkey
from docflow.common.errors import NotFound, NotPossible, Refused
from docflow.common.http import limit_key
from documents import links, serving
from documents.models import Link, LinkAccess, LinkOpening
from documents.story import recipient
from documents.views import asked, link_acts, presence, proof
from documents.views.proof import Proof

GUESSES, GUESS_SECONDS = 20, 60
ALL_GUESSES = 600
SIDE_STATUS = {"too_many": 429, "unknown": 404}
GONE = 410
View = Callable[..., HttpResponseBase]


def _private(view: View) -> View:
    """Nothing of these pages is kept, indexed or told onwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


def _by_code(view: View) -> View:
    """Find the link of a code. A wrong code is always the same 404, and 429 after too many of them."""

    @wraps(view)
    def found(request: HttpRequest, code: str, **rest: Any) -> HttpResponseBase:
        try:
            link = links.by_code(code)
        except NotFound:
            return _guessed(request)
        closed = bool(links.trouble(link))
        return _for(link, request, lambda: _side(request, link) if closed else view(request, link, code, **rest))

    return _private(found)


def _for(link: Link, request: HttpRequest, show: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Speak as the person the link was made for prefers, unless he chose otherwise in this browser."""
    chosen = isinstance(request.user, User) or settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    language = (get_language() or "en") if chosen else link.contact.language
    with translation.override(language), timezone.override(ZoneInfo(link.contact.time_zone)):
        response = show()
    response.headers["Content-Language"] = language
    return response


def _guessed(request: HttpRequest) -> HttpResponse:
    here = valkey.hit(f"docflow:guess:{limit_key(request)}", GUESS_SECONDS)
    everywhere = valkey.hit("docflow:guess", GUESS_SECONDS)
    if here > GUESSES or everywhere > ALL_GUESSES:
        context = {"kind": "too_many", "retry_at": clock.now() + timedelta(seconds=GUESS_SECONDS)}
        response = _side_page(request, context)
        response.headers["Retry-After"] = str(GUESS_SECONDS)
        return response
    return _side_page(request, {"kind": "unknown"})


def _by_id(view: View) -> View:
    """Find the link of an id for a browser that has opened it before; for others there is nothing here."""

    @wraps(view)
    def found(request: HttpRequest, link_id: UUID, **rest: Any) -> HttpResponseBase:
        try:
            link = links.by_id(link_id)
        except NotFound:
            return _guessed(request)
        shown = proof.of(request, link)
        if not shown.opened:
            return _guessed(request)
        closed = bool(links.trouble(link))
        return _for(link, request, lambda: _side(request, link) if closed else view(request, link, shown, **rest))

    return _private(found)


def _side(request: HttpRequest, link: Link, *, renewed: bool = False) -> HttpResponse:
    """Why the link does not open the document, and what to do about it."""
    kind = links.trouble(link)
    named = kind in ("expired", "replaced") and not links.needs_proof(link)
    context: dict[str, Any] = {"kind": kind, "name": recipient.name_of(link.document) if named else ""}
    if kind == "expired":
        context |= {"at": link.expires_at, "masked": link.contact.masked, "renewed": renewed}
        context["renew_url"] = reverse("documents:renew_link", args=[link.pk]) if link.contact.is_usable else None
    if kind == "replaced" and named and (newer := links.latest_for(link)):
        context["next_url"] = links.url_of(newer.pk)
    return _side_page(request, context)


def _side_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = SIDE_STATUS.get(context["kind"], GONE)
    context["phone"] = Installation.current().phone
    return render(request, "documents/link_side.html", context, status=status)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_code
def landing(request: HttpRequest, link: Link, code: str) -> HttpResponseBase:
    """What the message's link opens."""
    shown = proof.of(request, link)
    if request.method == "POST":
        return _first_post(request, link, shown)
    if links.needs_proof(link) and not shown.proven:
        return _prove_page(request, link, reverse("documents:link_landing", args=[code]))
    here = reverse("documents:link_landing", args=[code])
    urls = dict.fromkeys(("seen", "ack", "code", "file", "ask", "not_me", "decline"), here)
    context = _context(link, urls, lambda number, _thumb: reverse("documents:link_landing_page", args=[code, number]))
    context |= {"seen": shown.opened, "fresh": not shown.opened}
    return render(request, "documents/link.html", context)


def _first_post(request: HttpRequest, link: Link, shown: Proof) -> HttpResponseBase:
    """Any act may be the first one behind the link; it gives this browser the link's cookie."""
    wanted = request.POST.get("act", "seen")
    response = _performed(request, link, shown, wanted if wanted in link_acts.ACTS else "seen")
    return response if shown.opened else proof.give(response, link)


def _performed(request: HttpRequest, link: Link, shown: Proof, name: str) -> HttpResponse:
    """The answer to one act, or what to know when the document moved while the page was open."""
    try:
        return link_acts.perform(request, link, shown, name)
    except NotPossible:
        fresh = links.by_id(link.pk)
        if links.trouble(fresh):
            return _side(request, fresh)
        raise


@public
@require_safe
@_by_code
def landing_page(request: HttpRequest, link: Link, code: str, number: int) -> HttpResponseBase:
    """A page picture for who holds the code."""
    if links.needs_proof(link) and not proof.of(request, link).proven:
        raise NotFound(_("There is no picture of this page."))
    return serving.picture(link.version, number)


@public
@require_safe
@_by_id
def link(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The document and what is asked."""
    if links.needs_proof(link) and not shown.proven:
        return _prove_page(request, link, reverse("documents:link_code", args=[link.pk]))
    context = _context(link, link_acts.urls(link), lambda n, _thumb: reverse("documents:link_page", args=[link.pk, n]))
    context |= {"seen": True, "fresh": False, "asked_ok": "asked" in request.GET}
    return render(request, "documents/link.html", context)


def _context(link: Link, urls: dict[str, str], address: Callable[[int, bool], str]) -> dict[str, Any]:
    ways = links.other_ways(link) if link.document.type.needs_code else []
    context = recipient.context(link.document, link.version, urls, address)
    person = link.contact.user
    return context | {
        "language": get_language(),
        "confirm": "code" if link.document.type.needs_code else "tap",
        **recipient.code_way(ways[0] if ways else None),
        "contact_name": person.name if person else link.contact.masked,
        "expires_at": link.expires_at,
        "tap": presence.mark(link),
    }


def _prove_page(request: HttpRequest, link: Link, action: str) -> HttpResponse:
    ways = links.other_ways(link)
    context = {**recipient.code_way(ways[0] if ways else None), "action": action, "sign_in_url": _sign_in(link)}
    context["tap"] = presence.mark(link)
    return render(request, "documents/link_prove.html", context)


def _sign_in(link: Link) -> str:
    return f"{reverse('accounts:sign_in')}?next={reverse('documents:link', args=[link.pk])}"


@public
@require_safe
@_by_id
def page(request: HttpRequest, link: Link, shown: Proof, number: int) -> HttpResponse:
    """A page picture."""
    link_acts.require_proven(link, shown)
    return serving.picture(link.version, number)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def file(request: HttpRequest, link: Link, shown: Proof) -> HttpResponseBase:
    """A POST is the wish to have the file and goes on record; the GET behind it gives the bytes."""
    link_acts.require_proven(link, shown)
    link_acts.require_downloadable(link)
    if request.method == "POST":
        return _performed(request, link, shown, "file")
    return serving.original(request, link.version)


@public
@require_POST
@_by_id
def act(request: HttpRequest, link: Link, shown: Proof, name: str) -> HttpResponse:
    """One of the acts."""
    return _performed(request, link, shown, name)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def code(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Send a code, or type it in; where none was sent there is nothing to type."""
    if request.method == "POST":
        return _performed(request, link, shown, "code")
    code_id = asked.identity(request.GET.get("c", ""))
    if link_acts.last_code(link, code_id) is None:
        return link_acts.see_other("documents:link", link)
    return link_acts.code_page(request, link, code_id)


@public
@require_POST
@_by_id
def prove(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The code of a document that may not be seen without one."""
    code_id = asked.identity(request.POST.get("code_id", ""))
    try:
        codes.check(code_id or link.pk, request.POST.get("code", ""), bound_to=links.bound_to(link))
    except Refused as refused:
        return link_acts.code_page(request, link, code_id, refused)
    links.note_opening(link, kind=LinkOpening.Kind.OPENED, device=asked.device(request))
    return proof.give(link_acts.see_other("documents:link", link), link, proven=True)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def ask(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """A question, also without script."""
    link_acts.require_proven(link, shown)
    return _performed(request, link, shown, "ask") if request.method == "POST" else link_acts.ask_page(request, link)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def not_me(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The message reached somebody else."""
    if request.method == "POST":
        return _performed(request, link, shown, "not-me")
    return link_acts.not_me_page(request, link)


@public
@require_safe
@_by_id
def done(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The receipt."""
    link_acts.require_proven(link, shown)
    context = recipient.receipt(link.document) | {
        "urls": link_acts.urls(link) if link.access == LinkAccess.DOWNLOAD else {},
        "back_url": reverse("documents:link", args=[link.pk]),
        "portal_url": reverse("documents:portal") if link.contact.user else None,
        "next_lines": [
            ("user-round", _("%(name)s already sees that you have the document.") % {"name": link.document.author.name})
        ],
    }
    return render(request, "documents/link_done.html", context)


@public
@require_POST
@_private
def renew(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Send a fresh link instead of an expired one to the contact that had it; the asker learns nothing more."""
    try:
        link = links.by_id(link_id)
    except NotFound:
        return _guessed(request)
    if links.trouble(link) == "expired":
        links.renew(link, language=get_language() or "en")
        return _side(request, links.by_id(link_id), renewed=True)
    return _side(request, link) if links.trouble(link) else _guessed(request)
