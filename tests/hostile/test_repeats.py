"""`Idempotency-Key` under abuse: one effect, whoever repeats, whatever dies in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import IdempotentAnswer, Role
from docflow.common import clock
from documents.models import Document
from tests import files
from tests.factories import documents as make
from tests.hostile.asking import key_of, refused, upload


@pytest.mark.django_db
@pytest.mark.parametrize("key_text", ["a" * 201, "a\0b", "\x7f", "ключ".encode().decode("latin-1")])
def test_a_strange_idempotency_key_is_refused(key, key_text):
    refused(upload(key | {"Idempotency-Key": key_text}, type=make.kind().slug), 422)


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_told_apart(key):
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


@pytest.mark.django_db
def test_the_key_of_a_request_that_died_can_be_used_again_after_a_while(key, staff):
    kind, repeated = make.kind(), key | {"Idempotency-Key": "k"}
    IdempotentAnswer.objects.all().delete()
    assert upload(repeated, type=kind.slug).status_code == 201
    Document.objects.all().delete()
    IdempotentAnswer.objects.update(status=None, answer=None)

    assert refused(upload(repeated, type=kind.slug), 409)["code"] == "still_running"
    IdempotentAnswer.objects.update(created_at=clock.now() - timedelta(minutes=11))
    assert upload(repeated, type=kind.slug).status_code == 201


@pytest.mark.django_db
def test_a_resend_repeated_is_one_resend(staff):
    assert "Idempotency-Key" in str(_schema_of("/api/v1/deliveries/{delivery_id}/resend"))


def _schema_of(path: str) -> object:
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)["paths"][path]["post"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect():
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
