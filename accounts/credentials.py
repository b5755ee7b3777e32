"""Passwords: changed by their owner, reset by a link to the sign-in address. Nobody else ever sets or sees one."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit, codes, contacts, people, sessions, tokens
from accounts.audit import SYSTEM
from accounts.models import User
from accounts.models.contact import Verified
from docflow.common.errors import NotValid


def change_password(user: User, current: str, new: str) -> None:
    """A new password; all other sessions end. Raises NotValid when the current one is wrong."""
    if not user.check_password(current):
        raise NotValid(_("The current password is not right."), field="current", code="wrong_password")
    with transaction.atomic():
        _set(user, new)
        audit.record("person.password_changed", user, by=user)


def ask_reset(email: str) -> None:
    """Mail a link for a new password to the stored sign-in address, if there is such a person; says nothing else."""
    user = User.objects.by_email(email)
    if user is None or not user.is_active or not user.has_usable_password():
        return
    with transaction.atomic():
        url = settings.BASE_URL + reverse("accounts:new_password", args=[tokens.issue("reset", user=user)])
        codes.send(people.sign_in_contact(user), "reset", url, context={"name": user.get_short_name()})
        audit.record("person.password_reset_asked", user, by=SYSTEM)


def reset(token: str, new: str) -> User:
    """A new password by the mailed link; all sessions end, the second factor stays. Raises Gone."""
    with transaction.atomic():
        user = tokens.redeem_person("reset", token)
        _set(user, new)
        contact = people.sign_in_contact(user)
        if contact.verified_at is None:
            contacts.mark_verified(contact, Verified.LINK, by=user)
        audit.record("person.password_changed", user, by=user, data={"by_link": True})
    return user


def _set(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user)
