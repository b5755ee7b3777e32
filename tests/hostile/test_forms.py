"""Each page with a form, filled in as people get it wrong: words, what was typed, and nothing half done."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Role, User
from documents.models import Document, Task
from tests import files
from tests.documents.test_admin import ADD, TYPE, steps
from tests.factories import accounts
from tests.factories import documents as make
from tests.factories import notifications as told
from tests.hostile.test_links import dump
from tests.notifications.admin.conftest import set_up  # noqa: F401 - channels for the desk
from tests.notifications.admin.test_triggers import typed

pytestmark = pytest.mark.django_db

NUL, LONG, MARK = "a\0b", "я" * 20_000, "\"'><script>alert(1)</script>{{ 7*7 }}"
NOBODY = "01990000-0000-7000-8000-000000000000"
MOVES = {"django_session", "accounts_session", "accounts_apikey", "axes_accessattempt"}  # what any request may touch


@dataclass(frozen=True)
class Page:
    """A form: where, sound values, and for each field the values that must be refused."""

    name: str
    path: Callable[[], str]
    sound: dict[str, Any]
    wrong: dict[str, list[Any]]
    role: str = Role.ADMINISTRATOR
    kept: tuple[str, ...] = field(default=())  # fields whose typed value must come back


def _document() -> str:
    return str(make.uploaded(by=User.objects.filter(roles__contains=["staff"]).first()).pk)


def _task() -> str:
    make.in_state("approval")
    return str(Task.objects.get().pk)


def _client() -> str:
    return str(accounts.client().pk)


def _trigger() -> str:
    told.texts()
    return "/admin/triggers/new/"


DETAILS = {"title": "Договор «Ёлка»", "number": "Д-1", "priority": "normal", "purpose": "дело", "due": "2026-12-01"}
BAD_DETAILS: dict[str, list[Any]] = {
    "title": [LONG],
    "number": [LONG],
    "priority": ["x", NUL, MARK],
    "purpose": [LONG],
    "due": ["x", "0001-01-01", "2026-02-30", "9" * 400, MARK],
}
PAGES = (
    Page(
        "upload",
        lambda: "/documents/upload/",
        DETAILS | {"type": "bad-1", "client": ""},
        BAD_DETAILS | {"type": ["", "nothing", MARK], "client": ["nobody@example.com", NOBODY, "x", MARK, LONG]},
        Role.STAFF,
        ("title", "number", "purpose"),
    ),
    Page(
        "change",
        lambda: f"/documents/{_document()}/change/",
        DETAILS,
        BAD_DETAILS | {"title": ["", " ", LONG]},
        Role.STAFF,
        ("number", "purpose"),
    ),
    Page("return", lambda: f"/tasks/{_task()}/return/", {}, {"comment": ["", "  ", " \0 ", LONG]}, Role.APPROVER),
    Page(
        "new client",
        lambda: "/clients/new/",
        {"name": "Мария", "email": "new@example.com", "language": "ru", "time_zone": "Europe/Moscow"},
        {
            "name": ["", LONG],
            "email": ["", "x", "a@b\r\nBcc: c@d.ru", LONG, MARK],
            "language": ["xx", MARK],
            "time_zone": ["Mars/Base", MARK],
        },
        Role.STAFF,
        ("name", "email"),
    ),
    Page(
        "add contact",
        lambda: f"/clients/{_client()}/contacts/",
        {"kind": "phone", "address": "+79125550011"},
        {"kind": ["", "pigeon", MARK], "address": ["", "12", MARK, LONG, "+7999\0"]},
        Role.STAFF,
        ("address",),
    ),
    Page(
        "profile",
        lambda: "/me/",
        {"name": "Анна", "address_as": "Анна", "language": "ru", "time_zone": "Europe/Moscow", "theme": "system"},
        {"name": ["", LONG], "language": ["", "xx", MARK], "time_zone": ["", "x", MARK]},
        Role.STAFF,
        ("name",),
    ),
    Page(
        "trigger",
        _trigger,
        typed(name="Новый триггер"),
        {
            "name": ["", LONG],
            "action": ["", "nothing.happened", MARK],
            "recipient": ["", "nobody", f"user:{NOBODY}", MARK],
            "mode": ["x", MARK],
            "delay": ["-1", "x", "9" * 400, MARK],
            "lane": ["x", MARK],
        },
        kept=("name",),
    ),
    Page(
        "type",
        lambda: ADD,
        TYPE | steps(),
        {
            "slug": ["", "a b", LONG, MARK],
            "name_ru": ["", LONG],
            "formats": ["exe", MARK],
            "max_size_mb": ["0", "-1", "99999", "9" * 400, "x", "1e9"],
            "link_days": ["0", "-1", "9" * 400, "x"],
            "confirm": ["x", ""],
            "required": ["x"],
            "gender": ["x"],
        },
        kept=("name_en",),
    ),
    Page(
        "person",
        lambda: "/admin/accounts/user/add/",
        {
            "name": "Игорь",
            "email": "igor@example.com",
            "roles": ["approver"],
            "language": "ru",
            "time_zone": "Europe/Moscow",
        },
        {
            "name": ["", LONG],
            "email": ["", "x", "a@b\r\nBcc: c@d.ru"],
            "roles": ["king", MARK],
            "language": ["xx"],
            "time_zone": ["x"],
        },
        kept=("name",),
    ),
)


@pytest.fixture(autouse=True)
def _own_type(db: None) -> None:
    make.kind(slug="bad-1", formats=["txt"])


def wrong_fillings(page: Page) -> Iterator[tuple[str, Any]]:
    for name, values in page.wrong.items():
        for value in values:
            yield name, value
        if name in page.sound and "" in values:
            yield name, None  # not sent at all


def filled(page: Page, name: str, value: Any) -> dict[str, Any]:
    body = dict(page.sound)
    if value is None:
        body.pop(name, None)
    else:
        body[name] = value
    if page.name == "upload":
        body["file"] = SimpleUploadedFile("a.txt", b"words")
    return body


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_form_filled_in_wrongly_says_so_and_changes_nothing(page: Page) -> None:
    person = (
        make.person(Role.STAFF, page.role, is_seeded=True) if page.role != Role.APPROVER else make.person(page.role)
    )
    browser = accounts.browser(person)
    browser.raise_request_exception = False
    path, faults = page.path(), []
    browser.get(path)
    before = settled()
    for name, value in wrong_fillings(page):
        answer = browser.post(path, filled(page, name, value))
        faults += [f"{name}={str(value)[:40]!r}: {fault}" for fault in judged(page, answer, name)]
        if (after := settled()) != before:
            changed = [table for table in after if after[table] != before.get(table)]
            faults.append(f"{name}={str(value)[:40]!r} changed {changed}")
            before = after
    assert faults == []


def settled() -> dict[str, str]:
    return {table: mark for table, mark in dump().items() if table not in MOVES}


def judged(page: Page, answer: Any, name: str) -> list[str]:
    """What is wrong with the answer to a form that was filled in wrongly."""
    text = unescape(answer.content.decode())
    if answer.status_code not in (200, 422):
        return [f"answered {answer.status_code}"]
    said = re.search(r'class="(?:[\w -]* )?(?:error|errorlist|errornote|note (?:red|amber))[\w -]*"|role="alert"', text)
    lost = [one for one in page.kept if one != name and str(page.sound[one]) not in text]
    return [
        *([] if said else ["no words about it"]),
        *([f"lost {lost}"] if lost else []),
        *(["markup came back alive"] if "<script>alert(1)" in answer.content.decode() else []),
    ]


def test_what_is_sound_is_taken() -> None:
    """So that the refusals above are about the wrong field and nothing else."""
    browser = accounts.browser(make.person(Role.STAFF, Role.ADMINISTRATOR, is_seeded=True))
    for page in PAGES:
        if page.name not in ("return", "trigger", "change"):
            answer = browser.post(page.path(), filled(page, "", None))
            assert answer.status_code in (200, 201, 302, 303), page.name
    assert Document.objects.filter(title=DETAILS["title"]).exists()
    assert User.objects.by_email("new@example.com")


@pytest.mark.parametrize("act", ["ask", "decline"])
def test_empty_words_of_a_client_are_asked_for_again(act: str) -> None:
    document = make.in_state("ready")
    browser = Client()
    browser.force_login(document.client, backend="accounts.backends.EmailBackend")
    before = settled()

    for words in ({}, {"text": "", "comment": ""}, {"text": " \0 ", "comment": "\0"}):
        answer = browser.post(f"/portal/documents/{document.pk}/{act}/", words)
        assert answer.status_code == 422
    long = browser.post(f"/portal/documents/{document.pk}/{act}/", {"text": LONG, "comment": LONG})

    assert long.status_code == 422
    assert LONG[:3_000] in long.content.decode()
    assert settled() == before


def test_several_files_of_one_form_each_have_their_outcome() -> None:
    person = make.person(Role.STAFF, is_seeded=True)
    browser = Client()
    browser.force_login(person, backend="accounts.backends.EmailBackend")
    sent = [
        SimpleUploadedFile("good.txt", b"good"),
        SimpleUploadedFile("empty.txt", b""),
        SimpleUploadedFile("picture.txt", files.picture("png")),
    ]

    answer = browser.post("/documents/upload/", {"type": "bad-1", "title": "Мой заголовок", "file": sent})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert all(name in text for name in ("empty.txt", "picture.txt"))
    assert Document.objects.count() == 1
