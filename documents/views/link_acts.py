"""What a person may do behind a protected link: confirm, ask, decline, take the file, say "not me".

Pages, cookies and addresses are in views.link; the sign that it is a person who acts is in views.presence.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import codes
from accounts.models import Contact, OneTimeCode
from docflow.common import clock
from docflow.common.errors import NotFound, NotPossible, NotValid, Refused
from documents import links
from documents.models import Link, LinkAccess, LinkOpening
from documents.story import recipient
from documents.views import asked, presence, proof
from documents.views.proof import Proof

KEPT_WORDS = ("text", "comment", "sure")


def perform(request: HttpRequest, link: Link, shown: Proof, name: str) -> HttpResponse:
    """One of the acts; those of a document that must be proven first wait for the proof."""
    if links.needs_proof(link) and not shown.proven and name not in ("seen", "not-me"):
        name = "code"
    return ACTS[name](request, link, shown)


def urls(link: Link) -> dict[str, str]:
    """Where each act is sent."""
    names = ("seen", "ack", "code", "file", "ask", "not_me", "decline")
    return {name: reverse(f"documents:link_{name}", args=[link.pk]) for name in names}


def see_other(name: str, link: Link) -> HttpResponse:
    """303 to a page of the link."""
    return _led_to(reverse(name, args=[link.pk]))


def _led_to(address: str) -> HttpResponse:
    response = redirect(address)
    response.status_code = 303
    return response


def require_proven(link: Link, shown: Proof) -> None:
    """Raises NotFound where nothing may be shown before a code."""
    if links.needs_proof(link) and not shown.proven:
        raise NotFound(_("There is no such document."))


def _number_page(request: HttpRequest, link: Link, act: str) -> HttpResponse:
    """Let the person type the number that stands on the page; what was written before goes along."""
    context = {
        "name": "" if links.needs_proof(link) else recipient.name_of(link.document),
        "act": act,
        "action": urls(link)[act.replace("-", "_")],
        "number": presence.number(link),
        "words": _words(request),
        "wrong": bool(request.POST.get("number")),
        "back_url": reverse("documents:link", args=[link.pk]),
    }
    return render(request, "documents/link_number.html", context, status=NotValid.status)


def _words(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST[name] for name in KEPT_WORDS if request.POST.get(name)}


def _seen(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    if shown.opened:
        return HttpResponse(status=204)
    if presence.shown(request, link, shown, "seen") and not links.needs_proof(link):
        links.note_opening(link, kind=LinkOpening.Kind.OPENED, device=asked.device(request))
    return see_other("documents:link", link)


def _file(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    require_downloadable(link)
    require_proven(link, shown)
    links.note_opening(link, kind=LinkOpening.Kind.DOWNLOADED, device=asked.device(request))
    return see_other("documents:link_file", link)


def require_downloadable(link: Link) -> None:
    """Raises NotPossible where the type lets the document only be read on the page."""
    if link.access != LinkAccess.DOWNLOAD:
        raise NotPossible(_("This document can only be read on the page."), code="view_only")


def _ack(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Confirm receipt: by a tap, by a fresh code, or by the proof this browser gave before."""
    by_code = link.document.type.needs_code and not shown.proven
    if lacking := _vouched(request, link, shown, "ack") if by_code else _signed(request, link, shown, "ack"):
        return lacking
    proven = by_code or shown.proven
    links.acknowledge(link, proven=proven, how="code" if by_code else "link")
    done = see_other("documents:link_done", link)
    return proof.give(done, link, proven=True) if proven else done


