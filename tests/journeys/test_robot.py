"""A mail scanner comes to a link before the person does: it looks, follows, fills in and submits whatever it finds."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, expect

from tests.journeys import papers
from tests.journeys.browser import Person, person
from tests.journeys.product import Product, codes, link_in, wait_for_pause
from tests.servers.waiting import until

ROUNDS = 25
FORMS = "main form[method=post], dialog form[method=post], .bottom-bar form[method=post], footer form[method=post]"
FILL = """form => { for (const field of form.querySelectorAll('input, textarea')) {
    if (field.type === 'checkbox') field.checked = true;
    else if (field.type !== 'hidden') field.value = '1234';
} }"""
SUBMIT = "form => { form.noValidate = true; form.requestSubmit ? form.requestSubmit() : form.submit(); }"


def told(demo: Product, browser: Browser, folder: Path, kind: str) -> tuple[str, str]:
    """A new document of this kind whose client has been told: its id and the link that the letter carries."""
    number = papers.number()
    paper = (papers.letter if kind == "letter" else papers.contract)(folder, number)
    with api(demo, browser, "staff") as ask:
        sent = {"type": kind, "title": f"Бумага {number}", "number": number, "client": client(demo)}
        file = {"name": paper.name, "mimeType": "application/pdf", "buffer": paper.read_bytes()}
        made = ask("post", "/api/v1/documents", multipart=sent | {"file": file})
    if kind == "contract":
        until(lambda: state(demo, browser, made["id"]) == "approval", 60)
        with api(demo, browser, "approver") as ask:
            ask("post", f"/api/v1/documents/{made['id']}/approve", data={})
    until(lambda: state(demo, browser, made["id"]) == "delivered", 60)
    letters = until(lambda: [one for one in demo.ledger(number, "smtp") if "/s/" in one["text"]], 60)
    return made["id"], link_in(letters[-1]["text"])


def client(demo: Product) -> str:
    return str(demo.up["logins"]["client"]["email"])


class api:  # noqa: N801 - reads as a verb: with api(...) as ask
    """Requests with somebody's key."""

    def __init__(self, demo: Product, browser: Browser, role: str) -> None:
        self.demo = demo
        headers = {"Authorization": f"Bearer {demo.up['api_keys'][role]}"}
        self.context = browser.new_context(extra_http_headers=headers)

    def __enter__(self) -> Callable[..., Any]:
        return self.ask

    def __exit__(self, *_error: object) -> None:
        self.context.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = getattr(self.context.request, method)(self.demo.web + path, **options)
        assert answer.ok, answer.text()
        return answer.json()


def state(demo: Product, browser: Browser, document: str) -> str:
    with api(demo, browser, "staff") as ask:
        return str(ask("get", f"/api/v1/documents/{document}")["state"])


def scan(demo: Product, browser: Browser, link: str, *, scripts: bool) -> None:
    """Everything a robot can do in a browser without the code: each form of each page it comes to, one by one."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    try:
        for _time in range(5):
            context.request.head(link)
            page.goto(link)
        page.wait_for_timeout(2_500)
        (_by_script if scripts else _by_hand)(page, link)
    finally:
        context.close()


def _come_back(page: Page, link: str) -> None:
    """To the link again, once what was sent before has led wherever it leads."""
    for _time in range(5):
        try:
            page.goto(link)
        except Error:
            page.wait_for_timeout(500)
        else:
            return


def _by_script(page: Page, link: str) -> None:
    for number in range(ROUNDS):
        _come_back(page, link)
        forms = page.locator(FORMS)
        if number >= forms.count():
            return
        for _depth in range(3):  # the form, and what comes behind it
            chosen = page.locator(FORMS)
            if not chosen.count():
                break
            one = chosen.nth(min(number, chosen.count() - 1))
            one.evaluate(FILL)
            try:
                one.evaluate(SUBMIT)
                page.wait_for_load_state()
                page.wait_for_timeout(150)
            except Error:  # the file is downloaded instead of shown
                break


def _by_hand(page: Page, link: str) -> None:
    """Without scripts only the forms' own addresses and fields are known, with the cookies of the browser."""
    for number in range(ROUNDS):
        page.goto(link)
        found = re.findall(r"<form[^>]*>.*?</form>", page.content(), re.DOTALL)
        if number >= len(found):
            return
        _send(page, found[number], depth=2)


