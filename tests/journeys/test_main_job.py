"""The story of the README: from somebody's own PDF to a receipt, as each person in it sees it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import papers
from tests.journeys.browser import PHONE, Person
from tests.journeys.product import Product, codes, link_in, wait_for_pause
from tests.servers.waiting import until

As = Callable[..., Person]
CLIENT = "m.kotova@s-veter.example"
PROVIDERS = ("smtp", "twilio", "telegram")


@dataclass(frozen=True)
class Uploaded:
    """What staff uploaded."""

    number: str
    path: str


def upload(staff: Person, file: Path, kind: str, title: str, number: str, client: str = CLIENT) -> Uploaded:
    """Upload one file through the page and wait until it says where the document stands."""
    page = staff.go("/documents/upload/")
    page.set_input_files("input[type=file]", file)
    row = page.locator("[data-row]")
    row.locator("[name=type]").select_option(kind)
    row.locator("[name=client]").fill(client)
    row.locator("[name=title]").fill(title)
    row.locator("[name=number]").fill(number)
    page.locator("[data-start]").click()
    address = row.locator("a[href^='/documents/']").get_attribute("href")
    assert address
    return Uploaded(number, address)


def open_task(approver: Person, number: str) -> Page:
    page = approver.go("/tasks/")
    page.get_by_role("link", name=re.compile(number)).first.click()
    expect(page.locator("h1")).to_contain_text(number)
    return page


def decide(page: Page, button: str) -> None:
    """Press it; the next task opens, or the list."""
    here = page.url
    page.locator(f"#decide-form {button}").click()
    expect(page).not_to_have_url(here)


def approve(approver: Person, number: str) -> None:
    decide(open_task(approver, number), "button.primary")


def see_state(staff: Person, document: Uploaded, state: str) -> None:
    """The document's page comes to say so."""
    page = staff.go(document.path)
    until(lambda: state in page.locator("#head .badge").first.inner_text() or not page.reload(), 60)


@pytest.fixture
def staff(as_: As) -> Person:
    return as_("staff")


def test_contract_from_upload_to_receipt(demo: Product, as_: As, staff: Person, tmp_path: Path):
    number = papers.number()

    contract = upload(staff, papers.contract(tmp_path, number), "contract", "Договор аренды", number)
    see_state(staff, contract, "Согласование")
    expect(staff.page.locator(".viewer-pages img").first).to_be_visible()
    asked = demo.message(number, "smtp")
    assert asked["to"] == demo.up["logins"]["approver"]["email"]

    approve(as_("approver"), number)
    see_state(staff, contract, "Доставлен")
    link = shown_on_three_devices(demo, as_(), number)

    confirm_with_code(demo, link, as_(phone=True))
    see_state(staff, contract, "Получение подтверждено")
    tells_the_story(staff)
    assert in_portal(as_("client", phone=True), number) == "Готово"


def shown_on_three_devices(demo: Product, visitor: Person, number: str) -> str:
    """The page of received messages shows the letter, the SMS and the chat; the link that the letter carries."""
    letter = demo.ledger(f"{number} готов", "smtp")
    link = link_in((letter or [demo.message(f"№ {number}", "smtp")])[-1]["text"])
    page = visitor.go(f"{demo.page}?mail={CLIENT}")
    expect(page.locator("#mail .letter-subject").filter(has_text=number).first).to_be_visible()
    expect(page.locator("#telegram .bubble").filter(has_text=number).first).to_be_visible()
    expect(page.locator("#sms .bubble a").first).to_be_visible()
    return link


def confirm_with_code(demo: Product, link: str, client: Person) -> None:
    """At phone size: read, ask for a code, type what came by another way, see the receipt."""
    assert client.page.viewport_size == PHONE
    page = client.go(link)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.wait_for_timeout(2_500)
    wait_for_pause(demo)
    earlier = len(codes(demo))
    page.locator(".bottom-bar button.primary").click()
    (code,) = until(lambda: codes(demo)[earlier:], 60)
    page.locator("#code").fill(code)
    page.locator("form:has(#code) button.primary").click()
    expect(page.locator("dl.receipt")).to_be_visible()


