"""Who may make, change and disable whom."""

import pytest

from accounts import contacts, keys, people
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Role, User
from docflow.common.errors import NotAllowed, NotPossible, NotValid
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


def test_staff_make_clients_only() -> None:
    staff = make.staff()

    people.add("a@example.com", roles=[Role.CLIENT], by=staff, name="Пётр")

    for roles in ([Role.STAFF], [Role.CLIENT, Role.ADMINISTRATOR], []):
        with pytest.raises(NotAllowed):
            people.add("b@example.com", roles=roles, by=staff, name="Пётр")


@pytest.mark.parametrize("maker", [make.client, make.approver, make.operator])
def test_others_make_nobody(maker: object) -> None:
    with pytest.raises(NotAllowed):
        people.add("a@example.com", roles=[Role.CLIENT], by=maker(), name="Пётр")  # type: ignore[operator]


def test_refused_person_leaves_nothing() -> None:
    make.client(email="a@example.com")

    with pytest.raises(NotValid):
        people.add("A@example.com", roles=[Role.CLIENT], by=SYSTEM, name="Пётр")
    with pytest.raises(NotValid):
        people.add("b@example.com", roles=[Role.CLIENT], by=SYSTEM, name="Пётр", phone="1")

    assert User.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_last_administrator_stays() -> None:
    last = make.administrator()

    with pytest.raises(NotPossible):
        people.disable(last, by=SYSTEM)
    with pytest.raises(NotPossible):
        people.change_roles(last, [Role.STAFF], by=SYSTEM)


def test_unchanged_profile_leaves_no_entry() -> None:
    user = make.client(name="Мария")

    people.change(user, by=user, name="Мария", is_active=False, roles=["administrator"])

    user.refresh_from_db()
    assert (user.is_active, user.roles) == (True, ["client"])
    assert not AuditEntry.objects.exists()


def test_joined_or_disabled_person_is_not_invited(letters: list[Sent]) -> None:
    for user in (make.client(password=make.PASSWORD), make.client(is_active=False)):
        with pytest.raises(NotPossible):
            people.invite(user, by=SYSTEM)

    assert letters == []


def test_only_administrators_make_keys() -> None:
    staff = make.staff()

    with pytest.raises(NotAllowed):
        keys.make(staff, "x", ["documents:read"], by=staff)
    with pytest.raises(NotValid):
        keys.make(staff, "x", ["everything"], by=make.administrator())


def test_key_of_a_disabled_person_is_dead() -> None:
    staff = make.staff()
    _key, text = make.key(staff, "documents:read")

    people.disable(staff, by=make.administrator())

    assert keys.find(text) is None


@pytest.mark.parametrize("text", ["", "df_", "df__", "df_x_y", "DF_x_y", "df_\0_x", "x" * 10000])
def test_nothing_else_is_a_key(text: str) -> None:
    make.key(make.staff(), "documents:read")

    assert keys.find(text) is None


def test_chat_of_another_person_is_not_taken_over() -> None:
    make.contact(make.client(), "telegram", "5550001")
    thief = make.client()

    with pytest.raises(NotPossible):
        contacts.link_telegram(contacts.tokens.issue("telegram", user=thief), "5550001", "x")

    assert not thief.contacts.filter(kind="telegram").exists()


def test_addresses_are_nowhere_in_plain() -> None:
    user = make.client(email="canary@example.com")
    make.contact(user, "phone", "+79121234545")
    people.invite(user, by=SYSTEM)

    stored = (
        str(list(User.objects.values())) + str(list(user.contacts.values())) + str(list(AuditEntry.objects.values()))
    )

    assert "canary" not in stored
    assert "9121234545" not in stored
