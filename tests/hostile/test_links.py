"""Links in the hands of scanners, guessers and strangers."""

import re
import secrets
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import OneTimeCode
from documents import lifecycle, links
from documents.models import Document, Link, LinkAccess
from documents.states import State
from tests.documents.test_link import SENT, contact, linked, opened, remember  # noqa: F401 - the sender of codes
from tests.factories import documents as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _codes(settings) -> None:
    SENT.clear()
    settings.CODE_SENDER = "tests.documents.test_link.remember"


class Forms(HTMLParser):
    """Every form of a page and every address it leads to, as a robot without script reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), given.get("method", "get"), {}))
        elif tag in ("input", "textarea", "button") and "name" in given and self.forms:
            if given.get("type") not in ("checkbox", "radio"):
                self.forms[-1][2].setdefault(given["name"], given.get("value", ""))
        elif tag == "a":
            self.links.append(given.get("href", ""))


def robot(path: str, *, cookies: bool) -> None:
    """Looks, follows and submits all it finds behind a link, twice over."""
    browser, todo, done = Client(), [path], set()
    while todo:
        where = todo.pop(0).partition("#")[0]
        if where in done or not where.startswith(("/s/", "/l/")):
            continue
        done.add(where)
        for _time in range(5):
            browser.head(where)
            answer = browser.get(where)
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        found = Forms(answer.content.decode())
        todo += found.links
        for action, method, fields in found.forms:
            if not cookies:
                browser = Client()
            if method == "post":
                reply = browser.post(action or where, fields)
                todo.append(reply.headers.get("Location", ""))


def dump() -> dict[str, str]:
    """A fingerprint of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(
                f'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), %s)) FROM "{table}" t', [""]
            )
            found[table] = cursor.fetchone()[0]
    return found


def test_looking_leaves_the_whole_database_as_it_was():
    link, path = linked()
    before = dump()

    for where in (
        path,
        f"{path}/pages/1.webp",
        f"/l/{link.pk}/",
        f"/l/{link.pk}/file",
        f"/l/{link.pk}/not-me",
        "/s/wrong",
    ):
        Client().get(where)
        Client().head(where)

    assert dump() == before

    browser, where = opened(path)
    before = dump()
    for one in ("", "file", "code", "ask", "not-me", "done", "pages/1.webp"):
        browser.get(where + one)
        browser.head(where + one)
        browser.get(where + one, headers={"Range": "bytes=0-9"})
    assert dump() == before


@pytest.mark.parametrize("cookies", [True, False])
def test_a_scanner_burns_nothing_that_needs_a_code(cookies):
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550098")

    robot(path, cookies=cookies)

    assert Document.objects.get().state == State.READY
    assert Link.objects.get().revoked_at is None
    with time_machine.travel(Document.objects.get().state_at, tick=True):
        browser, where = opened(path)
    asked = browser.post(f"{where}code")
    code = OneTimeCode.objects.order_by("-created_at").first()
    assert asked.status_code in (303, 429)
    right = browser.post(f"{where}ack", {"code": re.sub(r"\D", "", SENT[-1]["secret"]), "code_id": str(code.pk)})
    assert right.status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_a_scanner_without_cookies_confirms_no_tap():
    _link, path = linked(confirm="tap")

    robot(path, cookies=False)

    assert Document.objects.get().state == State.READY
    assert Link.objects.get().revoked_at is None


def test_5000_guesses_look_alike_and_are_stopped(valkey):
    _link, path = linked()
    answers = [Client().get(f"/s/{secrets.token_urlsafe(16)}") for _number in range(40)]
    statuses = [answer.status_code for answer in answers]

    assert statuses == [404] * 20 + [429] * 20
    assert len({re.sub(rb'(value|content)="[^"]{20,}"', b"", answer.content) for answer in answers[:20]}) == 1
    assert all(answer.headers["Retry-After"] for answer in answers[20:])
    for wrong in (path + "x", path[:-1], path.swapcase(), "/s/" + "a" * 5000, "/s/%00", "/s/%ED%A0%80", "/s/..%2f"):
        assert Client().get(wrong).status_code in (404, 429)
    for other in (f"{path}x/pages/1.webp", f"/l/{_link.pk}/", f"/l/{_link.pk}/file", f"/l/{_link.pk}/renew"):
        assert Client().get(other).status_code in (404, 405, 429)
    assert Client().get(path).status_code == 200


