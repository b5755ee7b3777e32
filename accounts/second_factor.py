"""The second factor: set up, checked, removed; ten recovery codes for the day the phone is gone."""

import base64
import secrets
from datetime import timedelta
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit, sessions
from accounts.audit import Actor
from accounts.models import Authenticator, RecoveryCode, User
from accounts.models.factor import matching_step
from docflow.common import clock, crypto
from docflow.common.errors import NotPossible, NotValid, TooMany

TRIES = 5
PAUSE = timedelta(minutes=15)
SECRET_BYTES = 20
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else
HALF = 5


def new_secret() -> str:
    """A secret for an app, not yet anybody's."""
    return secrets.token_hex(SECRET_BYTES)


def carry(user: User, secret: str) -> str:
    """The secret sealed for its person, so that a form can carry it until the first code proves the app."""
    return crypto.seal_field(secret, _carried(user)).hex()


def carried(user: User, sealed: str) -> str:
    """The secret from `carry`. Raises NotValid when it was changed or is another person's."""
    try:
        return crypto.open_field(bytes.fromhex(sealed), _carried(user))
    except (ValueError, crypto.CannotOpen) as error:
        raise NotValid(_("This form was open too long. Begin again."), code="stale_form") from error


def address(user: User, secret: str) -> str:
    """What the app reads from the QR code."""
    issuer = settings.OTP_TOTP_ISSUER
    label = quote(f"{issuer}:{user.email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': readable(secret).replace(' ', ''), 'issuer': issuer})}"


def readable(secret: str) -> str:
    """The secret as a person types it: base32 in groups of four."""
    text = base64.b32encode(bytes.fromhex(secret)).decode("ascii").rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def picture(user: User, secret: str) -> str:
    """The QR code as the address of an image (data:)."""
    return segno.make(address(user, secret), error="m").svg_data_uri(scale=5, border=3, dark="#191A1F", light="#FFFFFF")


def set_up(user: User, secret: str, digits: str) -> tuple[Authenticator, list[str]]:
    """The app is the person's second factor from now on, with fresh recovery codes; other sessions end.

    Raises NotValid for a wrong code, NotPossible when there is an app already.
    """
    step = matching_step(secret, _digits(digits))
    if step is None:
        raise NotValid(_("That code didn't match. Wait for the next one in the app."), field="code", code="wrong_code")
    with transaction.atomic():
        if Authenticator.objects.select_for_update().filter(user=user).exists():
            raise NotPossible(_("An app is set up already. Remove it first."), code="factor_there")
        device = Authenticator(user=user, name="app", last_step=step)
        device.secret = secret
        device.save(force_insert=True)
        sessions.end_all(user)
        audit.record("person.second_factor_added", user, by=user)
        return device, make_recovery_codes(user)


def check(user: User, typed: str) -> Authenticator:
    """The person's app, when the digits are right or a recovery code is; each passes once.

    Raises NotValid with the tries left, TooMany after five wrong ones, whoever tries and from wherever.
    """
    failed: NotValid | TooMany
    with transaction.atomic():
        device: Authenticator = (
            Authenticator.objects.select_for_update(of=("self",)).select_related("user").get(user=user)
        )
        if _is_paused(device):
            failed = TooMany(_("Too many wrong codes. Wait 15 minutes."), retry_after=int(PAUSE.total_seconds()))
        elif device.accepts(_digits(typed)) or _use_recovery_code(user, typed):
            device.failures, device.last_used_at = 0, clock.now()
            device.save(update_fields=["failures", "last_used_at", "last_step"])
            return device
        else:
            failed = _fail(device)
    raise failed


def remove(user: User, *, by: Actor) -> None:
    """No second factor any more (staff are led to set one up at once); other sessions end."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        user.recovery_codes.all().delete()
        sessions.end_all(user)
        audit.record("person.second_factor_removed", user, by=by)


def make_recovery_codes(user: User) -> list[str]:
    """Ten new codes, shown once; the earlier ones die."""
    fresh = [_new_code() for _number in range(CODES)]
    with transaction.atomic():
        user.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(user, code)) for code in fresh)
        audit.record("person.recovery_codes_made", user, by=user)
    return fresh


def codes_left(user: User) -> int:
    """How many recovery codes still work."""
    return user.recovery_codes.filter(used_at=None).count()


def has(user: User) -> bool:
    """Whether an app is set up."""
    return bool(Authenticator.objects.filter(user=user).exists())


def _is_paused(device: Authenticator) -> bool:
    return device.failures >= TRIES and device.failed_at is not None and clock.now() - device.failed_at < PAUSE


def _fail(device: Authenticator) -> NotValid:
    device.failures = 1 if device.failures >= TRIES else device.failures + 1
    device.failed_at = clock.now()
    device.save(update_fields=["failures", "failed_at"])
    left = TRIES - device.failures
    said = ngettext("That code didn't match. %(left)s try left.", "That code didn't match. %(left)s tries left.", left)
    return NotValid(said % {"left": left}, code="wrong_code", field="code", tries_left=left)


def _use_recovery_code(user: User, typed: str) -> bool:
    used = user.recovery_codes.filter(used_at=None, code_hash=_hash(user, typed)).update(used_at=clock.now())
    if used:
        audit.record("person.recovery_code_used", user, by=user, data={"left": codes_left(user)})
    return bool(used)


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _number in range(2 * HALF))
    return f"{letters[:HALF]}-{letters[HALF:]}"


def _hash(user: User, code: str) -> str:
    plain = "".join(filter(str.isalnum, code.lower()))
    return crypto.lookup(f"{user.pk}:{plain}", "recovery code")


def _digits(typed: str) -> str:
    return "".join(typed.split())


def _carried(user: User) -> str:
    return f"totp set-up:{user.pk}"
