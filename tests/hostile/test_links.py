"""Links in the hands of scanners, guessers and strangers."""

import re
import secrets
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEntry, Contact, OneTimeCode
from docflow.common import clock
from documents import lifecycle, links
from documents.models import Comment, Document, Link, LinkAccess, LinkOpening
from documents.states import State
from tests.documents.test_link import (  # noqa: F401 - remember is the sender of codes
    SENT,
    Browser,
    contact,
    linked,
    opened,
    remember,
    typed,
)
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
            self.forms[-1][2].setdefault(given["name"], given.get("value") or "1234")
        elif tag == "a":
            self.links.append(given.get("href", ""))


def robot(path: str, *, cookies: bool) -> None:
    """Looks, follows, ticks every box, fills every field and submits every form it finds behind a link."""
    browser, todo = Client(), [path]
    done: set[object] = set()
    while todo:
        where = todo.pop(0).partition("#")[0]
        if where in done or not where.startswith(("/s/", "/l/")):
            continue
        done.add(where)
        browser.head(where)
        for _time in range(5):
            answer = browser.get(where)
        pages = [answer]
        while pages:
            page = pages.pop()
            if page.streaming or "html" not in page.headers.get("Content-Type", "") or len(done) > 40:
                continue
            found = Forms(page.content.decode())
            todo += found.links
            for action, method, fields in found.forms:
                if method != "post" or (action, *sorted(fields)) in done:
                    continue
                done.add((action, *sorted(fields)))
                if not cookies:
                    browser = Client()
                reply = browser.post(action or where, fields)
                todo.append(reply.headers.get("Location", ""))
                pages.append(reply)


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


def test_item_41_looking_leaves_the_whole_database_as_it_was():
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


def effects() -> tuple[object, ...]:
    """What a person could have done behind links, as rows."""
    return (
        list(Document.objects.values_list("state", "version")),
        list(Link.objects.values_list("revoked_at", "opened", "first_opened_at")),
        OneTimeCode.objects.count(),
        Comment.objects.count(),
        sorted(AuditEntry.objects.exclude(action="document.downloaded").values_list("action", flat=True)),
        len(SENT),
    )


@pytest.mark.parametrize("cookies", [True, False])
@pytest.mark.parametrize("kind", [{"confirm": "tap"}, {"confirm": "code"}, {"sensitive": True}])
def test_item_46_a_scanner_without_scripts_has_no_effect(kind, cookies):
    link, path = linked(**kind)
    contact(link.document.client, "phone", "+79125550098")
    before = effects()

    robot(path, cookies=cookies)

    assert effects() == before


def test_item_46_after_the_scanner_a_person_confirms_by_one_tap():
    _link, path = linked(confirm="tap")
    robot(path, cookies=True)
    person = Browser()
    person.get(path)

    assert person.post(path, {"act": "ack"}).status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_after_the_scanner_a_person_without_scripts_types_a_number():
    link, path = linked(confirm="tap")
    robot(path, cookies=True)
    person = Client()

    asked = person.post(path, {"act": "ack"})
    wrong = person.post(f"/l/{link.pk}/ack", typed(asked) | {"number": "1"})
    assert (asked.status_code, wrong.status_code) == (422, 422)
    assert "number-error" in wrong.content.decode()
    assert Document.objects.get().state == State.READY
    assert person.post(f"/l/{link.pk}/ack", typed(wrong)).status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


@pytest.mark.parametrize("browser", [Browser, Client])
def test_item_46_after_the_scanner_a_code_still_comes_and_confirms(browser):
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550098")
    robot(path, cookies=True)
    person = browser()
    person.get(path)

    asked = person.post(path, {"act": "code"})
    if browser is Client:
        asked = person.post(f"/l/{link.pk}/code", typed(asked))
    code_id = asked.headers["Location"].partition("?c=")[2]
    code = re.sub(r"\D", "", SENT[-1]["secret"])

    assert person.post(f"/l/{link.pk}/ack", {"code": code, "code_id": code_id}).status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_a_question_waits_for_the_number_and_is_not_lost():
    link, path = linked(confirm="code")
    question = "Когда будет <оригинал>?"
    person = Client()

    asked = person.post(path, {"act": "ask", "text": question})
    assert not Comment.objects.exists()
    assert person.post(f"/l/{link.pk}/ask", typed(asked)).status_code == 303
    assert Comment.objects.get().text == question


def test_declining_a_document_with_a_code_keeps_the_reason():
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550098")
    person, where = opened(path)

    asked = person.post(f"{where}decline", {"comment": "Не та сумма"})
    page = asked.content.decode()
    assert (asked.status_code, len(SENT)) == (200, 1)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    code = re.sub(r"\D", "", SENT[0]["secret"])
    wrong = person.post(f"{where}decline", hidden | {"act": "decline", "code": "000000" if code != "000000" else "1"})
    assert (wrong.status_code, "Не та сумма" in wrong.content.decode()) == (422, True)
    assert person.post(f"{where}decline", hidden | {"act": "decline", "code": code}).status_code == 303
    assert AuditEntry.objects.get(action="document.declined").data["comment"] == "Не та сумма"


@pytest.mark.parametrize("act", ["ack", "ask", "decline", "file"])
def test_the_address_with_the_code_is_no_way_around_the_proof(act):
    document = make.processed(make.kind(extra_addresses=True, confirm="tap"))
    extra = Contact(kind="email", lookup="z", verified_at=clock.now())
    extra.address = "boss@example.com"
    extra.save()
    path = "/s/" + links.for_pairs([(extra.pk, document.pk)])[extra.pk, document.pk].rpartition("/")[2]
    browser = Browser()
    browser.get(path)

    for _time in range(2):
        browser.post(path, {"act": act, "text": "x", "comment": "x"})

    assert Document.objects.get().state == State.READY
    assert not Comment.objects.exists()
    assert not LinkOpening.objects.exists()


def test_a_type_that_only_shows_gives_no_file_at_the_first_address():
    _link, path = linked(link_access=LinkAccess.VIEW)
    browser, _where = opened(path)

    assert browser.post(path, {"act": "file"}).status_code == 409
    assert not LinkOpening.objects.filter(kind="downloaded").exists()


def test_item_44_5000_guesses_look_alike_and_are_stopped(valkey):
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


def test_item_45_everything_behind_a_link_is_private():
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


def test_item_20_on_https_every_cookie_is_a_host_cookie(settings):
    settings.HTTPS = True
    _link, path = linked()
    answer = Client().post(path, {"act": "seen"}, secure=True)

    kept = next(value for name, value in answer.cookies.items() if "link-" in name)
    assert kept.key.startswith("__Host-")
    assert kept["secure"]


def test_item_48_a_link_of_the_first_version_refuses_the_second():
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


def test_item_32_a_file_goes_out_as_a_stranger_to_browsers():
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
