"""What a first visit costs: bytes on the wire and requests, counted by Chromium with an empty cache."""

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.journeys import browser as browsers
from tests.journeys.product import Product
from tests.journeys.test_looks import PLACES

KB = 1024


@dataclass(frozen=True)
class Budget:
    """The most that a page may bring."""

    total: int
    css: int
    script: int
    sprite: int
    requests: int


CLIENT = Budget(150 * KB, 14 * KB, 24 * KB, 8 * KB, 9)
STAFF = Budget(250 * KB, 24 * KB, 32 * KB, 12 * KB, 14)
PAGES = {
    "sign-in": CLIENT,
    "link-landing": CLIENT,
    "portal": CLIENT,
    "portal-document": CLIENT,
    "list": STAFF,
    "document-delivered": STAFF,
    "upload": STAFF,
    "tasks": STAFF,
    "clients": STAFF,
    "admin": STAFF,
    "admin-trigger": STAFF,
    "admin-deliveries": STAFF,
}
PREVIEW = 80 * KB
LATER = re.compile(r"/(?:[2-9]|\d\d+)\.webp$")  # pages further down come lazily, after the first view


@dataclass
class Visit:
    """What one visit fetched, by kind."""

    fetched: list[Request] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("requestfinished", lambda one: self.fetched.append(one))

    def size(self, *kinds: str, ending: str = "") -> int:
        wanted = [one for one in self.fetched if one.resource_type in kinds or not kinds]
        return sum(one.sizes()["responseBodySize"] for one in wanted if one.url.split("?")[0].endswith(ending))


@pytest.mark.parametrize("name", PAGES)
def test_first_visit_keeps_its_budget(demo: Product, browser: Browser, name: str):
    budget, place = PAGES[name], next(place for place in PLACES if place.name == name)
    with browsers.person(browser, demo.web) as signing_in:
        if place.role:
            signing_in.sign_in(demo.up["logins"][place.role])
        known = signing_in.context.storage_state()
    with browsers.person(browser, demo.web, storage_state=known) as person:
        visit = Visit()
        address = where(demo, browser, place.name, known)
        visit.watch(person.page)
        person.go(address)
        person.page.wait_for_load_state("networkidle")

        visit.fetched = [one for one in visit.fetched if not LATER.search(one.url)]
        first_page = [one.sizes()["responseBodySize"] for one in visit.fetched if one.url.endswith("/1.webp")]
        assert visit.size("stylesheet") <= budget.css
        assert visit.size("script") <= budget.script
        assert visit.size(ending=".svg") <= budget.sprite
        assert len(visit.fetched) <= budget.requests, [one.url for one in visit.fetched]
        assert visit.size() <= budget.total
        assert all(size <= PREVIEW for size in first_page)


def where(demo: Product, browser: Browser, name: str, known: object) -> str:
    """The address of the page, found in a browser whose cache does not count."""
    place = next(place for place in PLACES if place.name == name)
    with browsers.person(browser, demo.web, storage_state=known) as scout:
        return place.way(demo, scout).url
