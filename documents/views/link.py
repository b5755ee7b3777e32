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
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import codes, installation
from accounts.access import public
from accounts.models import Contact, OneTimeCode, User
from docflow.common import clock, valkey
from docflow.common.errors import NotFound, NotPossible, NotValid, Refused
from docflow.common.http import limit_key
from documents import links, serving
from documents.models import Link, LinkAccess, LinkOpening
from documents.story import recipient
from documents.views import asked, proof
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
        context["next_url"] = links.url_of(newer)
    return _side_page(request, context)


def _side_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = SIDE_STATUS.get(context["kind"], GONE)
    context["phone"] = installation.current().phone
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
    """Without the cookie a POST only proves and opens (a question is kept, too); with it, it acts."""
    wanted = request.POST.get("act", "seen")
    if shown.opened and wanted in ACTS:
        return ACTS[wanted](request, link, shown)
    if not links.needs_proof(link):
        links.note_opening(link, kind=LinkOpening.Kind.OPENED, device=asked.device(request))
        if wanted == "ask":
            return proof.give(_do_ask(request, link), link)
    return proof.give(_see_other("documents:link", link), link)


def _see_other(name: str, link: Link) -> HttpResponse:
    response = redirect(name, link.pk)
    response.status_code = 303
    return response


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
    context = _context(link, _urls(link), lambda n, _thumb: reverse("documents:link_page", args=[link.pk, n]))
    context |= {"seen": True, "fresh": False, "asked_ok": "asked" in request.GET}
    return render(request, "documents/link.html", context)


def _urls(link: Link) -> dict[str, str]:
    names = ("seen", "ack", "code", "file", "ask", "not_me", "decline")
    return {name: reverse(f"documents:link_{name}", args=[link.pk]) for name in names}


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
    }


def _prove_page(request: HttpRequest, link: Link, action: str) -> HttpResponse:
    ways = links.other_ways(link)
    context = {**recipient.code_way(ways[0] if ways else None), "action": action, "sign_in_url": _sign_in(link)}
    return render(request, "documents/link_prove.html", context)


def _sign_in(link: Link) -> str:
    return f"{reverse('accounts:sign_in')}?next={reverse('documents:link', args=[link.pk])}"


@public
@require_safe
@_by_id
def page(request: HttpRequest, link: Link, shown: Proof, number: int) -> HttpResponse:
    """A page picture."""
    _require_proven(link, shown)
    return serving.picture(link.version, number)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def file(request: HttpRequest, link: Link, shown: Proof) -> HttpResponseBase:
    """A POST is the wish to have the file and goes on record; the GET behind it gives the bytes."""
    _require_proven(link, shown)
    if link.access != LinkAccess.DOWNLOAD:
        raise NotPossible(_("This document can only be read on the page."), code="view_only")
    return _do_file(request, link, shown) if request.method == "POST" else serving.original(request, link.version)


def _require_proven(link: Link, shown: Proof) -> None:
    if links.needs_proof(link) and not shown.proven:
        raise NotFound(_("There is no such document."))


