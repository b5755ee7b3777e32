"""Chromium as the journeys use it: people sign in, and whatever the page complains of fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DESKTOP: dict[str, int] = {"width": 1440, "height": 1000}
PHONE: dict[str, int] = {"width": 390, "height": 844}
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
PATIENCE = 30_000
# A request that is taken back because the person went on: htmx says so as if it were an error.
LEFT_BEHIND = ("htmx:sendAbort", "htmx:afterRequest")
FACES = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{inter}</dir><cachedir>{cache}</cachedir>
  <match target="pattern"><test name="family"><string>system-ui</string></test>
    <edit name="family" mode="assign" binding="strong"><string>Inter</string></edit></match>
  <match target="pattern"><test name="family"><string>sans-serif</string></test>
    <edit name="family" mode="assign" binding="strong"><string>Inter</string></edit></match>
</fontconfig>
"""
LOCALES = {"ru": "ru-RU", "en": "en-GB"}


def chromium() -> str | None:
    """The distribution's Chromium, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def launched(playwright: Playwright, folder: Path) -> Browser:
    """Chromium with Inter as the system's face, so that widths are the same on every machine."""
    env = {name: value for name, value in os.environ.items() if isinstance(value, str)}
    env["FONTCONFIG_FILE"] = str(_faces(folder))
    return playwright.chromium.launch(executable_path=chromium(), args=OPTIONS, env=env)


def _faces(folder: Path) -> Path:
    spec = find_spec("fontpkg_inter")
    assert spec
    assert spec.origin
    config = folder / "fonts.conf"
    config.write_text(FACES.format(inter=Path(spec.origin).parent / "files", cache=folder / "cache"))
    return config


class Complaints:
    """Errors and reports of the pages of one context; statuses that a test asked for do not count."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.expected: set[int] = set()

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or self._was_asked_for(message.text):
            return
        if message.text.startswith(LEFT_BEHIND):
            return
        self.said.append(f"{urlsplit(message.location.get('url', '')).path}: {message.text}")

    def _was_asked_for(self, text: str) -> bool:
        return any(f"responded with a status of {status} " in text for status in self.expected)


class Person:
    """Somebody at a browser: a context with its own cookies."""

    def __init__(self, context: BrowserContext, web: str) -> None:
        self.context = context
        self.web = web
        self.complaints = Complaints()
        context.set_default_timeout(PATIENCE)
        context.on("page", self.complaints.watch)
        self.page = context.new_page()

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.web + path)
        return self.page

    def sign_in(self, login: dict[str, str]) -> None:
        self.go("/sign-in/")
        self.page.fill("input[name=email]", login["email"])
        self.page.fill("input[name=password]", login["password"])
        with self.page.expect_navigation():
            self.page.click("form:has(input[name=password]) button.primary")
        assert "/sign-in/" not in self.page.url

    def expect(self, *statuses: int) -> None:
        """The test asks for these answers itself."""
        self.complaints.expected.update(statuses)

    def speak(self, language: str) -> None:
        """Choose the language as the switch on every page does."""
        self.choose("/language/", language=language)

    def choose(self, path: str, **values: str) -> None:
        token = self.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
        answer = self.page.request.post(
            self.web + path, form={**values, "csrfmiddlewaretoken": token}, headers={"Referer": self.web}
        )
        assert answer.ok, f"{path}: {answer.status}"


@contextmanager
def person(
    browser: Browser, web: str, *, phone: bool = False, language: str = "ru", **options: Any
) -> Iterator[Person]:
    """A browser of one's own; in the end its pages must have had nothing to complain of."""
    view = PHONE if phone else DESKTOP
    if phone:
        options["user_agent"] = ANDROID
    context = browser.new_context(
        viewport=view, locale=LOCALES[language], timezone_id="Asia/Yekaterinburg", has_touch=phone,
        reduced_motion="reduce", **options,
    )  # fmt: skip
    one = Person(context, web)
    try:
        yield one
        assert one.complaints.said == [], one.complaints.said
    finally:
        context.close()
