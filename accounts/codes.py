"""One-time codes: six digits, bound to a contact, a purpose and an act; five tries, ten minutes, once.

The code itself goes out through settings.CODE_SENDER and never enters the journal.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Contact, OneTimeCode
from docflow.common import clock, crypto
from docflow.common.errors import Gone, NotValid, TooMany

LIFETIME = timedelta(minutes=10)
PAUSE = timedelta(seconds=60)
PER_HOUR = 6
TRIES = 5


def issue(
    contact: Contact, purpose: str, bound_to: str, *, language: str | None = None, context: dict[str, str] | None = None
) -> OneTimeCode:
    """Make a code and hand it to the sender in the same transaction; older codes for the same act die.

    Raises TooMany when the last one is younger than a minute or six were asked for within the hour.
    """
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        _check_pace(contact)
        _open_codes(contact, purpose, bound_to).update(used_at=clock.now())
        digits = f"{secrets.randbelow(1_000_000):06d}"
        code = OneTimeCode(contact=contact, purpose=purpose, bound_to=bound_to, expires_at=clock.now() + LIFETIME)
        code.code_hash = _hash(code.pk, digits)
        code.save(force_insert=True)
        send(contact, purpose, digits, language=language, context=context)
    return code


def send(
    contact: Contact, purpose: str, secret: str, *, language: str | None = None, context: dict[str, str] | None = None
) -> None:
    """Hand a secret (a code or a whole link) to the sender, inside the caller's transaction."""
    sender = import_string(settings.CODE_SENDER)
    sender(
        contact=contact, purpose=purpose, secret=secret, language=language or contact.language, context=context or {}
    )


def check(code_id: UUID, typed: str, *, bound_to: str) -> OneTimeCode:
    """Use the code up. Raises NotValid with the tries left, Gone when it is dead."""
    failed: NotValid | Gone
    with transaction.atomic():
        code = OneTimeCode.objects.select_for_update().filter(pk=code_id, bound_to=bound_to).first()
        if code is None or code.used_at or code.tries_left == 0 or code.expires_at <= clock.now():
            failed = Gone(_("This code no longer works. Ask for a new one."), code="code_dead")
        elif secrets.compare_digest(code.code_hash, _hash(code.pk, typed)):
            code.used_at = clock.now()
            code.save(update_fields=["used_at"])
            return code
        else:
            code.tries_left -= 1
            code.save(update_fields=["tries_left"])
            failed = _wrong(code)
    raise failed


def _wrong(code: OneTimeCode) -> NotValid:
    left = code.tries_left
    said = ngettext(
        "That code didn't match. %(left)s try left. Check the latest message.",
        "That code didn't match. %(left)s tries left. Check the latest message.",
        left,
    )
    return NotValid(said % {"left": left}, code="wrong_code", field="code", tries_left=left)


def _check_pace(contact: Contact) -> None:
    now = clock.now()
    recent = list(
        OneTimeCode.objects.filter(contact=contact, created_at__gt=now - timedelta(hours=1))
        .order_by("-created_at")
        .values_list("created_at", flat=True)[:PER_HOUR]
    )
    if recent and now - recent[0] < PAUSE:
        wait = int((PAUSE - (now - recent[0])).total_seconds()) + 1
        raise TooMany(_("We have just sent a code. Ask for another in %(wait)s s.") % {"wait": wait}, retry_after=wait)
    if len(recent) == PER_HOUR:
        raise TooMany(_("Too many codes within an hour. Try again later."), retry_after=3600)


def _open_codes(contact: Contact, purpose: str, bound_to: str) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(contact=contact, purpose=purpose, bound_to=bound_to, used_at=None)


def _hash(code_id: UUID, digits: str) -> str:
    digits = "".join(filter(str.isdigit, digits))
    return crypto.lookup(f"{code_id}:{digits}", "one-time code")
