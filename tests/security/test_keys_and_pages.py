"""The API's pace, keys that end, repeated parameters, markers in every text column, an audit that cannot be written."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from time_machine import TimeMachineFixture

from accounts import contacts, keys
from accounts.audit import SYSTEM
from accounts.models import ApiKey, Contact, Organisation
from docflow.common import clock, crypto
from documents.models import Document, DocumentType
from tests.architecture.test_access_matrix import page_routes, rows
from tests.factories import accounts as make
from tests.factories import documents

MARKER = "\"'><img src=x onerror=alert(1)>{{7*7}}"
pytestmark = pytest.mark.django_db


def asks(headers: dict[str, str], **parameters: object) -> HttpResponse:
    return Client().get("/api/v1/documents", parameters, headers=headers)


def test_item_38_one_key_cannot_take_all_the_room(settings: Settings) -> None:
    settings.API_PACE = 3
    headers, other = (make.bearer(make.staff(), "documents:read") for _number in range(2))

    answers = [asks(headers) for _number in range(5)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "10"
    assert answers[-1].headers["RateLimit-Policy"] == "3;w=10"
    assert answers[-1].json()["code"] == "throttled"
    assert asks(other).status_code == 200


def test_item_38_a_hundred_requests_a_second_are_within_the_pace(settings: Settings) -> None:
    assert settings.API_PACE >= 100 * 10


def test_item_40_of_repeated_parameters_the_last_one_counts() -> None:
    headers = make.bearer(make.staff(), "documents:read")
    for _number in range(3):
        documents.uploaded()

    answer = Client().get("/api/v1/documents?limit=1&limit=2", headers=headers)

    assert len(answer.json()["results"]) == 2
    assert Client().get("/api/v1/documents?limit=2&limit=x", headers=headers).status_code == 422


def test_item_42_a_key_ends_with_its_last_day_and_its_text_is_kept_nowhere(time_machine: TimeMachineFixture) -> None:
    key, text = keys.make(
        make.staff(), "short", ["documents:read"], by=SYSTEM, expires_at=clock.now() + timedelta(days=1)
    )
    headers = {"Authorization": f"Bearer {text}"}
    assert asks(headers).status_code == 200

    time_machine.move_to(clock.now() + timedelta(days=1, seconds=1))

    assert asks(headers).status_code == 401
    assert text.rpartition("_")[2] not in str(ApiKey.objects.values().get(pk=key.pk))


def test_item_42_no_key_makes_or_widens_a_key() -> None:
    """Keys are made in the administration alone; no address of the API takes scopes."""
    headers = make.bearer(make.administrator(), *keys.SCOPES)

    assert (
        Client().post("/admin/accounts/apikey/add/", {"scopes": "documents:write"}, headers=headers).status_code == 302
    )
    assert not ApiKey.objects.exclude(name="test").exists()


def test_item_63_nonces_do_not_repeat() -> None:
    sealed = [crypto.seal(b"", "place")[2 : 2 + crypto.NONCE_BYTES] for _number in range(100_000)]

    assert len(set(sealed)) == len(sealed)


@pytest.mark.django_db(transaction=True)
def test_item_70_what_cannot_be_written_down_is_not_done() -> None:
    user = make.client()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the journal is full'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON accounts_auditentry FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        with pytest.raises(DatabaseError), transaction.atomic():
            contacts.add(user, "email", "second@example.com", by=user)
        with pytest.raises(DatabaseError):
            keys.make(user, "x", [], by=SYSTEM)
        browser = Client(raise_request_exception=False)
        browser.post("/sign-in/", {"email": user.email, "password": "wrong"})
        assert Contact.objects.filter(user=user).count() == 1
        assert not ApiKey.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse ON accounts_auditentry; DROP FUNCTION refuse()")


def planted() -> None:
    """The marker in every free text column of every row there is."""
    for model in (Document, DocumentType, Organisation, *_others()):
        texts = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.choices and _is_free(field)
        ]
        if texts:
            model._default_manager.update(**{name: MARKER[: _room(model, name)] for name in texts})


def _others() -> list[type[models.Model]]:
    from accounts.models import Group, Installation, User

    return [User, Group, Installation]


def _is_free(field: models.Field) -> bool:  # type: ignore[type-arg]
    return not field.unique and field.name in {
        "name", "address_as", "position", "title", "number", "purpose", "name_ru", "name_en", "short_name_ru",
        "short_name_en", "phone", "hours_ru", "hours_en",
    }  # fmt: skip


def _room(model: type[models.Model], name: str) -> int:
    return model._meta.get_field(name).max_length or 1000


@pytest.mark.parametrize("who", ["administrator", "staff", "client"])
def test_item_50_no_text_becomes_markup_anywhere(who: str) -> None:
    person = make.person(who, organisation=make.organisation())
    there = rows()
    documents.uploaded()
    planted()
    browser = make.browser(person)
    seen = 0
    for route in page_routes():
        place = "_".join(route.path.split("/")[2:4])
        path = route.path.replace("01980000-0000-7000-8000-000000000000", there.get(place, str(UUID(int=0))))
        answer = browser.get(path)
        if answer.status_code == 200 and not answer.streaming:
            page = answer.content.decode(errors="replace")
            assert "<img src=x" not in page, path
            assert "49" not in page.partition("onerror=alert(1)")[2][:12], path
            seen += "&lt;img" in page
    for document in Document.objects.all():
        page = browser.get(f"/documents/{document.pk}/").content.decode()
        assert "<img src=x" not in page

    assert seen >= (3 if who != "client" else 1)


def test_item_67_who_was_refused_what_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    person = make.staff()

    make.browser(person).get("/admin/channels/")
    Client(enforce_csrf_checks=True).post("/sign-in/", {"email": person.email, "password": "x"})

    told = [dict(record.msg) for record in caplog.records if isinstance(record.msg, dict)]
    denied = [one for one in told if one["event"] == "denied"]
    assert (denied[0]["person"], denied[0]["path"], denied[0]["method"]) == (str(person.pk), "/admin/channels/", "GET")
    assert (denied[1]["code"], denied[1]["network"]) == ("csrf", "127.0.0.1")
    assert person.email not in str(denied)