def _do_seen(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    return HttpResponse(status=204)


def _do_file(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    _require_proven(link, shown)
    links.note_opening(link, kind=LinkOpening.Kind.DOWNLOADED, device=asked.device(request))
    return _see_other("documents:link_file", link)


def _do_ack(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Confirm receipt: by a tap, by a fresh code, or by the proof this browser gave before."""
    proven, code_id = shown.proven, asked.identity(request.POST.get("code_id", ""))
    if code_id is not None:
        try:
            codes.check(code_id, request.POST.get("code", ""), bound_to=links.bound_to(link))
        except Refused as refused:
            return _code_page(request, link, code_id, refused)
        proven = True
    if link.document.type.needs_code and not proven:
        return _do_code(request, link, shown)
    try:
        links.acknowledge(link, proven=proven, how="code" if code_id else "link")
    except NotPossible as late:
        return _changed(request, link, late)
    return proof.give(_see_other("documents:link_done", link), link, proven=proven)


def _changed(request: HttpRequest, link: Link, late: NotPossible) -> HttpResponse:
    """The document moved while the page was open."""
    fresh = links.by_id(link.pk)
    if links.trouble(fresh):
        return _side(request, fresh)
    raise late


def _do_code(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Send a code by another way and ask for it; one that was just sent is asked for again."""
    try:
        code = links.send_code(link, language=get_language() or "en")
    except Refused as refused:
        return _code_page(request, link, None, refused)
    response = redirect(f"{reverse('documents:link_code', args=[link.pk])}?c={code.pk}")
    response.status_code = 303
    return response


def _code_page(request: HttpRequest, link: Link, code_id: UUID | None, refused: Refused | None = None) -> HttpResponse:
    sent = _last_code(link, code_id)
    contact: Contact | None = sent.contact if sent else next(iter(links.other_ways(link)), None)
    waited = (clock.now() - sent.created_at) if sent else codes.PAUSE
    hidden = links.needs_proof(link)
    context = {
        "name": _("A document for you") if hidden else recipient.name_of(link.document),
        "version": link.version.n,
        **recipient.code_way(contact),
        "code_id": sent.pk if sent else "",
        "resend_in": max(int((codes.PAUSE - waited).total_seconds()), 0),
        "error": str(refused.message) if refused else None,
        "tries_left": sent.tries_left if sent else None,
        "urls": _urls(link)
        | {"ack": reverse("documents:link_prove" if hidden else "documents:link_ack", args=[link.pk])},
        "back_url": reverse("documents:link", args=[link.pk]),
        "proving": hidden,
    }
    return render(request, "documents/link_code.html", context, status=refused.status if refused else 200)


def _last_code(link: Link, code_id: UUID | None) -> OneTimeCode | None:
    rows = OneTimeCode.objects.filter(bound_to=links.bound_to(link)).select_related("contact__user")
    rows = rows.filter(pk=code_id) if code_id else rows.filter(used_at=None)
    return rows.order_by("-created_at").first()


def _do_ask(request: HttpRequest, link: Link, shown: Proof | None = None) -> HttpResponse:
    typed = request.POST.get("text", "")
    try:
        links.ask(link, text=typed)
    except NotValid as refused:
        return _ask_page(request, link, typed, refused)
    response = redirect(f"{reverse('documents:link', args=[link.pk])}?asked")
    response.status_code = 303
    return response


def _ask_page(request: HttpRequest, link: Link, typed: str = "", refused: Refused | None = None) -> HttpResponse:
    context = {
        "name": recipient.name_of(link.document),
        "urls": _urls(link),
        "text": typed,
        "error": str(refused.message) if refused else None,
        "back_url": reverse("documents:link", args=[link.pk]),
    }
    return render(request, "documents/link_ask.html", context, status=refused.status if refused else 200)


def _do_decline(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    try:
        links.decline(link, comment=request.POST.get("comment", ""), proven=shown.proven)
    except NotPossible as late:
        return _changed(request, link, late)
    return _see_other("documents:link", link)


def _do_not_me(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Only with the tick of a person: mail scanners press every button, and a closed link is lost to its reader."""
    if not request.POST.get("sure"):
        return _not_me_page(request, link, status=422)
    links.not_mine(link)
    return render(request, "documents/link_not_me.html", {"name": "", "urls": {}, "done": True})


def _not_me_page(request: HttpRequest, link: Link, status: int = 200) -> HttpResponse:
    context = {"name": "", "urls": _urls(link), "back_url": reverse("documents:link", args=[link.pk]), "done": False}
    return render(request, "documents/link_not_me.html", context, status=status)


ACTS: dict[str, Callable[[HttpRequest, Link, Proof], HttpResponse]] = {
    "seen": _do_seen,
    "file": _do_file,
    "ack": _do_ack,
    "code": _do_code,
    "ask": _do_ask,
    "decline": _do_decline,
    "not-me": _do_not_me,
}


@public
@require_POST
@_by_id
def act(request: HttpRequest, link: Link, shown: Proof, name: str) -> HttpResponse:
    """One of the acts; those of a document that must be proven first wait for the proof."""
    if links.needs_proof(link) and not shown.proven and name not in ("seen", "not-me"):
        return _do_code(request, link, shown)
    return ACTS[name](request, link, shown)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def code(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Send a code, or type it in."""
    if request.method == "POST":
        return _do_code(request, link, shown)
    return _code_page(request, link, asked.identity(request.GET.get("c", "")))


@public
@require_POST
@_by_id
def prove(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The code of a document that may not be seen without one."""
    code_id = asked.identity(request.POST.get("code_id", ""))
    try:
        codes.check(code_id or link.pk, request.POST.get("code", ""), bound_to=links.bound_to(link))
    except Refused as refused:
        return _code_page(request, link, code_id, refused)
    links.note_opening(link, kind=LinkOpening.Kind.OPENED, device=asked.device(request))
    return proof.give(_see_other("documents:link", link), link, proven=True)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def ask(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """A question, also without script."""
    _require_proven(link, shown)
    return _do_ask(request, link) if request.method == "POST" else _ask_page(request, link)


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_by_id
def not_me(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The message reached somebody else."""
    if request.method == "POST":
        return _do_not_me(request, link, shown)
    return _not_me_page(request, link)


@public
@require_safe
@_by_id
def done(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """The receipt."""
    _require_proven(link, shown)
    context = recipient.receipt(link.document) | {
        "urls": _urls(link) if link.access == LinkAccess.DOWNLOAD else {},
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
