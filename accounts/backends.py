"""Signing in by e-mail and password; telling django-axes who tried without storing addresses."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.user import email_key


class EmailBackend(BaseBackend):
    """Finds the person by the keyed hash of the e-mail; takes as long for an unknown address as for a known one."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.by_email(username)
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """By what tries are counted: the keyed hash of the address that was typed."""
    typed = (credentials or {}).get("username") or (request.POST.get("email", "") if request else "")
    return email_key(str(typed))


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page after too many wrong passwords."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    message = _("Too many tries. Wait %(minutes)s minutes or reset your password.") % {"minutes": minutes}
    context = {"message": message, "code": "locked_out", "status": 429}
    response = render(request, ["errors/429.html", "errors/refused.html"], context, status=429)
    response.headers["Retry-After"] = str(minutes * 60)
    return response
