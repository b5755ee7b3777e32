"""Refusals and faults: a calm page, or the same words as problem JSON."""

import json
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from docflow import errors
from docflow.common.errors import Gone, NotAllowed, NotFound, NotPossible, NotValid, Refused, TooLarge, TooMany
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing"])
def test_unknown_address(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 404
    assert ("problem+json" in answer["Content-Type"]) == path.startswith("/api/")


@pytest.mark.parametrize("refused", [NotAllowed, NotFound, NotPossible, Gone, TooLarge, NotValid, TooMany])
def test_each_refusal_has_its_status_and_words(refused: type[Refused]) -> None:
    page = errors.refusal(_asked("/documents/"), refused("Сначала проверьте номер."))
    problem = errors.refusal(_asked("/api/v1/documents"), refused("Сначала проверьте номер.", code="number"))

    assert page.status_code == problem.status_code == refused.status
    assert "Сначала проверьте номер." in page.content.decode()
    body = json.loads(problem.content)
    assert (body["status"], body["code"], body["detail"]) == (refused.status, "number", "Сначала проверьте номер.")
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}


def test_waiting_time_is_said_in_the_header() -> None:
    assert errors.refusal(_asked("/"), TooMany("Wait.", retry_after=60))["Retry-After"] == "60"


def test_item_37_our_fault_shows_a_code_and_nothing_of_the_inside() -> None:
    page = errors.our_fault(_asked("/documents/")).content.decode()

    assert "Code" in page
    assert "Traceback" not in page
    assert str(Path(__file__).parents[2]) not in page


def test_text_of_a_refusal_is_escaped() -> None:
    page = errors.refusal(_asked("/"), NotValid("<script>alert(1)</script>")).content.decode()

    assert "<script>alert(1)" not in page


def test_form_without_token_is_refused_in_words() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.client(), backend="accounts.backends.EmailBackend")

    answer = browser.post("/me/", {"name": "x"})

    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()


def _asked(path: str) -> HttpRequest:
    return RequestFactory().get(path)
