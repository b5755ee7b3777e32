"""`Idempotency-Key` under abuse: one effect, whoever repeats, whatever dies in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.models import Model
from django.http import HttpResponse

from accounts.models import IdempotentAnswer, Role
from docflow.common import clock
from documents.models import Document
from tests import files
from tests.factories import documents as make
from tests.faults.test_commit import cut, when_recorded
from tests.hostile.asking import key_of, refused, upload


@pytest.mark.django_db
@pytest.mark.parametrize("key_text", ["a" * 201, "a\0b", "\x7f", "ключ".encode().decode("latin-1")])
def test_a_strange_idempotency_key_is_refused(key, key_text):
    refused(upload(key | {"Idempotency-Key": key_text}, type=make.kind().slug), 422)


@pytest.mark.django_db
def test_item_43_another_body_under_the_same_key_is_told_apart(key):
    kind, repeated = make.kind(), key | {"Idempotency-Key": "k"}
    assert upload(repeated, type=kind.slug, title="A", number="1\npurpose=2").status_code == 201

    for other in (
        {"title": "A", "number": "1", "purpose": "2"},
        {"title": "B", "number": "1\npurpose=2"},
        {"title": ["B", "A"], "number": "1\npurpose=2"},
        {"title": "A", "number": "1\npurpose=2", "name": "other.pdf"},
    ):
        assert refused(upload(repeated, type=kind.slug, **other), 422)["code"] == "key_reused"
    assert Document.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_item_43_who_dies_before_the_commit_leaves_neither_effect_nor_answer():
    repeated, kind = key_of(make.person(Role.STAFF)) | {"Idempotency-Key": "k"}, make.kind()
    with when_recorded(cut), pytest.raises(OperationalError):
        upload(repeated, type=kind.slug)
    connection.close()
    assert not Document.objects.exists()

    assert upload(repeated, type=kind.slug).status_code == 201
    assert Document.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_item_43_what_was_committed_is_answered_again_however_late():
    """The effect and its answer become visible together, so no death falls between them."""
    repeated, kind = key_of(make.person(Role.STAFF)) | {"Idempotency-Key": "k"}, make.kind()
    seen: list[tuple[int, int]] = []
    with when_recorded(lambda: seen.append(elsewhere(Document, IdempotentAnswer))):
        first = upload(repeated, type=kind.slug)

    assert set(seen) == {(0, 0)}
    assert elsewhere(Document, IdempotentAnswer) == (1, 1)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        again = upload(repeated, type=kind.slug)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


def elsewhere(*models: type[Model]) -> tuple[int, ...]:
    """How many rows of each another connection sees."""

    def count() -> tuple[int, ...]:
        try:
            return tuple(model._default_manager.count() for model in models)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(count).result()


@pytest.mark.django_db
def test_a_refusal_is_not_kept(key):
    kind, repeated = make.kind(), key | {"Idempotency-Key": "k"}
    refused(upload(repeated, b"MZ", type=kind.slug), 415)

    assert not IdempotentAnswer.objects.exists()
    assert upload(repeated, type=kind.slug).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_while_the_first_one_runs_the_second_is_told_so():
    repeated, kind = key_of(make.person(Role.STAFF)) | {"Idempotency-Key": "k"}, make.kind()
    answers: list[HttpResponse] = []

    def second() -> None:
        def ask() -> HttpResponse:
            try:
                return upload(repeated, type=kind.slug)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            answers.append(pool.submit(ask).result())

    with when_recorded(second):
        assert upload(repeated, type=kind.slug).status_code == 201

    assert refused(answers[0], 409)["code"] == "still_running"


@pytest.mark.django_db
def test_a_resend_repeated_is_one_resend(staff):
    assert "Idempotency-Key" in str(_schema_of("/api/v1/deliveries/{delivery_id}/resend"))


def _schema_of(path: str) -> object:
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)["paths"][path]["post"]


@pytest.mark.django_db(transaction=True)
def test_item_43_many_at_once_have_one_effect():
    headers = key_of(make.person(Role.STAFF)) | {"Idempotency-Key": "k"}
    kind, data = make.kind(), files.pdf("once")

    def ask(_number: int) -> int:
        try:
            return upload(headers, data, type=kind.slug).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(ask, range(24)))

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Document.objects.count() == 1
