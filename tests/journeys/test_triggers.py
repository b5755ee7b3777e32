"""An administrator builds a trigger, sees what it would have done, switches it on, and it fires."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.journeys import papers
from tests.journeys.browser import Person
from tests.journeys.product import Product
from tests.journeys.test_main_job import see_state, upload
from tests.servers.waiting import until


@contextmanager
def redrawn(page: Page) -> Iterator[None]:
    """The rows come anew from the server before the person goes on."""
    with page.expect_response(lambda answer: answer.url.endswith("/triggers/new/") and answer.request.method == "POST"):
        yield
    page.wait_for_timeout(300)


def test_new_trigger_is_tried_switched_on_and_fires(demo: Product, as_: Callable[..., Person], tmp_path: Path):
    number = papers.number()
    admin = as_("admin")
    page = admin.go("/admin/triggers/")
    page.get_by_role("link", name="Новый триггер").click()
    page.fill("#id_name_ru, #id_name", f"Письмо готово: узнаёт автор {number}")
    with redrawn(page):
        page.select_option("#id_action", "document.ready")
    with redrawn(page):
        page.locator("[name=add][value=condition]").click()
    with redrawn(page):
        page.select_option("#fact-0", "type")
    page.select_option("#value-0", "letter")
    page.select_option("#recipient-0", "author")
    page.locator("#channel-email").check()
    for other in ("sms", "telegram"):
        page.locator(f"#channel-{other}").uncheck()

    expect(page.locator("#preview .desk-sentence")).to_contain_text("Письмо")
    expect(page.locator("#preview .desk-figure strong")).not_to_have_text("0")
    page.locator("#state-on").check()
    page.locator("[name=save]").click()
    expect(page.locator(".toast")).to_contain_text(number)
    expect(page.locator("#state-on")).to_be_checked()

    staff = as_("staff")
    letter = upload(staff, papers.letter(tmp_path, number), "letter", "Письмо автору", number)
    see_state(staff, letter, "Доставлен")
    anna = demo.up["logins"]["staff"]["email"]
    until(lambda: [line for line in demo.ledger(number, "smtp") if line["to"] == anna], 60)

    page.get_by_role("link", name="Срабатывания").click()
    expect(page.locator("main")).to_contain_text(number)
    page = admin.go("/admin/triggers/")
    page.get_by_role("button", name=number).click()
    expect(page.get_by_role("button", name=number)).to_contain_text("Включить")


def test_what_is_typed_while_rows_come_anew_is_kept(as_: Callable[..., Person]):
    page = as_("admin").go("/admin/triggers/new/")
    page.fill("#id_name", "Начало")
    held: list[Route] = []
    page.route("**/triggers/new/", lambda route: held.append(route))
    page.locator("[name=add][value=condition]").click()
    page.locator("#channel-sms").uncheck()
    page.locator("#id_name").press("End")
    page.locator("#id_name").press_sequentially(" и конец")

    held[0].continue_()

    expect(page.locator("#fact-0")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Начало и конец")
    expect(page.locator("#channel-sms")).not_to_be_checked()
    expect(page.locator("#id_name")).to_be_focused()