def _send(page: Page, form: str, *, depth: int) -> None:
    action = re.search(r'action="([^"]*)"', form)
    fields = dict(re.findall(r'name="([^"]+)"(?:[^>]*? value="([^"]*)")?', form))
    if action is None or 'method="post"' not in form or not action[1].startswith(("/s/", "/l/")):
        return
    origin = re.match(r"https?://[^/]+", page.url)
    assert origin
    filled = {name: value or "1234" for name, value in fields.items()}
    answer = page.request.post(origin[0] + action[1], form=filled, headers={"Referer": page.url})
    if depth and "html" in answer.headers.get("content-type", ""):
        for next_form in re.findall(r"<form[^>]*>.*?</form>", answer.text(), re.DOTALL):
            _send(page, next_form, depth=depth - 1)


def acts(demo: Product, document: str) -> set[str]:
    """What the journal says was done behind links."""
    rows = demo.rows(
        "SELECT action FROM accounts_auditentry WHERE subject_id = %s AND actor_kind = 'contact'", document
    )
    return {action for (action,) in rows} - {"document.opened", "document.downloaded"}


def test_on_a_code_type_robots_have_no_effect_at_all(demo: Product, browser: Browser, tmp_path: Path):
    document, link = told(demo, browser, tmp_path, "contract")
    wait_for_pause(demo)
    sent = len(codes(demo))

    for scripts in (False, True):
        scan(demo, browser, link, scripts=scripts)

    assert state(demo, browser, document) == "delivered"
    assert acts(demo, document) == set()
    with person(browser, demo.web, phone=True) as human:
        confirm(demo, human, link, sent)
    assert state(demo, browser, document) == "acknowledged"


def confirm(demo: Product, human: Person, link: str, sent: int) -> None:
    human.expect(429, 422)  # the robot may have asked for a code within this minute: then it is the one to type
    page = human.go(link)
    page.wait_for_timeout(2_500)
    earlier = len(codes(demo))
    with page.expect_response(lambda answer: "act=code" in (answer.request.post_data or "")) as pressed:
        page.locator(".bottom-bar button.primary").click()
    expect(page.locator("#code")).to_be_visible()
    since = sent if pressed.value.status == 429 else earlier
    page.locator("#code").fill(until(lambda: codes(demo)[since:], 60)[-1])
    page.locator("form:has(#code) button.wide").first.click()
    expect(page.locator("dl.receipt")).to_be_visible()


def test_on_a_tap_type_a_robot_without_scripts_has_no_effect(demo: Product, browser: Browser, tmp_path: Path):
    document, link = told(demo, browser, tmp_path, "letter")

    scan(demo, browser, link, scripts=False)

    assert state(demo, browser, document) == "delivered"
    assert acts(demo, document) == set()
    with person(browser, demo.web, phone=True) as human:
        human.go(link).locator(".bottom-bar button.primary").click()
        expect(human.page.locator("dl.receipt")).to_be_visible()
    assert state(demo, browser, document) == "acknowledged"


def test_a_person_without_scripts_types_the_number_of_the_page(demo: Product, browser: Browser, tmp_path: Path):
    document, link = told(demo, browser, tmp_path, "letter")

    with person(browser, demo.web, phone=True, java_script_enabled=False) as human:
        human.expect(422)
        page = human.go(link)
        page.locator(".bottom-bar button.primary").click()
        page.locator("#number").fill(page.locator("#number-shown").inner_text())
        page.locator("form:has(#number) button.primary").click()
        expect(page.locator("dl.receipt")).to_be_visible()

    assert state(demo, browser, document) == "acknowledged"
