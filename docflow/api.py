"""The API's root: addresses, the schema, and refusals as problem JSON in the words of the pages."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import include, path
from django.utils.translation import gettext as _
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.api import HasScope
from docflow.common.errors import Refused
from docflow.errors import problem_body

patterns = [
    path("", include("notifications.api_urls")),
    path("", include("documents.api_urls")),
]


class Schema(SpectacularJSONAPIView):
    """The OpenAPI 3.1 description of this API."""

    scopes = {"GET": "schema:read"}
    permission_classes = (HasScope,)  # the library's own default is open to all


schema = Schema.as_view()


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """application/problem+json (RFC 9457) for everything an API view may raise; None means our own fault."""
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, Http404):
        return _response(404, _("There is no such thing."), "not_found")
    if isinstance(error, PermissionDenied):
        return _response(403, _("You may not do this."), "not_allowed")
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.APIException):
        return _framework(error)
    return None


def _refused(error: Refused) -> Response:
    errors = [{"field": error.field, "code": error.code, "detail": str(error.message)}] if error.field else []
    response = _response(error.status, str(error.message), error.code, errors)
    if "retry_after" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after"])
    return response


def _invalid(error: exceptions.ValidationError) -> Response:
    errors = list(_flat("", error.detail))
    detail = errors[0]["detail"] if len(errors) == 1 else _("Some fields need correcting.")
    return _response(422, detail, "not_valid", errors)


def _flat(field: str, detail: Any) -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [one for name, inner in detail.items() for one in _flat(f"{field}.{name}".strip("."), inner)]
    if isinstance(detail, list):
        return [one for inner in detail for one in _flat(field, inner)]
    return [{"field": _sayable(field), "code": getattr(detail, "code", "invalid"), "detail": _sayable(str(detail))}]


def _sayable(text: str) -> str:
    """Refusals repeat what was sent, and half a surrogate pair cannot be sent back."""
    return text.encode(errors="replace").decode()


def _framework(error: exceptions.APIException) -> Response:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "refused"
    response = _response(error.status_code, str(error.detail), code)
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    wait = getattr(error, "wait", None)  # only of Throttled, and unknown to its type stubs
    if wait:
        response["Retry-After"] = str(int(wait))
        response["RateLimit-Policy"] = f"{settings.API_PACE};w={int(wait)}"
    return response


def _response(status: int, detail: str, code: str, errors: list[dict[str, Any]] | None = None) -> Response:
    body = problem_body(status, detail, code, errors)
    return Response(body, status=status, content_type="application/problem+json")
