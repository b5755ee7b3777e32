"""Addresses of people: added, verified, ordered, suspended, removed; each act leaves a journal entry."""

from collections.abc import Mapping
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import audit, codes, limits, permissions, tokens
from accounts.audit import Actor
from accounts.models import Contact, OneTimeCode, User
from accounts.models.contact import REASON_LENGTH, Health, Kind, Verified
from accounts.models.user import normal_email
from docflow.common import clock, crypto
from docflow.common.errors import NotAllowed, NotPossible, NotValid, TooMany

HOME = "RU"
CODES_PER_HOUR = 12  # of one person: somebody pays for each


def normal(kind: str, address: str) -> str:
    """One spelling for one address. Raises NotValid with what to correct."""
    return _NORMAL[Kind(kind)](address.strip())


def lookup(kind: str, address: str) -> str:
    """By what a contact with this (normal) address is found."""
    return crypto.lookup(address, kind)


def add(user: User, kind: str, address: str, *, by: Actor, label: str = "") -> Contact:
    """A new, still unverified address of the person; the one that is there already is given back.

    Raises NotValid for an unreadable address, NotAllowed.
    """
    _must_change(by, user)
    address = normal(kind, address)
    found = user.contacts.filter(kind=kind, lookup=lookup(kind, address)).first()
    if found:
        return found
    contact = Contact(user=user, kind=kind, lookup=lookup(kind, address), label=label, rank=_next_rank(user))
    contact.address = address
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
            audit.record("contact.added", contact, by=by, data={"kind": kind, "address": contact.masked})
    except IntegrityError:  # the same address was added at the same moment
        return user.contacts.get(kind=kind, lookup=lookup(kind, address))
    return contact


def ask_code(contact: Contact, *, by: Actor) -> OneTimeCode:
    """Send a code to the address, to be typed back. Raises TooMany, also for many addresses of one person."""
    _must_change(by, contact.user)
    if not limits.allow("codes_of_person", str(contact.user_id), times=CODES_PER_HOUR, seconds=3600):
        raise TooMany(_("Too many codes within an hour. Try again later."), retry_after=3600)
    return codes.issue(contact, "verify", _bound(contact))


def send_link(contact: Contact, *, by: Actor) -> None:
    """Send a link to the address (an e-mail); whoever opens it and confirms has verified it."""
    _must_change(by, contact.user)
    with transaction.atomic():
        token = tokens.issue("verify", contact=contact)
        codes.send(contact, "verify", settings.BASE_URL + reverse("accounts:verify", args=[token]))


def verify_by_code(contact: Contact, code_id: UUID, typed: str, *, by: Actor) -> None:
    """Verified when the code is right. Raises NotValid with the tries left, Gone."""
    _must_change(by, contact.user)
    codes.check(code_id, typed, bound_to=_bound(contact))
    with transaction.atomic():
        mark_verified(contact, Verified.CODE, by=by)


def verify_by_link(token: str) -> Contact:
    """Verified by whoever received the link there. Raises Gone."""
    with transaction.atomic():
        contact = tokens.redeem_contact("verify", token)
        mark_verified(contact, Verified.LINK, by=contact)
    return contact


def verify_by_staff(contact: Contact, reason: str, *, by: Actor) -> None:
    """A staff member vouches for the address and says why. Raises NotAllowed, NotValid without a reason."""
    if not permissions.may_change_clients(by) or audit.person(by) == contact.user:
        raise NotAllowed(_("You may not verify this address."))
    if not reason.strip():
        raise NotValid(_("Say how you know that the address is theirs."), field="reason", code="required")
    with transaction.atomic():
        mark_verified(contact, Verified.STAFF, by=by, reason=reason.strip()[:REASON_LENGTH])


def mark_verified(contact: Contact, how: str, *, by: Actor, reason: str = "") -> None:
    """Write down that the address is the person's; call inside the transaction that proves it."""
    contact.verified_at, contact.verified_how, contact.verified_reason = clock.now(), how, reason
    contact.save(update_fields=["verified_at", "verified_how", "verified_reason"])
    audit.record("contact.verified", contact, by=by, data={"kind": contact.kind, "how": how, "reason": reason})


def remove(contact: Contact, *, by: Actor) -> None:
    """The address is forgotten. Raises NotPossible for the one that its person signs in with."""
    _must_change(by, contact.user)
    if signs_in(contact):
        raise NotPossible(_("This is the address for signing in; it cannot be removed."), code="sign_in_address")
    with transaction.atomic():
        audit.record("contact.removed", contact, by=by, data={"kind": contact.kind, "address": contact.masked})
        contact.delete()


