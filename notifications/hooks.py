"""Where providers call us back. Proof first, then the raw words into a row, then 200; everything else happens later."""

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import public
from docflow.common import crypto
from notifications import connect, receipts, wake
from notifications.channels import twilio_status as twilio
from notifications.channels.telegram_updates import parse_update
from notifications.models import IncomingUpdate

BODY_LIMIT = 64 * 1024
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name


@public
@csrf_exempt
@require_POST
def twilio_status(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Twilio on one of our messages; the delivery's id is in the signed address."""
    token = connect.current()["sms"].values.get("auth_token", "")
    params = request.POST.dict()
    address = settings.BASE_URL + request.get_full_path()
    if not token or not twilio.verify(address, params, request.headers.get("X-Twilio-Signature", ""), token):
        return HttpResponse(status=403)
    status = twilio.parse_callback(params)
    if status is None or "\0" in "".join(params.values()):
        return HttpResponse(status=400)
    receipts.accept("sms", status, delivery_id=delivery_id)
    return HttpResponse(status=200)


@public
@csrf_exempt
@require_POST
def telegram(request: HttpRequest) -> HttpResponse:
    """An update pushed by Telegram; a repeated one changes nothing."""
    if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), telegram_secret().encode()):
        return HttpResponse(status=403)
    raw = _json(request)
    update = parse_update(raw)
    if update is None:
        return HttpResponse(status=400 if not isinstance(raw, dict) or "update_id" not in raw else 200)
    with transaction.atomic():
        IncomingUpdate.objects.get_or_create(
            provider="telegram", update_id=update.update_id, defaults={"raw": raw, "received_at": Now()}
        )
        wake.after_commit(wake.INCOMING)
    return HttpResponse(status=200)


def _json(request: HttpRequest) -> Any:
    if len(request.body) > BODY_LIMIT:
        return None
    try:
        return _storable(json.loads(request.body, parse_constant=_nothing))
    except (ValueError, RecursionError):
        return None


def _nothing(_name: str) -> None:
    """NaN and the infinities are no JSON, for PostgreSQL neither."""


def _storable(value: Any) -> Any:
    """Without the characters that no table takes, so that one odd message does not hold up those behind it."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


@lru_cache(maxsize=1)
def telegram_secret() -> str:
    """What Telegram has to show with every update; made from our keys, so it need not be stored."""
    return hashlib.sha256(crypto.lookup("telegram", "webhook").encode()).hexdigest()
