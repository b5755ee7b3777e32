"""People, contacts and keys for tests; `browser` is somebody's signed-in browser."""

from itertools import count
from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import contacts, keys
from accounts.audit import SYSTEM
from accounts.models import ApiKey, Authenticator, Contact, Group, Organisation, Role, User
from accounts.models.contact import Kind, Verified
from accounts.session_store import BEGUN, NUMBER, SEEN
from accounts.sessions import PROVEN
from docflow.common import clock, ids

PASSWORD = "verstak-gagara-77-moroz"
SECRET = "3132333435363738393031323334353637383930"

_numbers = count(1)


def person(*roles: str, email: str = "", password: str | None = None, **fields: Any) -> User:
    """A person with these roles and a verified sign-in address."""
    number = next(_numbers)
    values = {"name": f"Анна Смирнова {number}", "language": "en", "roles": [str(role) for role in roles]}
    user = User.objects.create_person(
        email or f"somebody{number}@example.com", password=password, **{**values, **fields}
    )
    contact(user, Kind.EMAIL, user.email)
    return user


def client(**fields: Any) -> User:
    return person(Role.CLIENT, **{"name": "Мария Сергеевна Котова", **fields})


def staff(**fields: Any) -> User:
    return person(Role.STAFF, **fields)


def approver(**fields: Any) -> User:
    return person(Role.APPROVER, **fields)


def operator(**fields: Any) -> User:
    return person(Role.OPERATOR, **fields)


def administrator(**fields: Any) -> User:
    return person(Role.ADMINISTRATOR, **fields)


def contact(user: User | None, kind: str, address: str, *, verified: bool = True, **fields: Any) -> Contact:
    """An address, verified unless said otherwise."""
    how = {"verified_at": clock.now(), "verified_how": Verified.LINK} if verified else {}
    made = Contact(user=user, kind=kind, lookup=contacts.lookup(kind, address), **{**how, **fields})
    made.address = address
    made.save(force_insert=True)
    return made


def organisation(name: str = "Вектор Логистик") -> Organisation:
    return Organisation.objects.create(name=name)


def group(*members: User, name: str = "Юристы") -> Group:
    made = Group.objects.create(name_ru=name, name_en="Lawyers")
    made.members.set(members)
    return made


def key(user: User, *scopes: str) -> tuple[ApiKey, str]:
    """A key of this person and its text."""
    return keys.make(user, "test", list(scopes), by=SYSTEM)


def bearer(user: User, *scopes: str) -> dict[str, str]:
    """The header of a request with a new key of this person."""
    return {"Authorization": f"Bearer {key(user, *scopes)[1]}"}


def authenticator(user: User) -> Authenticator:
    """An app with a known secret."""
    device = Authenticator(user=user, name="app")
    device.secret = SECRET
    device.save(force_insert=True)
    return device


def browser(user: User | None = None, *, verified: bool = True, **headers: str) -> Client:
    """A browser in which the person is signed in, second factor passed unless said otherwise; or nobody."""
    made = Client(headers=headers)
    if user is None:
        return made
    made.force_login(user, backend="accounts.backends.EmailBackend")
    session, now = made.session, int(clock.now().timestamp())
    session.update({NUMBER: str(ids.new_id()), BEGUN: now, SEEN: now, PROVEN: now})
    if verified and user.is_internal:
        device = Authenticator.objects.filter(user=user).first() or authenticator(user)
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return made
