"""The cookie that says "this browser opened this link", and "a code vouched for the person"."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from docflow.common import clock
from documents import links
from documents.models import Link

SALT = "documents.link"
PROVEN_FOR = 30 * 60
LONGEST = 366 * 24 * 3600


@dataclass(frozen=True)
class Proof:
    """What this browser has shown of itself for one link."""

    opened: bool = False
    proven: bool = False


def of(request: HttpRequest, link: Link) -> Proof:
    """From the link's own cookie, or from the session of the person the link was made for."""
    if links.is_holder(link, request.user if isinstance(request.user, User) else None):
        return Proof(opened=True, proven=True)
    try:
        kept = signing.loads(request.COOKIES.get(_name(link.pk), ""), salt=SALT, max_age=LONGEST)
        if kept["link"] != str(link.pk) or kept["code"] != link.code_hash[:16]:
            return Proof()
        return Proof(opened=True, proven=clock.now().timestamp() - kept["proven"] < PROVEN_FOR)
    except (signing.BadSignature, KeyError, TypeError):
        return Proof()


def give(response: HttpResponse, link: Link, *, proven: bool = False) -> HttpResponse:
    """Remember in this browser, until the link expires, that it opened the link."""
    moment = clock.now().timestamp()
    value = {"link": str(link.pk), "code": link.code_hash[:16], "proven": moment if proven else 0}
    response.set_cookie(
        _name(link.pk),
        signing.dumps(value, salt=SALT),
        max_age=max(int((link.expires_at - clock.now()).total_seconds()), 60),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _name(link_id: UUID) -> str:
    prefix = "__Host-" if settings.HTTPS else ""
    return f"{prefix}link-{link_id.hex[-12:]}"
