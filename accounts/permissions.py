"""Who may do what with people; pure predicates over the actor. Deny by default."""

from accounts.audit import Actor, System, person
from accounts.models import ApiKey, Contact, Role, User


def has_role(by: Actor, *roles: str) -> bool:
    """Whether the person behind the actor is active and holds one of the roles; a contact by link has none."""
    if isinstance(by, Contact | System):
        return False
    user = person(by)
    return user is not None and user.is_active and user.has_role(*roles)


def has_scope(by: Actor, scope: str) -> bool:
    """A key acts only within its scopes; everybody else is not limited by them."""
    return not isinstance(by, ApiKey) or scope in by.scopes


def is_administrator(by: Actor) -> bool:
    return has_role(by, Role.ADMINISTRATOR)


def is_internal(by: Actor) -> bool:
    """Works for the organisation, in whatever role."""
    return has_role(by, Role.STAFF, Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR)


def may_see_clients(by: Actor) -> bool:
    return has_role(by, Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)


def may_change_clients(by: Actor) -> bool:
    return has_role(by, Role.STAFF, Role.ADMINISTRATOR)


def may_change_person(by: Actor, user: User) -> bool:
    """Administrators change everybody; staff change clients; everybody changes their own profile."""
    if is_administrator(by) or person(by) == user:
        return True
    return may_change_clients(by) and user.roles == [Role.CLIENT]
