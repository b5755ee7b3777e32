"""One's own profile and addresses."""

from http import HTTPStatus

import pytest
from pytest_django.fixtures import Settings

from accounts import contacts
from accounts.models import Contact, User
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
PROFILE = {"name": "Мария Котова", "address_as": "Мария", "language": "ru", "time_zone": "Asia/Omsk", "theme": "dark"}


def test_profile_is_saved_and_spoken_in_the_new_language() -> None:
    user = make.client()

    page = make.browser(user).post("/me/", PROFILE, follow=True).content.decode()

    user.refresh_from_db()
    assert (user.name, user.language, user.time_zone, user.theme) == ("Мария Котова", "ru", "Asia/Omsk", "dark")
    assert 'lang="ru"' in page


@pytest.mark.parametrize(
    "wrong", [{"time_zone": "Mars/Base"}, {"language": "xx"}, {"name": ""}, {"name": "x" * 300}, {"theme": "\0"}]
)
def test_absurd_profile_is_refused(wrong: dict[str, str]) -> None:
    assert make.browser(make.client()).post("/me/", {**PROFILE, **wrong}).status_code == 422


def test_item_22_roles_cannot_be_smuggled_in() -> None:
    user = make.client()

    make.browser(user).post("/me/", {**PROFILE, "roles": ["administrator"], "is_active": "", "email": "x@example.com"})

    stored = User.objects.get(pk=user.pk)
    assert (stored.roles, stored.is_active, stored.email) == (["client"], True, user.email)


def test_phone_is_added_and_verified_by_code(letters: list[Sent]) -> None:
    user = make.client()
    browser = make.browser(user)

    answer = browser.post("/me/contacts/", {"kind": "phone", "address": "8 (912) 123-45-45"})
    phone = user.contacts.get(kind="phone")
    assert (answer.url, phone.address, phone.is_usable) == (f"/me/contacts/{phone.pk}/", "+79121234545", False)
    browser.post(f"/me/contacts/{phone.pk}/code/")
    browser.post(f"/me/contacts/{phone.pk}/", {"code": letters[0].secret})

    phone.refresh_from_db()
    assert (phone.verified_how, letters[0].to) == ("code", "+79121234545")


@pytest.mark.parametrize(
    ("kind", "address"),
    [("phone", "12"), ("phone", "+7 000 000"), ("email", "x"), ("email", "a\r\nb@x.ru"), ("fax", "1")],
)
def test_unreadable_address_is_refused(kind: str, address: str) -> None:
    user = make.client()

    assert make.browser(user).post("/me/contacts/", {"kind": kind, "address": address}).status_code == 422
    assert user.contacts.count() == 1


def test_wrong_code_keeps_the_page() -> None:
    user = make.client()
    phone, browser = make.contact(user, "phone", "+79121234545", verified=False), make.browser(user)

    assert browser.post(f"/me/contacts/{phone.pk}/", {"code": "1"}).status_code == 410
    browser.post(f"/me/contacts/{phone.pk}/code/")
    assert browser.post(f"/me/contacts/{phone.pk}/", {"code": "1x"}).status_code == 422


def test_sign_in_address_stays_others_go() -> None:
    user = make.client()
    phone, browser = make.contact(user, "phone", "+79121234545"), make.browser(user)

    browser.post(f"/me/contacts/{phone.pk}/remove/")
    browser.post(f"/me/contacts/{user.contacts.get(kind='email').pk}/remove/")

    assert [one.kind for one in user.contacts.all()] == ["email"]


def test_other_peoples_addresses_do_not_exist() -> None:
    phone = make.contact(make.client(), "phone", "+79121234545")
    browser = make.browser(make.client())

    assert browser.get(f"/me/contacts/{phone.pk}/").status_code == HTTPStatus.NOT_FOUND
    assert browser.post(f"/me/contacts/{phone.pk}/remove/").status_code == HTTPStatus.NOT_FOUND
    assert Contact.objects.filter(pk=phone.pk).exists()


def test_telegram_is_offered_only_when_it_is_set_up(settings: Settings) -> None:
    browser = make.browser(make.client())

    assert "Telegram" not in browser.get("/me/contacts/").content.decode()
    settings.TELEGRAM_NAME = "tests.accounts.sent.bot_name"

    assert "Telegram" in browser.get("/me/contacts/").content.decode()


def test_telegram_is_linked_by_the_token_of_the_page(settings: Settings) -> None:
    settings.TELEGRAM_NAME = "tests.accounts.sent.bot_name"
    user = make.client()
    link = make.browser(user).post("/me/contacts/telegram/").context["link"]
    start = link.removeprefix("https://t.me/vector_docs_bot?start=")

    contact = contacts.link_telegram(start, "5550001", "kotova_m")

    assert (contact.user, contact.masked, contact.is_usable) == (user, "@kotova_m", True)