def _decline(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Refuse with a reason, in the same way as receipt is confirmed."""
    comment = request.POST.get("comment", "")
    by_code = link.document.type.needs_code and not shown.proven
    if comment.strip():
        ask = _vouched if by_code else _signed
        if lacking := ask(request, link, shown, "decline"):
            return lacking
    links.decline(link, comment=comment, proven=by_code or shown.proven)
    return see_other("documents:link", link)


def _signed(request: HttpRequest, link: Link, shown: Proof, act: str) -> HttpResponse | None:
    """The page that asks for the sign of a person; None when it was given."""
    return None if presence.shown(request, link, shown, act) else _number_page(request, link, act)


def _vouched(request: HttpRequest, link: Link, shown: Proof, act: str) -> HttpResponse | None:
    """The page that asks for a code, once it is a person who wants one sent; None when the code fits."""
    code_id = asked.identity(request.POST.get("code_id", ""))
    if code_id is None:
        return _send_code(request, link, shown, act)
    try:
        codes.check(code_id, request.POST.get("code", ""), bound_to=links.bound_to(link))
    except Refused as refused:
        return code_page(request, link, code_id, refused, act=act)
    return None


def _code(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Send a code by another way and ask for it; one that was just sent is asked for again."""
    return _send_code(request, link, shown, "code")


def _send_code(request: HttpRequest, link: Link, shown: Proof, act: str) -> HttpResponse:
    if not presence.shown(request, link, shown, "code"):
        return _number_page(request, link, act)
    try:
        code = links.send_code(link, language=get_language() or "en")
    except Refused as refused:
        return code_page(request, link, None, refused, act=act)
    if _words(request):
        return code_page(request, link, code.pk, act=act)
    return _led_to(f"{reverse('documents:link_code', args=[link.pk])}?c={code.pk}")


def code_page(
    request: HttpRequest, link: Link, code_id: UUID | None, refused: Refused | None = None, *, act: str = "ack"
) -> HttpResponse:
    """Ask for the code that was sent; `act` is what it is for."""
    sent = last_code(link, code_id)
    contact: Contact | None = sent.contact if sent else next(iter(links.other_ways(link)), None)
    waited = (clock.now() - sent.created_at) if sent else codes.PAUSE
    proving = links.needs_proof(link)
    declining = act == "decline" and not proving
    to = urls(link)
    goes_to = reverse("documents:link_prove", args=[link.pk]) if proving else to["decline" if declining else "ack"]
    context = {
        "name": _("A document for you") if proving else recipient.name_of(link.document),
        "version": link.version.n,
        **recipient.code_way(contact),
        "code_id": sent.pk if sent else "",
        "resend_in": max(int((codes.PAUSE - waited).total_seconds()), 0),
        "error": str(refused.message) if refused else None,
        "tries_left": sent.tries_left if sent else None,
        "urls": to | {"ack": goes_to} | ({"code": goes_to} if declining else {}),
        "words": _words(request),
        "declining": declining,
        "proving": proving,
        "tap": presence.mark(link),
        "back_url": reverse("documents:link", args=[link.pk]),
    }
    return render(request, "documents/link_code.html", context, status=refused.status if refused else 200)


def last_code(link: Link, code_id: UUID | None) -> OneTimeCode | None:
    """The code with this id, or the newest unused one, if any was sent for this link."""
    rows = OneTimeCode.objects.filter(bound_to=links.bound_to(link)).select_related("contact__user")
    rows = rows.filter(pk=code_id) if code_id else rows.filter(used_at=None)
    return rows.order_by("-created_at").first()


def _ask(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    typed = request.POST.get("text", "")
    if typed.strip() and (lacking := _signed(request, link, shown, "ask")):
        return lacking
    try:
        links.ask(link, text=typed)
    except NotValid as refused:
        return ask_page(request, link, typed, refused)
    return _led_to(f"{reverse('documents:link', args=[link.pk])}?asked")


def ask_page(request: HttpRequest, link: Link, typed: str = "", refused: Refused | None = None) -> HttpResponse:
    """The question's own page."""
    context = {
        "name": recipient.name_of(link.document),
        "urls": urls(link),
        "text": typed,
        "error": str(refused.message) if refused else None,
        "tap": presence.mark(link),
        "back_url": reverse("documents:link", args=[link.pk]),
    }
    return render(request, "documents/link_ask.html", context, status=refused.status if refused else 200)


def _not_me(request: HttpRequest, link: Link, shown: Proof) -> HttpResponse:
    """Only with the tick and the number of a person: a closed link is lost to its reader."""
    if not request.POST.get("sure"):
        return not_me_page(request, link, status=NotValid.status)
    if lacking := _signed(request, link, shown, "not-me"):
        return lacking
    links.not_mine(link)
    return render(request, "documents/link_not_me.html", {"name": "", "urls": {}, "done": True})


def not_me_page(request: HttpRequest, link: Link, status: int = 200) -> HttpResponse:
    """The page of who got the message by mistake."""
    context = {"name": "", "urls": urls(link), "back_url": reverse("documents:link", args=[link.pk]), "done": False}
    return render(request, "documents/link_not_me.html", context, status=status)


ACTS: dict[str, Callable[[HttpRequest, Link, Proof], HttpResponse]] = {
    "seen": _seen,
    "file": _file,
    "ack": _ack,
    "code": _code,
    "ask": _ask,
    "decline": _decline,
    "not-me": _not_me,
}
