"""Which people somebody may see, and how lists of them are walked and searched. Deny by default."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from accounts import contacts, permissions
from accounts.audit import Actor, System, person
from accounts.models import Contact, Role, User
from accounts.models.contact import Kind
from accounts.models.user import STAFF_ROLES
from docflow.common.errors import NotValid

PAGE = 50
SHORTEST_NUMBER = 5  # digits: fewer are no phone number


@dataclass(frozen=True)
class Page:
    """Some rows, and the mark of the last one when there are more."""

    rows: list[User]
    after: str


def visible_to(by: Actor) -> QuerySet[User]:
    """The people that the actor may know of; every list and page starts here."""
    if isinstance(by, System) or permissions.is_administrator(by):
        return User.objects.all()
    if permissions.may_see_clients(by):
        return User.objects.filter(roles__contains=[Role.CLIENT])
    me = person(by)
    return User.objects.filter(pk=me.pk) if me else User.objects.none()


def internal() -> QuerySet[User]:
    """Everybody who works for the organisation and may sign in."""
    return User.objects.filter(roles__overlap=list(STAFF_ROLES), is_active=True)


def clients(by: Actor) -> QuerySet[User]:
    """The clients among them."""
    return visible_to(by).filter(roles__contains=[Role.CLIENT])


def search(people: QuerySet[User], text: str) -> QuerySet[User]:
    """By a whole e-mail address or phone number (keyed look-up), else by the beginning of the name."""
    text = text.strip().replace("\0", "")
    address = _address(text)
    if address is not None:
        kind, found = address
        owners = Contact.objects.filter(kind=kind, lookup=contacts.lookup(kind, found)).values("user")
        return people.filter(pk__in=owners)
    if text:
        people = people.alias(upper=Upper("name")).filter(upper__startswith=text.upper())
    return people


def page(people: QuerySet[User], after: str, size: int = PAGE) -> Page:
    """The rows after the mark, by name. A mark that is no person's begins at the start."""
    last = _marked(after)
    if last is not None:
        people = people.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    rows = list(people.select_related("organisation").prefetch_related("contacts").order_by("name", "id")[: size + 1])
    more = len(rows) > size
    return Page(rows[:size], str(rows[size - 1].pk) if more else "")


def _marked(after: str) -> User | None:
    try:
        return User.objects.filter(pk=UUID(after)).only("name").first() if after else None
    except ValueError:
        return None


def _address(text: str) -> tuple[str, str] | None:
    kind = Kind.EMAIL if "@" in text else Kind.PHONE
    if kind == Kind.PHONE and len([sign for sign in text if sign.isdigit()]) < SHORTEST_NUMBER:
        return None
    try:
        return kind, contacts.normal(kind, text)
    except NotValid:
        return None