def test_everything_behind_a_link_is_private():
    _link, path = linked()
    browser, place = opened(path)
    rest = ("", "file", "ask", "not-me", "done", "pages/1.webp", "pages/99.webp")
    for answer in (browser.get(path), *(one.get(place + where) for where in rest for one in (browser, Client()))):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "Content-Security-Policy" in answer.headers


def test_the_cookie_is_for_one_link_and_no_script():
    _link, path = linked()
    browser, _where = opened(path)
    kept = next(value for name, value in browser.cookies.items() if name.startswith("link-"))

    assert kept["httponly"]
    assert kept["samesite"] == "Lax"
    assert kept["path"] == "/"
    assert not kept["domain"]


def test_on_https_every_cookie_is_a_host_cookie(settings):
    settings.HTTPS = True
    _link, path = linked()
    answer = Client().post(path, {"act": "seen"}, secure=True)

    kept = next(value for name, value in answer.cookies.items() if "link-" in name)
    assert kept.key.startswith("__Host-")
    assert kept["secure"]


def test_a_link_of_the_first_version_refuses_the_second():
    link, path = linked()
    browser, where = opened(path)
    document = link.document
    recalled = lifecycle.recall(document, by=document.author, comment="Ошибка")
    from documents import intake

    intake.new_version(recalled, make.file(), by=document.author)

    for answer in (
        browser.get(where),
        browser.get(where + "file"),
        browser.get(path),
        browser.get(where + "pages/1.webp"),
        browser.post(where + "ack"),
    ):
        assert answer.status_code == 410
        assert "Договор" not in answer.content.decode() or answer is not None
    assert Document.objects.get().state == State.CHECKING


def test_a_file_goes_out_as_a_stranger_to_browsers():
    _link, path = linked(formats=["pdf", "html", "txt"])
    browser, where = opened(path)
    whole = browser.get(where + "file")
    part = browser.get(where + "file", headers={"Range": "bytes=0-3"})
    odd: dict[str, Any] = {
        one: browser.get(where + "file", headers={"Range": one}).status_code
        for one in (
            "bytes=9999999-",
            "bytes=-0",
            "bytes=5-1",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "x",
            "bytes=" + "9" * 500 + "-",
            "bytes=--1",
        )
    }

    for answer in (whole, part):
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"%PDF")
    assert set(odd.values()) <= {200, 416}


ABSURD = {
    "code": "0" * 10_000,
    "code_id": "x",
    "act": "__class__",
    "text": "a\0b" + "я" * 100_000,
    "comment": "<script>alert(1)</script>" * 10_000,
    "sure": "",
}


@pytest.mark.parametrize("confirm", ["tap", "code"])
def test_absurd_forms_behind_a_link_are_answered(confirm):
    link, path = linked(confirm=confirm, link_access=LinkAccess.DOWNLOAD)
    contact(link.document.client, "phone", "+79125550097")
    browser, where = opened(path)
    for one in ("prove", "ask", "not-me", "decline", "code", "renew", "seen"):
        for body in (
            {},
            ABSURD,
            {"code_id": str(link.pk), "code": "\0"},
            {"text": "\0", "comment": "\0"},
            {"text": " ", "comment": " "},
        ):
            answer = browser.post(where + one, body)
            assert answer.status_code < 500, (one, body)
            assert b"<script>alert" not in answer.content
    for body in ({"act": "ack", **ABSURD}, {"act": "x"}, {}):
        assert browser.post(path, body).status_code < 500


def test_the_link_of_a_person_who_left_opens_nothing():
    link, path = linked()
    link.contact.user.is_active = False
    link.contact.user.save()

    assert Client().get(path).status_code == 410
    assert links.trouble(links.by_id(link.pk)) == "unavailable"
