"""`Idempotency-Key` on API writes: the same key and body get the same answer, and one effect."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
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
        return _answered(request, key, lambda: write(view, request, *args, **kwargs))

    return wrapped


def _answered(request: Request, key: str, run: Callable[[], Response]) -> Response:
    """The effects and the kept answer are one transaction: whoever dies in it leaves neither.

    The body has been read, and its file received, before the transaction begins.
    """
    body = _fingerprint(request)
    with transaction.atomic(durable=True):
        _go_alone(request, key)
        kept = IdempotentAnswer.objects.filter(user=request.auth.user, key=key, path=request.path).first()
        if kept is not None:
            return _again(kept, body)
        response = run()
        IdempotentAnswer.objects.create(
            user=request.auth.user,
            key=key,
            path=request.path,
            body_hash=body,
            status=response.status_code,
            answer=response.data,
        )
    return response


def _go_alone(request: Request, key: str) -> None:
    """Nobody else runs under this key until the transaction ends. Raises NotPossible while somebody does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"idempotency:{request.auth.user.pk}:{request.path}:{key}"],
        )
        if not cursor.fetchone()[0]:
            raise NotPossible(_("The first request with this Idempotency-Key is still running."), code="still_running")


def _again(kept: IdempotentAnswer, body: str) -> Response:
    if kept.body_hash != body:
        raise NotValid(_("This Idempotency-Key was used with another content."), code="key_reused")
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
