"""Coming in by a link: invitation, first administrator, proof of an address."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import contacts, people
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Installation, User
from docflow.common.errors import NotPossible
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
ANSWER = {"password": make.PASSWORD, "language": "ru", "time_zone": "Asia/Yekaterinburg"}
SET_UP = {
    **ANSWER,
    "name": "Ольга Титова",
    "email": "olga@example.com",
    "name_ru": "Вектор Логистик",
    "name_en": "Vector Logistics",
    "short_name_ru": "Вектор",
    "short_name_en": "Vector",
}


def path_of(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def invited() -> User:
    user = people.add("maria@example.com", roles=["client"], by=SYSTEM, name="Мария Котова", language="ru")
    people.invite(user, by=SYSTEM)
    return user


def test_invited_person_comes_in_and_the_address_is_verified(invited: User, letters: list[Sent]) -> None:
    browser, path = Client(), path_of(letters[0].secret)

    page = browser.get(path)
    assert 'lang="ru"' in page.content.decode()
    answer = browser.post(path, ANSWER)

    assert answer.status_code == 302
    assert browser.get("/me/").status_code == 200
    contact = invited.contacts.get()
    assert (contact.verified_how, contact.is_usable) == ("link", True)
    assert Client().get(path).status_code == 410


def test_looking_at_the_invitation_changes_nothing(invited: User, letters: list[Sent]) -> None:
    for _time in range(3):
        assert Client().get(path_of(letters[0].secret)).status_code == 200

    assert not User.objects.get(pk=invited.pk).has_usable_password()


@pytest.mark.parametrize("password", ["мало", "пароль123456", "parolparol12", "gfhjkmgfhjkm", "qwertyuiop12"])
def test_item_2_guessable_password_is_refused_with_a_reason(invited: User, letters: list[Sent], password: str) -> None:
    answer = Client().post(path_of(letters[0].secret), {**ANSWER, "password": password})

    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert password not in answer.content.decode()


def test_newer_invitation_kills_the_older(invited: User, letters: list[Sent]) -> None:
    people.invite(invited, by=SYSTEM)

    assert Client().get(path_of(letters[0].secret)).status_code == 410
    assert Client().get(path_of(letters[1].secret)).status_code == 200


def test_invitation_of_a_disabled_person_is_dead(invited: User, letters: list[Sent]) -> None:
    people.disable(invited, by=make.administrator())

    assert Client().get(path_of(letters[0].secret)).status_code == 410


def test_first_administrator_is_led_to_the_second_factor() -> None:
    browser, path = Client(), path_of(people.set_up_link())

    assert browser.get(path).status_code == 200
    answer = browser.post(path, SET_UP, follow=True)

    assert answer.redirect_chain[-1][0] == "/me/security/totp/"
    user = User.objects.get()
    assert user.roles == ["administrator", "staff"]
    assert Installation.current().short_name_ru == "Вектор"
    assert AuditEntry.objects.filter(action="installation.set_up").count() == 1
    assert Client().get(path).status_code == 410


def test_set_up_keeps_what_was_typed_when_something_is_wrong() -> None:
    answer = Client().post(path_of(people.set_up_link()), {**SET_UP, "password": "olga-olga-titova"})

    assert answer.status_code == 422
    assert "olga@example.com" in answer.content.decode()
    assert not User.objects.exists()


def test_item_6_set_up_link_is_printed_until_there_is_an_administrator(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_link")
    assert capsys.readouterr().out.startswith("http://127.0.0.1:8000/setup/")

    make.administrator(password=make.PASSWORD)

    with pytest.raises(CommandError):
        call_command("setup_link")
    with pytest.raises(NotPossible):
        people.set_up_link()


def test_opening_the_proof_of_an_address_changes_nothing_pressing_verifies(letters: list[Sent]) -> None:
    contact = make.contact(make.client(), "email", "second@example.com", verified=False)
    contacts.send_link(contact, by=SYSTEM)
    path = path_of(letters[0].secret)

    Client().get(path)
    contact.refresh_from_db()
    assert contact.verified_at is None
    assert Client().post(path).status_code == 200

    contact.refresh_from_db()
    assert contact.verified_how == "link"
    assert Client().post(path).status_code == 410
