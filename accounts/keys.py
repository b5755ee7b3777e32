"""API keys: made, found, revoked. A key reads `df_<prefix>_<secret>`; the secret is shown once."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import audit, permissions
from accounts.audit import Actor
from accounts.models import ApiKey, User
from docflow.common import clock, crypto
from docflow.common.errors import NotAllowed, NotValid

SCOPES = (
    "documents:read",
    "documents:write",
    "documents:approve",
    "deliveries:read",
    "deliveries:write",
    "metrics:read",
    "schema:read",
)
SEEN_EVERY = timedelta(minutes=1)


def make(
    user: User, name: str, scopes: list[str], *, by: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its full text, which cannot be had again. Raises NotAllowed, NotValid for an unknown scope."""
    _must_administer(by)
    if not set(scopes) <= set(SCOPES):
        raise NotValid(_("There is no such scope."), field="scopes", code="scope")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            scopes=scopes,
            prefix=prefix,
            secret_hash=crypto.code_hash(secret),
            expires_at=expires_at,
        )
        audit.record("key.made", ("key", key.pk), by=by, data={"name": name, "scopes": scopes})
    return key, f"df_{prefix}_{secret}"


def of_header(header: str) -> ApiKey | None:
    """The living key in an `Authorization: Bearer …` header."""
    scheme, _space, text = header.partition(" ")
    return find(text.strip()) if scheme.lower() == "bearer" else None


def find(text: str) -> ApiKey | None:
    """The living key with this text, its person active."""
    kind, _first, rest = text.partition("_")
    prefix, _second, secret = rest.partition("_")
    if kind != "df" or not secret or not prefix.isalnum():
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=prefix, revoked_at=None, user__is_active=True).first()
    if key is None or not secrets.compare_digest(key.secret_hash, crypto.code_hash(secret)):
        return None
    return None if key.expires_at and key.expires_at <= clock.now() else key


def note_use(key: ApiKey) -> None:
    """Remember that the key is in use; written at most once a minute."""
    now = clock.now()
    ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=now - SEEN_EVERY), pk=key.pk).update(
        last_used_at=now
    )


def revoke(key: ApiKey, *, by: Actor) -> None:
    """The key stops working at once. Raises NotAllowed."""
    _must_administer(by)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now()):
            audit.record("key.revoked", ("key", key.pk), by=by, data={"name": key.name})


def _must_administer(by: Actor) -> None:
    if not isinstance(by, audit.System) and not permissions.is_administrator(by):
        raise NotAllowed(_("Only an administrator may do this."))
