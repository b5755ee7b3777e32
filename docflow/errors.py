"""Error pages: what happened, and what to do. Under /api/ the same words as problem JSON."""

import secrets
import sys
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from docflow.common.errors import Refused
from docflow.common.http import limit_key

log = structlog.get_logger(__name__)

AWAY_SECONDS = 5  # a database that was killed is back by then


def problem_body(status: int, detail: str, code: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The members of application/problem+json (RFC 9457), with our `code` and `errors`."""
    title = HTTPStatus(status).phrase
    return {
        "type": f"urn:docflow:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }


def _answer(request: HttpRequest, status: int, message: str, code: str, **extra: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = problem_body(status, message, code)
        return JsonResponse(body, status=status, content_type="application/problem+json")
    context = {"message": message, "code": code, "status": status, **extra}
    pages = [f"errors/{code}.html", f"errors/{status}.html", "errors/refused.html"]
    return render(request, pages, context, status=status)


def note_denial(request: HttpRequest, code: str) -> None:
    """Who was refused what and where from, for whoever looks for attempts; no words, no addresses of people."""
    who = getattr(getattr(request, "user", None), "pk", None)
    log.warning(
        "denied", person=str(who or ""), method=request.method, path=request.path, code=code, network=limit_key(request)
    )


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page or problem for a refusal."""
    if refused.status == HTTPStatus.FORBIDDEN:
        note_denial(request, refused.code)
    response = _answer(request, refused.status, str(refused.message), refused.code, extra=refused.extra)
    if "retry_after" in refused.extra:
        response.headers["Retry-After"] = str(refused.extra["retry_after"])
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request itself could not be read."""
    return _answer(request, 400, _("We could not read this request. Go back and try again."), "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The person may not see this."""
    note_denial(request, "not_allowed")
    return _answer(request, 403, _("You have no right to this page. Ask your administrator."), "not_allowed")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing here, or nothing for this person: the two look alike."""
    return _answer(request, 404, _("There is no such page. Check the address."), "not_found")


def our_fault(request: HttpRequest) -> HttpResponse:
    """Something broke on our side; the code leads to the log line. A database that is away is no fault but a pause."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _away(request)
    incident = secrets.token_hex(2).upper()
    log.error("unhandled", incident=incident, path=request.path)
    text = _("We couldn't do this. It's our fault; try again in a minute. Code %(code)s.") % {"code": incident}
    return _answer(request, 500, text, "our_fault", incident=incident)


def _away(request: HttpRequest) -> HttpResponse:
    log.warning("database_away", path=request.path)
    text = _("docflow is busy with itself and will be back in a moment. Try again in a minute.")
    response = _answer(request, 503, text, "away")
    response.headers["Retry-After"] = str(AWAY_SECONDS)
    return response


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or was not ours."""
    note_denial(request, "csrf")
    return _answer(request, 403, _("This page was open too long. Reload it and send again."), "csrf")
