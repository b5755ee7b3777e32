"""The demo's people: one for each role, colleagues, and clients with verified addresses."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import audit, keys
from accounts.audit import SYSTEM
from accounts.models import ApiKey, Contact, Group, Installation, Organisation, Role, User
from accounts.models.contact import Kind, Verified
from docflow.common import clock, crypto

HOST = "vector.example"
KEY_NAME = "demo"
KEY_SCOPES = {
    "staff": ["documents:read", "documents:write", "deliveries:read", "deliveries:write", "schema:read"],
    "approver": ["documents:read", "documents:approve", "schema:read"],
    "admin": [
        "documents:read",
        "documents:write",
        "documents:approve",
        "deliveries:read",
        "deliveries:write",
        "metrics:read",
        "schema:read",
    ],
}


@dataclass(frozen=True)
class Seed:
    """Who a demo person is."""

    email: str
    name: str
    address_as: str
    roles: tuple[str, ...]
    position: str = ""
    organisation: str = ""
    language: str = "ru"
    phone: str = ""
    chat: str = ""
    chat_name: str = ""


SIGN_IN = {
    "admin": Seed(f"admin@{HOST}", "Павел Седов", "Павел Андреевич", (Role.ADMINISTRATOR,), "Директор"),
    "staff": Seed(f"anna@{HOST}", "Анна Ильина", "Анна Викторовна", (Role.STAFF,), "Договорной отдел"),
    "approver": Seed(f"igor@{HOST}", "Игорь Лапин", "Игорь Олегович", (Role.APPROVER,), "Юрист"),
    "operator": Seed(f"olga@{HOST}", "Ольга Рыбак", "Ольга Петровна", (Role.OPERATOR,), "Поддержка"),
    "client": Seed(
        "m.kotova@s-veter.example",
        "Мария Котова",
        "Мария Сергеевна",
        (Role.CLIENT,),
        "Коммерческий директор",
        "ООО «Северный ветер»",
        phone="+79120004545",
        chat="700100200",
        chat_name="kotova_m",
    ),
}
OTHERS = (
    Seed(
        "james.lee@northwind.example",
        "James Lee",
        "James",
        (Role.CLIENT,),
        "Operations",
        "Northwind Trading",
        "en",
        phone="+442079460123",
    ),
    Seed("hard@gorod.example", "Фёдор Ёлкин", "Фёдор Ильич", (Role.CLIENT,), "Снабжение", "АО «Город мастеров»"),
)


@transaction.atomic
def ensure() -> dict[str, User]:
    """The demo's people by part (or by address); whoever is there stays as he is."""
    _name_organisation()
    people = {part: _person(seed) for part, seed in SIGN_IN.items()}
    people |= {seed.email: _person(seed) for seed in OTHERS}
    _group(people["approver"])
    return people


def fresh_passwords(people: dict[str, User]) -> dict[str, str]:
    """A new random password for each person who signs in; the old ones stop working."""
    passwords = {part: secrets.token_urlsafe(12) for part in SIGN_IN}
    for part, password in passwords.items():
        people[part].set_password(password)
        people[part].save(update_fields=["password"])
    return passwords


def fresh_keys(people: dict[str, User]) -> dict[str, str]:
    """A new API key for each part that has one; the demo's earlier keys are revoked."""
    for old in ApiKey.objects.filter(name=KEY_NAME, revoked_at=None):
        keys.revoke(old, by=SYSTEM)
    return {part: keys.make(people[part], KEY_NAME, scopes, by=SYSTEM)[1] for part, scopes in KEY_SCOPES.items()}


def _name_organisation() -> None:
    installation, _made = Installation.objects.get_or_create(pk=1)
    if installation.name_ru == "docflow":
        installation.name_ru, installation.name_en = "Вектор Логистик", "Vector Logistics"
        installation.short_name_ru, installation.short_name_en = "Вектор", "Vector"
        installation.phone = "+7 343 000-04-18"
        installation.hours_ru, installation.hours_en = "пн–пт 9–18", "Mon–Fri 9–18"
        installation.save()


def _person(seed: Seed) -> User:
    found = User.objects.by_email(seed.email)
    if found:
        return found
    company = Organisation.objects.get_or_create(name=seed.organisation)[0] if seed.organisation else None
    user = User.objects.create_person(
        seed.email,
        name=seed.name,
        address_as=seed.address_as,
        roles=list(seed.roles),
        position=seed.position,
        organisation=company,
        is_seeded=True,
        language=seed.language,
        time_zone="Asia/Yekaterinburg" if seed.language == "ru" else "Europe/London",
    )
    audit.record("person.invited", ("user", user.pk), by=SYSTEM, data={"name": seed.name, "roles": seed.roles})
    for rank, (kind, address, label) in enumerate(_addresses(seed)):
        _contact(user, kind, address, label, rank)
    return user


def _addresses(seed: Seed) -> list[tuple[str, str, str]]:
    listed = [(Kind.EMAIL, seed.email, ""), (Kind.PHONE, seed.phone, ""), (Kind.TELEGRAM, seed.chat, seed.chat_name)]
    return [(str(kind), address, label) for kind, address, label in listed if address]


def _contact(user: User, kind: str, address: str, label: str, rank: int) -> None:
    contact = Contact(
        user=user,
        kind=kind,
        label=label,
        rank=rank,
        lookup=crypto.lookup(address, kind),
        verified_at=clock.now(),
        verified_how=Verified.STAFF,
        verified_reason="для демонстрации",
    )
    contact.address = address
    contact.save(force_insert=True)
    said = {"kind": kind, "how": "staff", "reason": "для демонстрации"}
    audit.record("contact.verified", contact, by=SYSTEM, data=said)


def _group(approver: User) -> None:
    group, _made = Group.objects.get_or_create(name_en="Lawyers", defaults={"name_ru": "Юристы"})
    group.members.add(approver)
