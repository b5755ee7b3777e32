"""What monitors ask: is the process alive, is everything it needs there, how is it going."""

import os

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from accounts import keys
from accounts.access import public
from docflow.errors import problem_body

log = structlog.get_logger(__name__)


@public
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready(request: HttpRequest) -> HttpResponse:
    """The parts that requests need answer: 200, or 503 naming what does not."""
    parts = {"database": _database(), "broker": _broker(), "storage": _storage()}
    well = all(parts.values())
    named = {name: "ok" if fine else "down" for name, fine in parts.items()}
    return JsonResponse({"status": "ok" if well else "down", **named}, status=200 if well else 503)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to a key with `metrics:read`."""
    _scheme, _between, text = request.headers.get("Authorization", "").partition(" ")
    key = keys.find(text.strip())
    if key is None or "metrics:read" not in key.scopes:
        body = problem_body(401, _("Send a key with the scope metrics:read."), "not_authenticated")
        headers = {"WWW-Authenticate": "Bearer"}
        return JsonResponse(body, status=401, headers=headers, content_type="application/problem+json")
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


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


def _storage() -> bool:
    return os.access(settings.DATA_DIR, os.W_OK)
