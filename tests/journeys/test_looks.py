"""Every page in both languages and themes, wide and narrow: axe, the content policy, words, widths."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import browser as browsers
from tests.journeys.browser import Person
from tests.journeys.looking import look
from tests.journeys.product import Product, link_in

LANGUAGES = ("ru", "en")
NOBODY = "A" * 22
Way = Callable[[Product, Person], Page]


@dataclass(frozen=True)
class Place:
    """One page: who looks at it, and how he comes there."""

    name: str
    role: str
    way: Way
    status: int = 200


def at(path: str) -> Way:
    return lambda demo, person: person.go(path)


def document(number: str, rest: str = "", *, prefix: str = "/documents/") -> Way:
    return lambda demo, person: person.go(f"{prefix}{_document(demo, number)}/{rest}")


def task(number: str) -> Way:
    asked = "select t.id from documents_task t join documents_document d on d.id = t.document_id where d.number = %s"
    return lambda demo, person: person.go(f"/tasks/{demo.rows(asked, number)[0][0]}/")


def client_page(name: str) -> Way:
    asked = "select id from accounts_user where name = %s"
    return lambda demo, person: person.go(f"/clients/{demo.rows(asked, name)[0][0]}/")


def first(path: str, link: str) -> Way:
    """The first page that a list leads to."""

    def go(demo: Product, person: Person) -> Page:
        found = person.go(path).locator(link).first.get_attribute("href")
        assert found, f"{path} leads nowhere by {link}"
        return person.go(found)

    return go


def landing(number: str) -> Way:
    return lambda demo, person: person.go(_link(demo, number))


def opened(number: str, rest: str = "") -> Way:
    """Behind the link, in a browser that has opened it."""

    def go(demo: Product, person: Person) -> Page:
        _touch(person, _link(demo, number))
        return person.go(f"/l/{_link_id(demo, number)}/{rest}")

    return go


def code_asked(number: str) -> Way:
    """Where the code is typed in that was asked for behind the link."""

    def go(demo: Product, person: Person) -> Page:
        page = opened(number)(demo, person)
        page.locator("form:has(input[name=act][value=code]) button >> visible=true").first.click()
        page.wait_for_selector("#code")
        return page

    return go


def asked_again(demo: Product, person: Person) -> Page:
    """Where a form leads whose sender proved long ago who he is."""
    page = person.go("/me/contacts/")
    demo.forget_proofs("operator")
    page.fill("input[name=address]", "second@example.org")
    page.click("form:has(input[name=address]) button.primary")
    page.wait_for_selector("input[name=proof]")
    return page


def sheet(way: Way, opener: str) -> Way:
    """With a dialog of the page open."""

    def go(demo: Product, person: Person) -> Page:
        page = way(demo, person)
        page.locator(opener).first.click()
        page.wait_for_timeout(300)
        return page

    return go


def simulators(demo: Product, person: Person) -> Page:
    return person.go(demo.page)


def chosen(demo: Product, person: Person) -> Page:
    """The upload page with two files chosen."""
    page = person.go("/documents/upload/")
    files = [{"name": f"Договор {n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"} for n in (1, 2)]
    page.set_input_files("input[type=file]", files)  # type: ignore[arg-type]
    return page


def _touch(person: Person, link: str) -> None:
    page = person.go(link)
    if page.locator("form[data-seen]").count():
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.mouse.click(5, 300)


def _document(demo: Product, number: str) -> str:
    return str(demo.rows("select id from documents_document where number = %s", number)[0][0])


def _link(demo: Product, number: str) -> str:
    return link_in(demo.message(f"№ {number} готов", "smtp")["text"])


def _link_id(demo: Product, number: str) -> str:
    asked = """select l.id from documents_link l join documents_document d on d.id = l.document_id
        join accounts_contact c on c.id = l.contact_id where d.number = %s and c.kind = 'email'"""
    return str(demo.rows(asked, number)[0][0])


PLACES = (
    Place("sign-in", "", at("/sign-in/")),
    Place("reset", "", at("/reset/")),
    Place("reset-stale", "", at("/reset/nonsense/"), 410),
    Place("not-found", "", at("/nowhere/"), 404),
    Place("list", "staff", at("/documents/")),
    Place("list-nothing", "staff", at("/documents/?q=такого+нет")),
    Place("document-delivered", "staff", document("418")),
    Place("document-approval", "staff", document("421")),
    Place("document-rework", "staff", document("415")),
    Place("document-declined", "staff", document("3")),
    Place("document-failed-delivery", "staff", document("Д-80")),
    Place("document-rejected", "staff", document("9")),
    Place("document-failed", "staff", document("Д-91")),
    Place("document-draft", "staff", document("Д-90")),
    Place("document-recall", "staff", sheet(sheet(document("421"), "#head summary"), "#head .menu-item.danger")),
    Place("document-menu", "staff", sheet(document("Д-71"), "#head summary")),
    Place("upload", "staff", at("/documents/upload/")),
    Place("upload-chosen", "staff", chosen),
    Place("tasks", "approver", at("/tasks/")),
    Place("tasks-none", "staff", at("/tasks/")),
    Place("task", "approver", task("421")),
    Place("clients", "staff", at("/clients/")),
    Place("client", "staff", client_page("Мария Котова")),
    Place("client-suspended", "staff", client_page("Фёдор Ёлкин")),
    Place("client-new", "staff", at("/clients/new/")),
    Place("profile", "staff", at("/me/")),
    Place("contacts", "staff", at("/me/contacts/")),
    Place("security", "staff", at("/me/security/")),
    Place("password", "staff", at("/me/security/password/")),
    Place("prove", "operator", asked_again, 403),
    Place("totp", "staff", at("/me/security/totp/")),
    Place("no-right", "client", at("/documents/"), 403),
    Place("link-landing", "", landing("418")),
    Place("link-letter", "", opened("Д-77")),
    Place("link", "", opened("418")),
    Place("link-ask", "", sheet(opened("418"), "[popovertarget=ask] >> visible=true")),
    Place("link-ask-page", "", opened("418", "ask")),
    Place("link-not-me", "", opened("418", "not-me")),
    Place("link-code", "", code_asked("418")),
    Place("link-confirmed", "", opened("Д-71")),
    Place("link-done", "", opened("Д-71", "done")),
    Place("link-unknown", "", at(f"/s/{NOBODY}"), 404),
    Place("portal", "client", at("/portal/")),
    Place("portal-document", "client", document("418", prefix="/portal/documents/")),
    Place("portal-profile", "client", at("/me/")),
    Place("portal-contacts", "client", at("/me/contacts/")),
    Place("admin", "admin", at("/admin/")),
    Place("admin-triggers", "admin", at("/admin/triggers/")),
    Place("admin-trigger", "admin", first("/admin/triggers/", "h2 a")),
    Place("admin-trigger-new", "admin", at("/admin/triggers/new/")),
    Place("admin-trigger-runs", "admin", first("/admin/triggers/", "a[href$='/runs/']")),
    Place("admin-templates", "admin", at("/admin/templates/")),
    Place("admin-template", "admin", first("/admin/templates/", "a.desk-cell[href*=ready][href*=email]")),
    Place("admin-deliveries", "admin", at("/admin/deliveries/")),
    Place("admin-deliveries-failed", "admin", at("/admin/deliveries/?state=failed")),
    Place("admin-delivery", "admin", first("/admin/deliveries/", "main a[href^='/admin/deliveries/0']")),
    Place("admin-channels", "admin", at("/admin/channels/")),
    Place("admin-channel", "admin", at("/admin/channels/email/")),
    Place("admin-channel-telegram", "admin", at("/admin/channels/telegram/")),
    Place("admin-journal", "admin", at("/admin/accounts/auditentry/")),
    Place("admin-journal-entry", "admin", first("/admin/accounts/auditentry/", "#result_list th a")),
    Place("admin-people", "admin", at("/admin/accounts/user/")),
    Place("admin-person", "admin", first("/admin/accounts/user/", "#result_list th a")),
    Place("admin-groups", "admin", at("/admin/accounts/group/")),
    Place("admin-keys", "admin", at("/admin/accounts/apikey/")),
    Place("admin-key-new", "admin", at("/admin/accounts/apikey/add/")),
    Place("admin-installation", "admin", at("/admin/accounts/installation/1/change/")),
    Place("admin-types", "admin", at("/admin/documents/documenttype/")),
    Place("admin-type", "admin", first("/admin/documents/documenttype/", "#result_list th a")),
    Place("admin-documents", "admin", at("/admin/documents/document/")),
    Place("simulators", "", simulators),
)


class Visitors:
    """Who has come already; each role has one browser for the whole run, strangers have a new one each time."""

    def __init__(self, browser: Browser, demo: Product) -> None:
        self.browser = browser
        self.demo = demo
        self.rest = ExitStack()
        self.known: dict[str, Person] = {}
        self.speaking: dict[str, str] = {}

    def come(self, role: str, language: str, strangers: ExitStack) -> Person:
        if not role:
            one = strangers.enter_context(browsers.person(self.browser, self.demo.web, language=language))
            one.go("/sign-in/")
            one.speak(language)
            return one
        if role not in self.known:
            self.known[role] = self.rest.enter_context(browsers.person(self.browser, self.demo.web))
            self.known[role].sign_in(self.demo.up["logins"][role])
        one = self.known[role]
        if self.speaking.get(role) != language:
            one.go("/me/")
            one.speak(language)
            self.speaking[role] = language
        return one


@pytest.fixture(scope="module")
def visitors(browser: Browser, demo: Product) -> Iterator[Visitors]:
    found = Visitors(browser, demo)
    with found.rest:
        yield found
        for one in found.known.values():
            one.go("/me/")
            one.speak("ru")


@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=pytest.mark.xdist_group(f"looks-{name}")) for name in LANGUAGES]
)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_page_looks_right(demo: Product, visitors: Visitors, place: Place, language: str):
    with ExitStack() as strangers:
        person = visitors.come(place.role, language, strangers)
        person.expect(place.status)
        page = place.way(demo, person)

        wrong = look(page, place.name, language) + person.complaints.said
        person.complaints.said.clear()

    assert wrong == []
