"""The published description is true: valid, whole, and what comes back fits it."""

from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import URLPattern
from drf_spectacular.validation import validate_schema

from accounts.models import Role
from docflow import api
from notifications.models import Delivery
from tests.factories import documents as make
from tests.hostile.asking import DOCUMENTS, act, key_of, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(key) -> Any:
    answer = Client().get("/api/schema", headers=key)
    assert answer.status_code == 200
    return answer.json()


def test_it_is_openapi_3_1_and_names_every_route(schema):
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    published = {path.replace("{document_id}", "{}").replace("{delivery_id}", "{}") for path in schema["paths"]}
    routes = {
        "/api/v1/" + str(one.pattern).replace("<uuid:document_id>", "{}").replace("<uuid:delivery_id>", "{}")
        for part in api.patterns
        for one in part.url_patterns
        if isinstance(one, URLPattern)
    }
    assert published == routes


def test_every_operation_names_key_and_refusals(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["security"] == [{"key": []}], path
            assert {"401", "403"} <= set(operation["responses"]), path
            if method != "get":
                assert {"400", "404", "409", "415", "422"} - {"404" if "{" not in path else ""} <= set(
                    operation["responses"]
                )
                assert "Idempotency-Key" in {one["name"] for one in operation["parameters"]}, path
    assert schema["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}


def fits(schema: Any, answer: Any, path: str, method: str) -> None:
    """The answer is one of those described, status, type and body."""
    said = schema["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    kind = answer.headers["Content-Type"]
    jsonschema.validate(answer.json(), {**said[kind]["schema"], "components": schema["components"]})


def test_item_37_answers_fit_what_is_described(schema, key, staff):
    one, made = "/api/v1/documents/{document_id}", upload(key, type=make.kind().slug, title="A")
    fits(schema, made, DOCUMENTS, "post")
    where = f"{DOCUMENTS}/{made.json()['id']}"
    reader, strange = key_of(staff, "documents:read"), {"Authorization": "Bearer x"}

    fits(schema, upload(key, type="no-such"), DOCUMENTS, "post")
    fits(schema, upload(key, b"MZ" + bytes(99), type=make.kind().slug), DOCUMENTS, "post")
    fits(schema, act(key, DOCUMENTS, b"{}"), DOCUMENTS, "post")
    fits(schema, Client().get(DOCUMENTS, headers=key), DOCUMENTS, "get")
    fits(schema, Client().get(f"{DOCUMENTS}?state=x", headers=key), DOCUMENTS, "get")
    fits(schema, Client().get(where, headers=key), one, "get")
    fits(schema, Client().get(where[:-1] + "0", headers=key), one, "get")
    fits(schema, Client().get(where, headers=strange), one, "get")
    fits(schema, Client().get(f"{where}/deliveries", headers=key), one + "/deliveries", "get")
    fits(schema, act(key, f"{where}/approve", b"{"), one + "/approve", "post")
    fits(schema, act(key, f"{where}/approve"), one + "/approve", "post")
    fits(schema, act(reader, f"{where}/approve"), one + "/approve", "post")
    fits(schema, act(key, f"{where}/recall", b'{"comment": "x"}'), one + "/recall", "post")


def test_deliveries_have_their_shape():
    from tests.factories import accounts
    from tests.factories import notifications as told

    operator = make.person(Role.OPERATOR)
    document = make.uploaded()
    contact = accounts.contact(document.client, "phone", "+79120000145")
    told.delivery(contact, channel="sms", about={"subject_id": document.pk})
    Delivery.objects.update(attempt_no=1)
    from notifications.models import Notification

    Notification.objects.update(subject_kind="document")
    row = Client().get(f"{DOCUMENTS}/{document.pk}/deliveries", headers=key_of(operator)).json()["results"][0]

    assert {"id", "channel", "address", "state", "attempts"} <= set(row)
    assert row["address"] == "+7 912 ··· 45".replace(" ", "\u00a0") or "79120000145" not in row["address"]
