"""Documents by program: names, answers and refusals as published."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import keys
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Role, User
from documents import lifecycle, processing
from documents.models import Document, DocumentVersion
from tests import files
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

ALL = ["documents:read", "documents:write", "documents:approve"]
ROOT = "/api/v1/documents"


def program(user: User, *scopes: str) -> dict[str, str]:
    _key, secret = keys.make(user, name="test", scopes=list(scopes or ALL), by=SYSTEM)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def staff() -> User:
    return make.person(Role.STAFF)


def send(key: dict[str, str], data: bytes | None = None, *, name: str = "договор.pdf", **fields: Any):
    upload = SimpleUploadedFile(name, files.pdf("Договор") if data is None else data)
    return Client().post(ROOT, {"file": upload, **fields}, headers=key)


def test_upload_is_taken_and_begins_by_itself(staff):
    client, kind = make.person(Role.CLIENT), make.kind()

    answer = send(program(staff), type=kind.slug, title="Договор поставки", client=client.email, number="418")

    assert answer.status_code == 201
    body = answer.json()
    assert {name: body[name] for name in ("state", "version", "number")} == {
        "state": "checking",
        "version": 1,
        "number": "418",
    }
    processing.drain()
    seen = Client().get(f"{ROOT}/{body['id']}", headers=program(staff, "documents:read")).json()
    assert seen["state"] == "ready"
    assert seen["pages"] == 1


def test_client_by_id_and_due_by_day(staff):
    client = make.person(Role.CLIENT)

    body = send(program(staff), type=make.kind().slug, client=str(client.pk), due="2026-12-01").json()

    assert body["client"] == {"id": str(client.pk), "name": client.name}
    assert body["due"].startswith("2026-12-01")
    assert body["title"] == "договор"


def stored(settings) -> set[str]:
    return {str(path) for path in settings.FILES_DIR.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (b"", "empty.pdf", 422, "empty"),
        (files.picture("png"), "act.pdf", 415, "wrong_format"),
        (b"MZ" + bytes(300), "setup.exe", 415, "wrong_format"),
    ],
)
def test_bad_file_leaves_nothing(staff, settings, data, name, status, code):
    before = stored(settings)

    answer = send(program(staff), data, name=name, type=make.kind(formats=["pdf"]).slug)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Document.objects.exists()
    assert stored(settings) == before


def test_larger_than_the_type_allows(staff):
    kind = make.kind(max_size_mb=1)

    answer = send(program(staff), files.pdf("x") + bytes(1024 * 1024), type=kind.slug)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_larger_than_anything_may_be_is_refused_unread(staff, settings):
    settings.MAX_UPLOAD = 1000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = send(program(staff), bytes(2 * 1024 * 1024), type=make.kind().slug)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "nothing"}, "type"),
        ({}, "type"),
        ({"client": "nobody@example.com"}, "client"),
        ({"client": "not an address"}, "client"),
        ({"due": "вчера"}, "due"),
        ({"due": "9999-99-99"}, "due"),
        ({"priority": "!!"}, "priority"),
        ({"title": "x" * 300}, "title"),
        ({"number": "a\0b"}, "number"),
    ],
)
def test_absurd_values_name_their_field(staff, fields, field):
    given = {"type": make.kind().slug} | fields
    if field == "type" and not fields:
        del given["type"]

    answer = send(program(staff), **given)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Document.objects.exists()


def test_missing_file_and_missing_required_field(staff):
    kind = make.kind(required=["number", "client"])

    without_file = Client().post(ROOT, {"type": kind.slug}, headers=program(staff))
    without_number = send(program(staff), type=kind.slug)

    assert (without_file.status_code, without_file.json()["errors"][0]["field"]) == (422, "file")
    assert (without_number.status_code, without_number.json()["errors"][0]["field"]) == (422, "number")


def test_same_bytes_for_the_same_client_and_type(staff):
    client, kind, key = make.person(Role.CLIENT), make.kind(), program(staff)
    send(key, type=kind.slug, client=client.email, title="Первый")

    again = send(key, type=kind.slug, client=client.email)
    other = send(key, type=kind.slug, client=make.person(Role.CLIENT).email)

    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert "Первый" in again.json()["detail"]
    assert other.status_code == 201


def test_words_follow_the_language(staff):
    key = program(staff) | {"Accept-Language": "en"}

    assert "empty" in send(key, b"", name="a.pdf", type=make.kind().slug).json()["detail"]


def test_same_idempotency_key_has_one_effect(staff):
    kind, key = make.kind(), program(staff) | {"Idempotency-Key": "K1"}

    first, second = send(key, type=kind.slug), send(key, type=kind.slug)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert DocumentVersion.objects.count() == 1


def test_approver_approves_and_author_may_not(staff):
    document = make.processed(make.kind({"role": Role.APPROVER}), by=staff)
    approver = make.person(Role.APPROVER)

    own = Client().post(f"{ROOT}/{document.pk}/approve", headers=program(staff))
    other = Client().post(
        f"{ROOT}/{document.pk}/approve",
        json.dumps({"comment": "Да"}),
        content_type="application/json",
        headers=program(approver),
    )

    assert own.status_code == 403
    assert (other.status_code, other.json()["state"]) == (200, "ready")


def test_return_without_words_and_late_approval(staff):
    document = make.processed(make.kind({"role": Role.APPROVER}), by=staff)
    key = program(make.person(Role.APPROVER))

    wordless = Client().post(f"{ROOT}/{document.pk}/return", headers=key)
    lifecycle.recall(document, by=staff, comment="Стоп")
    late = Client().post(f"{ROOT}/{document.pk}/approve", headers=key)

    assert (wordless.status_code, wordless.json()["errors"][0]["field"]) == (422, "comment")
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")


def test_version_that_was_not_seen_is_not_approved(staff):
    document = make.processed(make.kind({"role": Role.APPROVER}), by=staff)
    key = program(make.person(Role.APPROVER))

    answer = Client().post(f"{ROOT}/{document.pk}/approve", {"version": 2}, headers=key)

    assert answer.status_code == 409


def test_recall_new_version_and_archive(staff):
    document, key = make.processed(by=staff), program(staff)

    recalled = Client().post(f"{ROOT}/{document.pk}/recall", {"comment": "Ошибка"}, headers=key)
    replaced = Client().post(
        f"{ROOT}/{document.pk}/versions", {"file": SimpleUploadedFile("v2.pdf", files.pdf("v2"))}, headers=key
    )
    processing.drain()
    archived = Client().post(f"{ROOT}/{document.pk}/archive", headers=key)

    assert recalled.json()["state"] == "recalled"
    assert (replaced.status_code, replaced.json()["version"]) == (201, 2)
    assert archived.json()["state"] == "archived"


def test_narrow_key_does_nothing_else(staff):
    document, key = make.processed(by=staff), program(staff, "documents:read")

    assert Client().get(f"{ROOT}/{document.pk}", headers=key).status_code == 200
    assert Client().post(f"{ROOT}/{document.pk}/archive", headers=key).status_code == 403
    assert send(key, type=make.kind().slug).status_code == 403
    assert Client().get(ROOT).status_code == 401


def test_list_pages_by_key_and_refuses_absurd_values(staff):
    made = [make.uploaded(by=staff, title=f"Документ {n}") for n in range(3)]
    key = program(staff)

    first = Client().get(ROOT, {"limit": 2}, headers=key).json()
    second = Client().get(ROOT, {"limit": 2, "after": first["next"]}, headers=key).json()

    assert [row["id"] for row in first["results"] + second["results"]] == [str(one.pk) for one in reversed(made)]
    assert second["next"] is None
    for wrong in ({"state": "gone"}, {"after": "x"}, {"limit": "-1"}, {"q": "a\0"}, {"limit": "1e999"}):
        assert Client().get(ROOT, wrong, headers=key).status_code == 422


def test_list_costs_the_same_for_one_and_three(staff, django_assert_max_num_queries):
    key = program(staff)
    for _n in range(3):
        make.uploaded(by=staff)

    with django_assert_max_num_queries(6):
        assert len(Client().get(ROOT, headers=key).json()["results"]) == 3


def test_item_23_client_sees_only_his_own(staff):
    mine, other = make.processed(by=staff), make.processed(by=staff)
    assert mine.client is not None
    key = program(mine.client, "documents:read")

    assert Client().get(f"{ROOT}/{mine.pk}", headers=key).status_code == 200
    assert Client().get(f"{ROOT}/{other.pk}", headers=key).status_code == 404
    assert [row["id"] for row in Client().get(ROOT, headers=key).json()["results"]] == [str(mine.pk)]


def test_file_comes_back_whole_and_in_parts(staff):
    data = files.pdf("назад")
    document, key = make.processed(by=staff, data=data), program(staff)

    whole = Client().get(f"{ROOT}/{document.pk}/file", headers=key)
    part = Client().get(f"{ROOT}/{document.pk}/file", headers=key | {"Range": "bytes=5-9"})
    outside = Client().get(f"{ROOT}/{document.pk}/file", headers=key | {"Range": f"bytes={len(data)}-"})

    assert b"".join(whole.streaming_content) == data
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert (part.status_code, b"".join(part.streaming_content)) == (206, data[5:10])
    assert outside.status_code == 416


def test_facts_name_the_key(staff):
    send(program(staff), type=make.kind().slug)

    assert set(AuditEntry.objects.filter(action="document.created").values_list("actor_kind", flat=True)) == {"key"}


@pytest.mark.parametrize("body", ["[1]", '"x"', "{", "null", '{"comment": {"a": 1}}', '{"version": 99999999999}'])
def test_nonsense_bodies_are_refused(staff, body):
    document = make.in_state("approval")

    answer = Client().post(
        f"{ROOT}/{document.pk}/approve",
        body,
        content_type="application/json",
        headers=program(make.person(Role.APPROVER)),
    )

    assert answer.status_code in (400, 422)
