"""`Idempotency-Key` on API writes: the same key and body get the same answer, and one effect."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import IdempotentAnswer
from docflow.common.errors import NotPossible, NotValid

Write = Callable[..., Response]
LONGEST = 200


def once(write: Write) -> Write:
    """Wrap an API method. Same key, other body: 422. The first one still running: 409. A refusal is not kept."""

    @wraps(write)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return write(view, request, *args, **kwargs)
        if len(key) > LONGEST:
            raise NotValid(_("Idempotency-Key can have up to 200 characters."), code="key_too_long")
        return _answered(view, request, key, lambda: write(view, request, *args, **kwargs))

    return wrapped


def _answered(view: Any, request: Request, key: str, run: Callable[[], Response]) -> Response:
    body = _fingerprint(request)
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


def _kept(request: Request, key: str, body: str) -> Response:
    kept = IdempotentAnswer.objects.get(user=request.auth.user, key=key, path=request.path)
    if kept.body_hash != body:
        raise NotValid(_("This Idempotency-Key was used with another content."), code="key_reused")
    if kept.status is None:
        raise NotPossible(_("The first request with this Idempotency-Key is still running."), code="still_running")
    return Response(kept.answer, status=kept.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """A hash of what was sent: fields in order, files by their own fingerprint."""
    digest = hashlib.sha256()
    fields = request.data if isinstance(request.data, Mapping) else {"": request.data}
    for name, value in sorted(fields.items()):
        digest.update(f"{name}={getattr(value, 'sha256', None) or value}\n".encode())
    return digest.hexdigest()
