"""How programs prove who they are, and what their key permits."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import keys
from accounts.models import ApiKey, User

BEARER = "Bearer"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer df_…`; cookies play no part here."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        key = keys.find(text.strip()) if scheme == BEARER else None
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, expired or revoked. Make a new one in the admin."))
        keys.note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return BEARER


class HasScope(BasePermission):
    """A view names its scope by method: `scopes = {"GET": "documents:read", …}`; without one it is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "scopes", {}).get("GET" if request.method in {"HEAD", "OPTIONS"} else request.method)
        return isinstance(request.auth, ApiKey) and scope in request.auth.scopes
