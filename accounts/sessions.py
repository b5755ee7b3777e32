"""Sessions: begun after the last factor, listed; ended by idleness, by age, by people, by new secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django_otp import login as remember_device

from accounts import audit, browsers
from accounts.audit import Actor
from accounts.models import Authenticator, Session, User
from accounts.session_store import BEGUN, BROWSER, NUMBER, SEEN
from docflow.common import clock, ids

BACKEND = "accounts.backends.EmailBackend"
PROVEN = "proven"
PROOF_LASTS = timedelta(minutes=5)
SEEN_EVERY = 60
POLLED_BY = frozenset({"live"})  # elements that ask again by themselves; they are no sign of a person


class Limits(NamedTuple):
    """How long a session lasts without a touch, and at most."""

    idle: timedelta
    whole: timedelta


INTERNAL = Limits(timedelta(minutes=30), timedelta(hours=12))
CLIENT = Limits(timedelta(hours=12), timedelta(days=14))


@dataclass(frozen=True)
class Place:
    """One place where a person is signed in, as the person sees it."""

    number: UUID
    browser: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


def limits(user: User) -> Limits:
    return INTERNAL if user.is_internal else CLIENT


def begin(request: HttpRequest, user: User, device: Authenticator | None = None) -> None:
    """The person is signed in, under a new session key, with this factor passed."""
    login(request, user, backend=BACKEND)
    request.session[NUMBER] = str(ids.new_id())
    request.session[BROWSER] = browsers.name(request.headers.get("User-Agent", ""))
    request.session[BEGUN] = request.session[SEEN] = request.session[PROVEN] = _seconds()
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


def places(request: HttpRequest, user: User) -> list[Place]:
    """Where the person is signed in now, this place first, then the latest seen."""
    own = request.session.get(NUMBER)
    idle, whole = limits(user)
    living = user.sessions.filter(
        expire_date__gt=clock.now(), seen_at__gte=clock.now() - idle, begun_at__gte=clock.now() - whole
    ).order_by("-seen_at")
    found = [
        Place(one.number, one.browser, one.begun_at, one.seen_at, str(one.number) == own)
        for one in living
        if one.number and one.begun_at and one.seen_at
    ]
    return sorted(found, key=lambda place: not place.is_this)


def end_place(user: User, number: UUID, *, by: Actor) -> None:
    """Sign the person out in one place, at once. A place that is gone already changes nothing."""
    with transaction.atomic():
        if user.sessions.filter(number=number).delete()[0]:
            audit.record("person.sessions_ended", user, by=by, data={"one": True})


def end_all(user: User) -> None:
    """Sign the person out everywhere, at once; call inside the transaction of what makes it necessary.

    The moment is part of what a session is tied to, so that one begun at this very time on older grounds dies too.
    """
    user.sessions_valid_from = clock.now()
    user.save(update_fields=["sessions_valid_from"])
    user.sessions.all().delete()


def is_proven(request: HttpRequest) -> bool:
    """Whether the person has shown a password or a code within the last five minutes."""
    return _seconds() - int(request.session.get(PROVEN, 0)) < PROOF_LASTS.total_seconds()


def note_proof(request: HttpRequest) -> None:
    """The person has just shown a password or a code: under a new session key from here on."""
    request.session.cycle_key()
    request.session[PROVEN] = _seconds()


def sweep() -> None:
    """Forget sessions that have run out."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()


class SessionLimits:
    """Middleware: who was idle too long, or signed in too long ago, signs in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            _check(request, request.user)
        return self.get_response(request)


def _check(request: HttpRequest, user: User) -> None:
    now = _seconds()
    begun, seen = request.session.get(BEGUN, now), request.session.get(SEEN, now)
    idle, whole = (int(limit.total_seconds()) for limit in limits(user))
    if now - seen > idle or now - begun > whole:
        logout(request)
    elif now - seen >= SEEN_EVERY and request.headers.get("HX-Trigger") not in POLLED_BY:
        request.session[SEEN] = now
        request.session.setdefault(BEGUN, now)


def _seconds() -> int:
    return int(clock.now().timestamp())