def signs_in(contact: Contact) -> bool:
    """Whether the person signs in with this address."""
    return contact.kind == Kind.EMAIL and contact.user is not None and contact.user.email_lookup == contact.lookup


def suspend(contact: Contact, reason: Mapping[str, str], *, by: Actor) -> None:
    """Send nothing there until it is restored; `reason` in words by language. Repeating it changes nothing."""
    _set_health(contact, Health.SUSPENDED, reason, "contact.suspended", by)


def doubt(contact: Contact, reason: Mapping[str, str], *, by: Actor) -> None:
    """Messages often do not arrive there: it is still written to, after the person's better addresses.

    Changes nothing about an address that is doubted or suspended already.
    """
    with transaction.atomic():
        if Contact.objects.select_for_update().get(pk=contact.pk).health == Health.OK:
            _set_health(contact, Health.SUSPECT, reason, "contact.doubted", by)


def restore(contact: Contact, *, by: Actor) -> None:
    """Send there again."""
    _must_change(by, contact.user)
    _set_health(contact, Health.OK, {}, "contact.restored", by)


def _set_health(contact: Contact, health: str, reason: Mapping[str, str], action: str, by: Actor) -> None:
    words = {f"health_reason_{language}": reason.get(language, "")[:REASON_LENGTH] for language in ("ru", "en")}
    with transaction.atomic():
        changed = Contact.objects.exclude(health=health).filter(pk=contact.pk)
        if changed.update(health=health, **words):
            audit.record(action, contact, by=by, data={"kind": contact.kind, "reason": reason})
    contact.health = health
    contact.health_reason_ru, contact.health_reason_en = words.values()


def telegram_bot_name() -> str:
    """The bot that people write to, without @; empty while Telegram is not set up."""
    return str(import_string(settings.TELEGRAM_NAME)() or "")


def telegram_link(user: User) -> str:
    """The address that opens the chat with our bot, good for ten minutes; empty while Telegram is not set up."""
    bot = telegram_bot_name()
    return f"https://t.me/{bot}?start={tokens.issue('telegram', user=user)}" if bot else ""


def link_telegram(token: str, chat_id: str, username: str) -> Contact:
    """The chat becomes the person's verified contact: called when the bot hears `/start <token>`.

    Raises Gone for a dead token, NotPossible when the chat is somebody else's.
    """
    try:
        with transaction.atomic():
            user = tokens.redeem_person("telegram", token)
            contact = add(user, Kind.TELEGRAM, chat_id, by=user, label=username[:100])
            contact.label = username[:100]
            contact.save(update_fields=["label"])
            mark_verified(contact, Verified.START, by=user)
            if contact.health != Health.OK:
                _set_health(contact, Health.OK, {}, "contact.restored", user)
    except IntegrityError as error:
        raise NotPossible(_("This chat is linked to another person."), code="chat_taken") from error
    return contact


def _must_change(by: Actor, user: User | None) -> None:
    if isinstance(by, audit.System):
        return
    if user is None or not permissions.may_change_person(by, user):
        raise NotAllowed(_("You may not change this person's addresses."))


def _next_rank(user: User) -> int:
    highest = user.contacts.aggregate(highest=Max("rank"))["highest"]
    return 0 if highest is None else highest + 1


def _bound(contact: Contact) -> str:
    return f"contact:{contact.pk}"


def _email(address: str) -> str:
    address = normal_email(address)
    try:
        validate_email(address)
    except ValidationError as error:
        said = _("This does not look like an e-mail address: %(typed)s.") % {"typed": address[:100]}
        raise NotValid(said, field="email", code="email") from error
    return address


def _phone(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException as error:
        raise _bad_phone() from error
    if not phonenumbers.is_valid_number(parsed):
        raise _bad_phone()
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _bad_phone() -> NotValid:
    return NotValid(
        _("There is no such phone number. Write it with the country: +7 912 345-67-89."), field="phone", code="phone"
    )


def _chat(chat_id: str) -> str:
    if not chat_id.lstrip("-").isdigit():
        raise NotValid(_("This is not a Telegram chat."), field="telegram", code="chat")
    return chat_id


_NORMAL = {Kind.EMAIL: _email, Kind.PHONE: _phone, Kind.TELEGRAM: _chat}
