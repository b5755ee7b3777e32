"""`Idempotency-Key` on API writes: the same key and body get the same answer, and one effect."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import IdempotentAnswer
from docflow.common import clock
from docflow.common.errors import NotPossible, NotValid

KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER, description="Repeats have one effect."
)
Write = Callable[..., Response]
LONGEST = 200
LOST_AFTER = timedelta(minutes=10)  # then whoever held the key died without an answer
KEPT_FOR = timedelta(days=7)


def once(write: Write) -> Write:
    """Wrap an API method. Same key, other body: 422. The first one still running: 409. A refusal is not kept."""

    @wraps(write)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return write(view, request, *args, **kwargs)
        if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
            text = _("Idempotency-Key can have up to 200 characters: letters, digits and signs of ASCII.")
            raise NotValid(text, code="bad_key")
        return _answered(view, request, key, lambda: write(view, request, *args, **kwargs))

    return wrapped


def _answered(view: Any, request: Request, key: str, run: Callable[[], Response]) -> Response:
    body = _fingerprint(request)
    _rows(request, key).filter(status=None, created_at__lt=clock.now() - LOST_AFTER).delete()
    try:
        with transaction.atomic():
            mine = IdempotentAnswer.objects.create(user=request.auth.user, key=key, path=request.path, body_hash=body)
    except IntegrityError:
        return _kept(request, key, body)
    try:
        response = run()
    except BaseException:
        mine.delete()
        raise
    mine.status, mine.answer = response.status_code, response.data
    mine.save(update_fields=["status", "answer"])
    return response


def _rows(request: Request, key: str) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(user=request.auth.user, key=key, path=request.path)


def _kept(request: Request, key: str, body: str) -> Response:
    kept = _rows(request, key).first()
    if kept is None:  # refused at this very moment
        raise NotPossible(_("The first request with this Idempotency-Key is still running."), code="still_running")
    if kept.body_hash != body:
        raise NotValid(_("This Idempotency-Key was used with another content."), code="key_reused")
    if kept.status is None:
        raise NotPossible(_("The first request with this Idempotency-Key is still running."), code="still_running")
    return Response(kept.answer, status=kept.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """A hash of all that was sent: every value of every field in order, files by name and fingerprint."""
    sent = request.data
    fields = dict(sent.lists()) if isinstance(sent, QueryDict) else sent
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=_file).encode()).hexdigest()


def _file(value: Any) -> list[str]:
    return [str(value.name), str(getattr(value, "sha256", ""))]


def sweep() -> None:
    """Forget answers that nobody will ask for again."""
    IdempotentAnswer.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
