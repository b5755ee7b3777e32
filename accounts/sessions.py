"""Sessions: begun after the last factor, bound to the person, ended by idleness, age, or a change of secrets."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django_otp import login as remember_device

from accounts import audit
from accounts.models import Authenticator, User
from docflow.common import clock

BACKEND = "accounts.backends.EmailBackend"
BEGUN, SEEN = "begun", "seen"
SEEN_EVERY = 60
POLLED_BY = frozenset({"live"})  # elements that ask again by themselves; they are no sign of a person


class Limits(NamedTuple):
    """How long a session lasts without a touch, and at most."""

    idle: timedelta
    whole: timedelta


INTERNAL = Limits(timedelta(minutes=30), timedelta(hours=12))
CLIENT = Limits(timedelta(hours=12), timedelta(days=14))


def limits(user: User) -> Limits:
    return INTERNAL if user.is_internal else CLIENT


def begin(request: HttpRequest, user: User, device: Authenticator | None = None) -> None:
    """The person is signed in, under a new session key, with this factor passed."""
    login(request, user, backend=BACKEND)
    now = int(clock.now().timestamp())
    request.session[BEGUN] = request.session[SEEN] = now
    request.session.set_expiry(int(limits(user).whole.total_seconds()))
    if device is not None:
        remember_device(request, device)


def end(request: HttpRequest) -> None:
    """Signed out; the session is gone from the server too."""
    user = request.user
    if isinstance(user, User):
        with transaction.atomic():
            audit.record("person.signed_out", user, by=user)
    logout(request)


def keep(request: HttpRequest, user: User, device: Authenticator | None = None) -> None:
    """This session goes on, under a new key, though the person's sessions were just ended."""
    update_session_auth_hash(request, user)
    if device is not None:
        remember_device(request, device)


class SessionLimits:
    """Middleware: who was idle too long, or signed in too long ago, signs in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            _check(request, request.user)
        return self.get_response(request)


def _check(request: HttpRequest, user: User) -> None:
    now = int(clock.now().timestamp())
    begun, seen = request.session.get(BEGUN, now), request.session.get(SEEN, now)
    idle, whole = (int(limit.total_seconds()) for limit in limits(user))
    if now - seen > idle or now - begun > whole:
        logout(request)
    elif now - seen >= SEEN_EVERY and request.headers.get("HX-Trigger") not in POLLED_BY:
        request.session[SEEN] = now
        request.session.setdefault(BEGUN, now)
