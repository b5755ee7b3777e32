"""People come, change and go: added, invited, given roles, disabled. Passwords live in accounts.credentials."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit, codes, contacts, permissions, sessions, tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import Contact, Installation, Role, User
from accounts.models.contact import Kind, Verified
from docflow.common import clock
from docflow.common.errors import NotAllowed, NotPossible, NotValid

PROFILE = ("name", "address_as", "position", "language", "time_zone", "theme", "organisation")


def add(email: str, *, roles: list[str], by: Actor, phone: str = "", **profile: Any) -> User:
    """A new person with the e-mail (and phone) as unverified contacts; no password until the invitation is accepted.

    Raises NotValid for an unreadable or taken address, NotAllowed.
    """
    _must_give(by, roles)
    email = contacts.normal(Kind.EMAIL, email)
    phone = phone and contacts.normal(Kind.PHONE, phone)
    try:
        with transaction.atomic():
            user = User.objects.create_person(email, roles=roles, **profile)
            audit.record("person.added", user, by=by, data={"name": user.name, "roles": roles})
            contacts.add(user, Kind.EMAIL, email, by=by)
            if phone:
                contacts.add(user, Kind.PHONE, phone, by=by)
    except IntegrityError as error:
        said = _("There is already a person with this e-mail.")
        raise NotValid(said, field="email", code="email_taken") from error
    return user


def invite(user: User, *, by: Actor) -> None:
    """Send the invitation by mail, good for 48 hours; an earlier one dies. Raises NotPossible after it was accepted."""
    _must_change(by, user)
    if user.has_usable_password():
        raise NotPossible(_("This person has already accepted the invitation."), code="already_joined")
    if not user.is_active:
        raise NotPossible(_("This person may not sign in. Enable them first."), code="disabled")
    with transaction.atomic():
        url = settings.BASE_URL + reverse("accounts:invitation", args=[tokens.issue("invite", user=user)])
        codes.send(sign_in_contact(user), "invite", url, context={"name": user.get_short_name()})
        audit.record("person.invited", user, by=by)


def accept(token: str, *, password: str, language: str, time_zone: str) -> User:
    """The invited person has chosen a password; the address that got the letter is verified. Raises Gone."""
    with transaction.atomic():
        user = tokens.redeem_person("invite", token)
        user.set_password(password)
        user.language, user.time_zone = language, time_zone
        user.save(update_fields=["password", "language", "time_zone"])
        contacts.mark_verified(sign_in_contact(user), Verified.LINK, by=user)
        audit.record("person.joined", user, by=user)
    return user


def change(user: User, *, by: Actor, **profile: Any) -> User:
    """Change the profile; only what really changed is written and recorded. Raises NotAllowed."""
    _must_change(by, user)
    changed = {name: value for name, value in profile.items() if name in PROFILE and getattr(user, name) != value}
    if changed:
        with transaction.atomic():
            for name, value in changed.items():
                setattr(user, name, value)
            user.save(update_fields=list(changed))
            audit.record("person.changed", user, by=by, data={"fields": sorted(changed)})
    return user


def change_roles(user: User, roles: list[str], *, by: Actor) -> None:
    """Give and take roles; the person's sessions end. Raises NotAllowed, NotPossible for the last administrator."""
    if sorted(roles) == sorted(user.roles):
        return
    _must_administer(by, user)
    with transaction.atomic():
        if Role.ADMINISTRATOR not in roles:
            _keep_one_administrator(user)
        before, user.roles = user.roles, roles
        user.save(update_fields=["roles"])
        sessions.end_all(user)
        audit.record("person.roles_changed", user, by=by, data={"before": before, "after": roles})


def disable(user: User, *, by: Actor) -> None:
    """The person may not sign in any more; open sessions, keys and invitations stop at once."""
    _must_change(by, user)
    if audit.person(by) == user:
        raise NotPossible(_("You cannot disable yourself."), code="yourself")
    with transaction.atomic():
        _keep_one_administrator(user)
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            sessions.end_all(user)
            user.tokens.filter(used_at=None).update(used_at=clock.now())
            audit.record("person.disabled", user, by=by)
    user.refresh_from_db(fields=["is_active"])


def sign_out(user: User, *, by: Actor) -> None:
    """The person is signed out everywhere, and may sign in again."""
    _must_change(by, user)
    with transaction.atomic():
        sessions.end_all(user)
        audit.record("person.sessions_ended", user, by=by)


def enable(user: User, *, by: Actor) -> None:
    """The person may sign in again."""
    _must_change(by, user)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            audit.record("person.enabled", user, by=by)
    user.refresh_from_db(fields=["is_active"])


def there_is_an_administrator() -> bool:
    """Whether somebody has set this installation up."""
    administrators = User.objects.filter(roles__contains=[Role.ADMINISTRATOR])
    return administrators.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def set_up_link() -> str:
    """A one-time address for the first administrator; an earlier one dies. Raises NotPossible once there is one."""
    if there_is_an_administrator():
        raise NotPossible(_("There is an administrator already."), code="set_up")
    return settings.BASE_URL + reverse("accounts:setup", args=[tokens.issue("setup")])


def set_up_administrator(
    token: str, email: str, *, password: str, organisation: dict[str, str], **profile: Any
) -> User:
    """The first administrator and the organisation's names. Raises Gone when it was done already, NotValid."""
    with transaction.atomic():
        tokens.redeem("setup", token)
        if there_is_an_administrator():
            raise NotPossible(_("There is an administrator already."), code="set_up")
        user = add(email, roles=[Role.ADMINISTRATOR, Role.STAFF], by=SYSTEM, **profile)
        user.set_password(password)
        user.save(update_fields=["password"])
        Installation.objects.update_or_create(pk=1, defaults=organisation)
        audit.record("installation.set_up", user, by=user, data={"name": user.name})
    return user


def sign_in_contact(user: User) -> Contact:
    """The person's e-mail as a contact."""
    return user.contacts.get(kind=Kind.EMAIL, lookup=user.email_lookup)


def _must_change(by: Actor, user: User) -> None:
    if not isinstance(by, audit.System) and not permissions.may_change_person(by, user):
        raise NotAllowed(_("You may not change this person."))


def _must_give(by: Actor, roles: list[str]) -> None:
    """Only administrators make staff; staff make clients."""
    clients_only = roles == [Role.CLIENT]
    allowed = permissions.is_administrator(by) or (clients_only and permissions.may_change_clients(by))
    if not isinstance(by, audit.System) and not allowed:
        raise NotAllowed(_("You may not add people with these roles."))


def _must_administer(by: Actor, user: User) -> None:
    if not isinstance(by, audit.System) and not permissions.is_administrator(by):
        raise NotAllowed(_("Only an administrator may do this."))
    if audit.person(by) == user:
        raise NotPossible(_("You cannot change your own roles. Ask another administrator."), code="yourself")


def _keep_one_administrator(user: User) -> None:
    """Raises NotPossible if nobody else could administer afterwards; the row locks make two such acts wait."""
    others = User.objects.select_for_update().filter(roles__contains=[Role.ADMINISTRATOR], is_active=True)
    if user.has_role(Role.ADMINISTRATOR) and not [one for one in others if one.pk != user.pk]:
        raise NotPossible(_("This is the last administrator. Make another one first."), code="last_administrator")
