"""Without the demo: from the set-up link to the letter that arrives at somebody's own mail server."""

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, expect

from tests.journeys import browser as browsers
from tests.journeys import papers, postman
from tests.journeys.browser import Person
from tests.journeys.looking import look
from tests.journeys.postman import Postman
from tests.journeys.product import Started, link_in, running
from tests.journeys.test_main_job import see_state, upload
from tests.servers.waiting import until

ADMIN, CLIENT = "first@company.example", "nina@client.example"
PASSWORD = secrets.token_urlsafe(12)


@pytest.fixture(scope="module")
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with running(tmp_path_factory.mktemp("fresh")) as product:
        yield product


@pytest.fixture(scope="module")
def mail() -> Iterator[Postman]:
    with postman.at_work() as one:
        yield one


def test_first_administrator_mail_server_client_letter(fresh: Started, mail: Postman, browser: Browser, tmp_path: Path):
    with browsers.person(browser, fresh.web) as admin, browsers.person(browser, fresh.web, phone=True) as client:
        become_administrator(fresh, admin)
        set_mail_server(admin, mail)
        invite(admin)
        accept(client, mail)
        number = papers.number()
        kind = only_type(admin)
        letter = upload(admin, papers.letter(tmp_path, number), kind, "Первое письмо", number, client=CLIENT)
        see_state(admin, letter, "Доставлен")

        page = client.go(link_in(mail.text(CLIENT, number)))

        expect(page.locator("h1")).to_contain_text(number)
        expect(client.go("/portal/").locator("main")).to_contain_text(number)


def become_administrator(fresh: Started, admin: Person) -> None:
    link = until(lambda: re.search(r"http://\S+/setup/\S+", fresh.said()), 30).group()
    page = admin.go(link)
    assert look(page, "setup", "ru") == []
    for name, value in {"name": "Ольга Первая", "email": ADMIN, "password": PASSWORD}.items():
        page.fill(f"[name={name}]", value)
    for name, value in {"name_ru": "Первая компания", "name_en": "First Company"}.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=short_name_ru]", "Первая")
    page.fill("[name=short_name_en]", "First")
    page.locator("form button.primary").click()
    secret = turn_second_factor_on(page)
    page.locator("a.button.primary").click()
    sign_in_again(admin, secret)


def turn_second_factor_on(page: Page) -> str:
    """Type what the app shows for the secret on the page; the secret."""
    secret = page.locator(".totp code").inner_text().replace(" ", "")
    assert look(page, "totp-required", "ru") == []
    page.fill("[name=code]", digits(secret))
    page.locator("form button.primary").click()
    expect(page.locator(".recovery-codes li").first).to_be_visible()
    assert look(page, "recovery-codes", "ru") == []
    return secret


def sign_in_again(admin: Person, secret: str) -> None:
    """The second factor is asked at the next sign-in; a code that was used once is not taken again."""
    admin.choose("/sign-out/")
    page = admin.go("/sign-in/")
    page.fill("[name=email]", ADMIN)
    page.fill("[name=password]", PASSWORD)
    page.locator("form button.primary").click()
    expect(page.locator("[name=code]")).to_be_visible()
    assert look(page, "second-factor", "ru") == []
    page.fill("[name=code]", digits(secret, steps=1))
    page.locator("form button.primary").click()
    expect(page).to_have_url(re.compile("/documents/"))


def digits(secret: str, *, steps: int = 0) -> str:
    """The code that an authenticator app shows for a secret in base32."""
    from base64 import b32decode

    app = TOTP(b32decode(secret + "=" * (-len(secret) % 8)), drift=steps)
    app.time = time.time()
    return f"{app.token():06d}"


def set_mail_server(admin: Person, mail: Postman) -> None:
    page = admin.go("/admin/channels/email/")
    for name, value in {"host": mail.host, "port": str(mail.port), "from_address": "docflow@company.example"}.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=security]", "none")
    page.get_by_role("button", name="Сохранить настройки").click()
    page = admin.go("/admin/channels/email/")
    page.get_by_role("button", name="Отправить проверочное").click()
    expect(page.locator(".toast.green")).to_be_visible()
    mail.text(ADMIN, "")


def invite(admin: Person) -> None:
    page = admin.go("/clients/new/")
    page.fill("[name=name]", "Нина Новая")
    page.fill("[name=address_as]", "Нина Ивановна")
    page.fill("[name=email]", CLIENT)
    page.locator("main form button.primary").click()
    expect(page.locator("h1")).to_contain_text("Нина Новая")
    page.locator(".head-actions button.primary").click()
    expect(page.locator(".toast")).to_be_visible()


def accept(client: Person, mail: Postman) -> None:
    letter = mail.text(CLIENT, "/invite/")
    page = client.go(re.search(r"http://\S+/invite/\S+", letter).group())
    assert look(page, "invitation", "ru") == []
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button.primary").click()
    expect(page).to_have_url(re.compile("/portal/"))


def only_type(admin: Person) -> str:
    """The document type that a fresh installation has."""
    page = admin.go("/documents/upload/")
    kinds = page.evaluate("Object.keys(JSON.parse(document.getElementById('limits').textContent))")
    assert len(kinds) == 1
    return str(kinds[0])
