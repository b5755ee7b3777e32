"""Journeys: people at browsers, and the product as `bin/up` starts it. Without Chromium they say so, loudly."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys import browser as browsers
from tests.journeys.browser import Person
from tests.journeys.product import Product, running

HERE = Path(__file__).parent
SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's journeys stay together unless they say otherwise; a worker's share one product and one browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)
            if not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(item.path.stem))
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if browsers.chromium() is None:
        pytest.skip("NOT EXERCISED: there is no Chromium on this machine")
    expect.set_options(timeout=browsers.PATIENCE)
    with sync_playwright() as playwright:
        opened = browsers.launched(playwright, tmp_path_factory.mktemp("faces"))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`bin/up --demo`, once for the whole run; or one that runs already, whose data folder is named."""
    if folder := os.environ.get("RUNNING_DEMO"):
        yield Product(Path(folder))
        return
    with running(tmp_path_factory.mktemp("demo"), "--demo") as product:
        yield product


@pytest.fixture
def as_(demo: Product, browser: Browser) -> Iterator[Callable[..., Person]]:
    """`as_("staff")` is Anna at her own browser, signed in; `as_()` is anybody."""
    with ExitStack() as people:

        def come(role: str = "", *, phone: bool = False, language: str = "ru") -> Person:
            one = people.enter_context(browsers.person(browser, demo.web, phone=phone, language=language))
            if role:
                one.sign_in(demo.up["logins"][role])
                one.speak(language)
            return one

        yield come
