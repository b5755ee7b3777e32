"""How programs prove who they are, and what their key permits."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import keys
from accounts.models import ApiKey, User
from docflow.common import valkey

BEARER = "Bearer"
READS = {"HEAD": "GET"}
PACE_WINDOW = 10  # seconds


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer df_…`; cookies play no part here."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        key = keys.of_header(header)
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, expired or revoked. Make a new one in the admin."))
        keys.note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return BEARER


class HasScope(BasePermission):
    """A view names its scope by method: `scopes = {"GET": "documents:read", …}`; others are not offered."""

    message = ""
    code = "scope"

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        scopes = getattr(view, "scopes", {})
        method = request.method or ""
        scope = next(iter(scopes.values()), None) if method == "OPTIONS" else scopes.get(READS.get(method, method))
        if scope is None:
            raise MethodNotAllowed(method)
        self.message = _("This key lacks the scope “%(scope)s”.") % {"scope": scope}
        return scope in request.auth.scopes


class Pace(BaseThrottle):
    """So many requests of one key within ten seconds; 0 in the settings means no limit. Without Valkey all pass."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.API_PACE or not isinstance(request.auth, ApiKey):
            return True
        return valkey.hit(f"docflow:api:{request.auth.pk}", PACE_WINDOW) <= settings.API_PACE

    def wait(self) -> float:
        return PACE_WINDOW


class Json(JSONParser):
    """JSON that nests deeper than we can read is as unreadable as any other."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as deep:
            raise ParseError(_("We could not read this request: it nests too deep.")) from deep
