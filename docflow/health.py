"""What monitors ask: is the process alive, is everything it needs there, how is it going."""

import os

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import DurationField, ExpressionWrapper, Min
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from accounts import keys
from accounts.access import public
from docflow.common import figures, pulse
from docflow.errors import problem_body
from documents.models import Step
from notifications.models import Delivery, OutboxEvent
from notifications.states import CLAIMABLE

log = structlog.get_logger(__name__)


@public
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready(request: HttpRequest) -> HttpResponse:
    """The parts that requests need answer: 200, or 503 naming what does not.

    Told besides, without changing the verdict: how long the oldest due work has waited, and how many seconds ago
    each kind of background process showed that its work gets on.
    """
    parts = {"database": _database(), "broker": _broker(), "storage": _storage()}
    well = all(parts.values())
    named = {name: "ok" if fine else "down" for name, fine in parts.items()}
    body = {
        "status": "ok" if well else "down",
        **named,
        "oldest_due_seconds": _oldest_due() if parts["database"] else None,
        "signs_of_life": pulse.ages(),
    }
    return JsonResponse(body, status=200 if well else 503)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of all processes for Prometheus, to a key with `metrics:read`."""
    key = keys.of_header(request.headers.get("Authorization", ""))
    if key is None or "metrics:read" not in key.scopes:
        body = problem_body(401, _("Send a key with the scope metrics:read."), "not_authenticated")
        headers = {"WWW-Authenticate": "Bearer"}
        return JsonResponse(body, status=401, headers=headers, content_type="application/problem+json")
    return HttpResponse(generate_latest(figures.SHOWN), content_type=CONTENT_TYPE_LATEST)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        cache.get("ready")
    except redis.RedisError:
        return False
    return True


def _oldest_due() -> float:
    """Seconds that the oldest due fact, message or document has waited for somebody to take it."""
    waiting = (
        OutboxEvent.objects.filter(planned_at=None),
        Delivery.objects.filter(owner=None, state__in=CLAIMABLE),
        Step.objects.filter(outcome="", lease_until=None),
    )
    age = ExpressionWrapper(Now() - Min("due_at"), DurationField())
    found = [rows.filter(due_at__lte=Now()).aggregate(age=age)["age"] for rows in waiting]
    return max((round(one.total_seconds(), 1) for one in found if one), default=0.0)


def _storage() -> bool:
    return os.access(settings.DATA_DIR, os.W_OK)
