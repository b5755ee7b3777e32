"""Secrets of links: 256 random bits, only the hash stored, bound to a purpose, used once."""

import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.models import Contact, SecretToken, User
from docflow.common import clock, crypto
from docflow.common.errors import Gone

LIFETIMES = {
    "setup": timedelta(days=30),
    "invite": timedelta(hours=48),
    "reset": timedelta(hours=1),
    "verify": timedelta(hours=48),
    "telegram": timedelta(minutes=10),
}


def issue(purpose: str, *, user: User | None = None, contact: Contact | None = None) -> str:
    """A new secret; earlier ones of the same purpose and person die."""
    SecretToken.objects.filter(purpose=purpose, user=user, contact=contact, used_at=None).update(used_at=clock.now())
    token = secrets.token_urlsafe(32)
    SecretToken.objects.create(
        purpose=purpose,
        user=user,
        contact=contact,
        token_hash=crypto.code_hash(token),
        expires_at=clock.now() + LIFETIMES[purpose],
    )
    return token


def find(purpose: str, token: str) -> SecretToken:
    """The living token, still unused: for showing a form. Raises Gone."""
    found = SecretToken.objects.filter(**_living(purpose, token)).select_related("user", "contact__user").first()
    if found is None:
        raise _dead()
    return found


def redeem(purpose: str, token: str) -> SecretToken:
    """Use the token up, exactly once. Call inside the transaction of what it permits. Raises Gone."""
    found = find(purpose, token)
    if not SecretToken.objects.filter(pk=found.pk, used_at=None).update(used_at=clock.now()):
        raise _dead()
    return found


def find_person(purpose: str, token: str) -> User:
    """Whose living token it is. Raises Gone."""
    return _person(find(purpose, token))


def redeem_person(purpose: str, token: str) -> User:
    """As `redeem`, for tokens of people."""
    return _person(redeem(purpose, token))


def redeem_contact(purpose: str, token: str) -> Contact:
    """As `redeem`, for tokens of addresses. Raises Gone."""
    contact = redeem(purpose, token).contact
    if contact is None:
        raise _dead()
    return contact


def _person(token: SecretToken) -> User:
    if token.user is None:
        raise _dead()
    return token.user


def _living(purpose: str, token: str) -> dict[str, object]:
    return {
        "purpose": purpose,
        "token_hash": crypto.code_hash(token),
        "used_at": None,
        "expires_at__gt": clock.now(),
    }


def _dead() -> Gone:
    return Gone(_("This link has expired or was already used. Ask for a new one."), code="token_dead")