def tells_the_story(staff: Person) -> None:
    """Opened and confirmed stand on the document's page, with times."""
    page = staff.page
    said = page.locator("#events").inner_text()
    for words in ("загружен", "согласован", "открыт", "подтвержд"):
        assert words in said, said
    assert page.locator("#events time").count() >= 4
    assert page.locator("#track li.done time").count() >= 4
    assert page.locator("article.delivery").count() >= len(PROVIDERS)


def in_portal(client: Person, number: str) -> str:
    page = client.go("/portal/")
    return page.locator(".portal-list li").filter(has_text=number).locator(".badge").inner_text()


def test_letter_is_confirmed_by_a_button_in_telegram(demo: Product, as_: As, staff: Person, tmp_path: Path):
    number = papers.number()

    letter = upload(staff, papers.letter(tmp_path, number), "letter", "Письмо об отгрузке", number)
    see_state(staff, letter, "Доставлен")
    demo.message(number, "telegram")
    page = as_().go(demo.page)
    bubble = page.locator("#telegram .bubble").filter(has_text=number)
    message = page.locator(f"#telegram [data-message='{bubble.get_attribute('data-message')}']")
    bubble.get_by_role("button", name="Подтвердить получение").click()

    expect(message).to_contain_text("Получение подтверждено")
    expect(message.get_by_role("button", name="Подтвердить получение")).to_have_count(0)
    see_state(staff, letter, "Получение подтверждено")


def test_returned_contract_comes_back_as_a_new_version(demo: Product, as_: As, staff: Person, tmp_path: Path):
    number = papers.number()
    contract = upload(staff, papers.contract(tmp_path, number), "contract", "Договор подряда", number)
    see_state(staff, contract, "Согласование")

    approver = as_("approver")
    page = open_task(approver, number)
    page.fill("#comment", "В пункте 2 не та сумма.")
    decide(page, "button[formaction]")
    see_state(staff, contract, "На доработке")
    assert "В пункте 2 не та сумма." in staff.page.locator("#events").inner_text()

    again = papers.contract(tmp_path, f"{number}-2")
    staff.page.get_by_role("button", name="Новая версия").first.click()
    staff.page.set_input_files("dialog:popover-open input[type=file]", again)
    staff.page.locator("dialog:popover-open button.primary").click()
    see_state(staff, contract, "Согласование")
    approve(approver, number)
    see_state(staff, contract, "Доставлен")
    assert demo.ledger(number, "telegram")


def test_question_from_the_link_reaches_the_author(demo: Product, as_: As, staff: Person, tmp_path: Path):
    number = papers.number()
    letter = upload(staff, papers.letter(tmp_path, number), "letter", "Письмо о сроках", number)
    see_state(staff, letter, "Доставлен")

    page = as_(phone=True).go(link_in(demo.message(number, "smtp")["text"]))
    page.locator(".bottom-bar [popovertarget=ask]").click()
    page.fill("dialog:popover-open textarea", f"Когда приедет заказ {number}?")
    page.locator("dialog:popover-open button.primary").click()
    expect(page.locator(".note.green")).to_be_visible()

    staff.go(letter.path)
    assert f"Когда приедет заказ {number}?" in staff.page.locator("#events").inner_text()
    told = until(lambda: demo.ledger(f"Когда приедет заказ {number}?", "smtp"), 60)
    assert told[0]["to"] == demo.up["logins"]["staff"]["email"]


def test_recall_closes_the_link(demo: Product, as_: As, staff: Person, tmp_path: Path):
    number = papers.number()
    letter = upload(staff, papers.letter(tmp_path, number), "letter", "Письмо о возврате", number)
    see_state(staff, letter, "Доставлен")
    link = link_in(demo.message(number, "smtp")["text"])

    staff.page.locator("#head details.menu summary").click()
    staff.page.get_by_role("button", name="Отозвать").first.click()
    staff.page.fill("dialog:popover-open textarea", "Ушла не та редакция.")
    staff.page.locator("dialog:popover-open button.danger").click()
    see_state(staff, letter, "Отозван")

    visitor = as_(phone=True)
    visitor.expect(410)
    assert "закры" in visitor.go(link).locator("h1").inner_text().lower()
