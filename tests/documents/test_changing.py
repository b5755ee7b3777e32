"""Correcting the details of a document, by page and by program."""

import json

import pytest
from django.test import Client

from accounts import keys
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Role
from documents import editing
from documents.models import RequiredField
from documents.queries import Filter, page
from documents.states import State
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

TYPED = {"title": "Договор аренды", "number": "77", "priority": "urgent", "purpose": "", "due": "2026-12-01T18:00"}


def url_of(document) -> str:
    return f"/documents/{document.pk}/change/"


def test_details_are_corrected_and_found_and_told(sign_in, staff):
    document, browser = make.processed(), sign_in(staff)
    form = browser.get(url_of(document)).context
    assert url_of(document) in browser.get(f"/documents/{document.pk}/").content.decode()

    answer = browser.post(url_of(document), TYPED | {"seen": form["seen"]})

    assert (answer.status_code, answer.url) == (302, f"/documents/{document.pk}/")
    document.refresh_from_db()
    assert (document.title, document.number, document.priority) == ("Договор аренды", "77", "urgent")
    assert document.state == State.READY
    assert page(staff, Filter(q="аренда")).rows == [document]
    entry = AuditEntry.objects.get(action="document.edited")
    assert entry.data["changed"] == ["due_at", "number", "priority", "title"]


def test_what_was_not_typed_over_is_not_written(sign_in, staff):
    document = make.uploaded(title="Договор", number="5")
    browser = sign_in(staff)
    shown = browser.get(url_of(document)).context["form"].initial

    browser.post(url_of(document), shown)

    assert not AuditEntry.objects.filter(action="document.edited").exists()


@pytest.mark.parametrize(("typed", "words"), [({"title": " "}, "title"), ({"due": "завтра"}, "2026-11-30T18:00")])
def test_bad_values_are_said_and_kept(sign_in, staff, typed, words):
    document = make.uploaded(title="Договор")

    answer = sign_in(staff).post(url_of(document), TYPED | {"number": "Новый-9"} | typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Новый-9" in answer.content.decode()
    document.refresh_from_db()
    assert document.title == "Договор"


def test_what_the_type_needs_cannot_be_emptied(sign_in, staff):
    document = make.uploaded(make.kind(required=[RequiredField.NUMBER]), number="5")

    answer = sign_in(staff).post(url_of(document), TYPED | {"number": ""})

    assert answer.status_code == 422
    assert answer.context["form"].errors["number"]
    document.refresh_from_db()
    assert document.number == "5"


def test_who_comes_second_keeps_his_values_and_may_insist(sign_in, staff):
    document, browser = make.uploaded(title="Договор"), sign_in(staff)
    seen = browser.get(url_of(document)).context["seen"]
    editing.change(document, by=staff, values={"title": "Письмо"})

    late = browser.post(url_of(document), TYPED | {"seen": seen})

    assert late.status_code == 409
    assert TYPED["title"] in late.content.decode()
    assert browser.post(url_of(document), TYPED | {"seen": late.context["seen"]}).status_code == 302


@pytest.mark.parametrize("state", ["acknowledged", "archived"])
def test_item_22_a_closed_document_stays_as_it_was_read(state, sign_in, staff):
    document = make.in_state(state)
    browser = sign_in(staff)

    assert url_of(document) not in browser.get(f"/documents/{document.pk}/").content.decode()
    answer = browser.post(url_of(document), TYPED)
    assert answer.status_code == 409
    assert TYPED["title"] in answer.content.decode()


def test_who_only_decides_changes_nothing(sign_in):
    document = make.processed(make.kind({"role": "approver"}))
    browser = sign_in(make.person(Role.APPROVER, is_seeded=True))

    assert browser.get(url_of(document)).status_code == 403
    assert url_of(document) not in browser.get(f"/documents/{document.pk}/").content.decode()


def patch(document, body, *scopes: str, user=None):
    _key, secret = keys.make(user or make.person(), name="t", scopes=list(scopes or ["documents:write"]), by=SYSTEM)
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().patch(f"/api/v1/documents/{document.pk}", text, content_type="application/json", headers=headers)


def test_program_changes_what_it_names():
    document = make.uploaded(title="Договор", number="5")

    answer = patch(document, {"title": "Письмо", "due": "2026-12-01T18:00+05:00"})

    assert answer.status_code == 200
    assert answer.json()["title"] == "Письмо"
    assert answer.json()["number"] == "5"
    assert answer.json()["due"] == "2026-12-01T13:00:00Z"
    assert patch(document, {"due": None}).json()["due"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"state": "ready"}, "state"),
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"number": "x" * 51}, "number"),
        ({"priority": "hot"}, "priority"),
        ({"purpose": "\0"}, "purpose"),
        ({"due": "soon"}, "due"),
        ({"due": 5}, "due"),
    ],
)
def test_program_is_told_which_value_is_wrong(body, field):
    document = make.uploaded(title="Договор")

    answer = patch(document, body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    document.refresh_from_db()
    assert document.title == "Договор"


@pytest.mark.parametrize(("body", "status"), [("[]", 422), ("{", 400), ('"x"', 422)])
def test_unreadable_change(body, status):
    assert patch(make.uploaded(), body).status_code == status


def test_program_gets_the_rules_of_the_page():
    assert patch(make.in_state("acknowledged"), {"title": "Письмо"}).status_code == 409
    needed = make.uploaded(make.kind(required=[RequiredField.NUMBER]), number="5")
    assert patch(needed, {"number": ""}).status_code == 422
    assert patch(needed, {"title": "Письмо"}, "documents:read").status_code == 403
    hidden = patch(needed, {"title": "Письмо"}, user=make.person(Role.APPROVER))
    assert hidden.status_code == 404
