"""Thousands of requests made from the published description: no fault of ours, and no answer that it does not name.

The description that programs get is read; four people ask, each with a key. `--full` asks five times as often.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from accounts.models import Role, User
from docflow.wsgi import application
from tests import files
from tests.factories import accounts
from tests.factories import documents as make
from tests.factories import notifications as told
from tests.hostile.asking import key_of

pytestmark = pytest.mark.django_db

ROLES = ("staff", "approver", "administrator", "client")
EACH, EACH_IN_FULL = 500, 2500  # requests of one role
HOME = "http://testserver"
# Which types exist, which clients are known and what a state allows cannot be said in a description.
UNSAYABLE = [positive_data_acceptance, negative_data_rejection]
STATES = ("uploaded", "rejected", "failed", "approval", "rework", "ready", "acknowledged", "recalled", "archived")
SOUND_FILES = (files.pdf(), b"plain text", files.picture("png"), files.docx(), b"")


class Ground:
    """Documents in all states, their deliveries and types: what made-up requests are about, two times of three."""

    def __init__(self, asker: User) -> None:
        route = make.kind({"role": Role.APPROVER})
        details = {"by": asker if asker.has_role(Role.STAFF) else make.person()}
        if asker.is_client:
            details["client"] = asker
        made = [make.in_state(state, **details) for state in STATES if state != "approval"]
        made.append(make.in_state("approval", type_=route, **details))
        contact = accounts.contact(made[0].client, "phone", "+79120000145")
        deliveries = [
            told.delivery(contact, channel="sms", state=state, about={"subject_id": one.pk})
            for one, state in zip(made, ("sent", "failed", "planned"), strict=False)
        ]
        self.ids = {
            "document_id": [str(one.pk) for one in made],
            "delivery_id": [str(one.pk) for one in deliveries],
        }
        self.slugs = [route.slug, made[0].type.slug]

    def placed(self, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        """Path parameters that mostly name something."""
        for name, known in self.ids.items():
            if parameters and name in parameters and (chosen := _number(parameters[name])) % 3:
                parameters[name] = known[chosen % len(known)]
        return parameters

    def filled(self, body: Any) -> Any:
        """A form that mostly names a type and carries something like a document."""
        if isinstance(body, dict) and "file" in body and (chosen := _number(repr(body))) % 3:
            body["file"] = SOUND_FILES[chosen % len(SOUND_FILES)]
            if "type" in body:
                body["type"] = self.slugs[chosen % len(self.slugs)]
        return body


def _number(value: object) -> int:
    """Always the same one for the same value, so that what failed can be asked again."""
    try:
        return UUID(str(value)).int
    except ValueError:
        return sum(str(value).encode(errors="replace"))


def asker(role: str) -> User:
    """Somebody with the role; administrators upload, too."""
    return make.person(*(Role.STAFF,) * (role == "administrator"), role)


@pytest.fixture(autouse=True)
def _one_connection(settings, caplog) -> Iterator[None]:
    """The requests share the test's transaction, as with Django's own client: a request's end must not close it."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]  # the second is what the library's own questions name
    caplog.set_level(logging.CRITICAL)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ROLES)
def test_whatever_the_description_allows_gets_a_described_answer(role, pytestconfig):
    person = asker(role)
    ground, headers = Ground(person), key_of(person)
    schema = schemathesis.openapi.from_wsgi("/api/schema", application, headers=headers, base_url=HOME)
    schema.hook("map_path_parameters")(lambda context, path_parameters: ground.placed(path_parameters))
    schema.hook("map_body")(lambda context, body: ground.filled(body))
    operations = [one.ok() for one in schema.get_all_operations()]
    each = EACH_IN_FULL if pytestconfig.getoption("--full") else EACH
    faults: list[str] = []
    answers: Counter[int] = Counter()
    for operation in operations:
        for mode in GenerationMode:
            ask(operation.as_strategy(mode), each // len(operations) // 2 + 1, headers, faults, answers)
    assert sum(answers.values()) >= each
    assert faults == []


def sendable(body: Any, media_type: str | None) -> Any:
    """A form's file that is to go out as JSON loses its bytes: the library's client cannot write them so."""
    if media_type == "application/json" and isinstance(body, dict) and isinstance(body.get("file"), bytes):
        return body | {"file": "bytes"}
    return body


def told_of(failed: BaseException) -> str:
    """What the library found, in one line."""
    found = failed.exceptions if isinstance(failed, FailureGroup) else [failed]
    return "; ".join(f"{type(one).__name__}: {str(one)[:300]!r}" for one in found)


def ask(strategy: Any, count: int, headers: dict[str, str], faults: list[str], answers: Counter[int]) -> None:
    """So many cases; every failure is kept, none is made smaller."""

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        case.body = sendable(case.body, case.media_type)
        answer = case.call(base_url=HOME, headers=headers)
        answers[answer.status_code] += 1
        try:
            case.validate_response(answer, headers=headers, excluded_checks=UNSAYABLE)
        except (FailureGroup, AssertionError) as failed:
            faults.append(
                f"{case.method} {case.operation.path} {answer.status_code} {told_of(failed)} {case.as_curl_command()}"
            )

    one()
