"""Secrets of links: whatever else is offered in their place, nothing opens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from accounts import tokens
from accounts.models import SecretToken
from docflow.common import clock
from docflow.common.errors import Gone
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
PURPOSES = ["setup", "invite", "reset", "verify", "telegram"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offered=st.text(max_size=80) | st.sampled_from(["", " ", "\0", "null", "None", "0", "[]", "{}", "x" * 1_048_576])
)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_nothing_else_is_a_token(purpose: str, offered: str) -> None:
    tokens.issue(purpose)

    with pytest.raises(Gone):
        tokens.find(purpose, offered)


def test_token_opens_once() -> None:
    token = tokens.issue("reset", user=make.client())

    tokens.redeem("reset", token)

    with pytest.raises(Gone):
        tokens.redeem("reset", token)


@pytest.mark.parametrize("other", ["invite", "setup", "verify"])
def test_token_of_another_purpose_does_not_open(other: str) -> None:
    token = tokens.issue("reset", user=make.client())

    with pytest.raises(Gone):
        tokens.redeem(other, token)


def test_newer_token_kills_the_older() -> None:
    user = make.client()
    older = tokens.issue("reset", user=user)
    tokens.issue("reset", user=user)

    with pytest.raises(Gone):
        tokens.find("reset", older)


def test_item_14_token_expires(time_machine: TimeMachineFixture) -> None:
    token = tokens.issue("reset", user=make.client())

    time_machine.move_to(clock.now() + timedelta(hours=1, seconds=1))

    with pytest.raises(Gone):
        tokens.find("reset", token)


def test_item_44_token_itself_is_not_stored() -> None:
    token = tokens.issue("reset", user=make.client())

    assert token not in str(list(SecretToken.objects.values()))


@pytest.mark.parametrize("broken", ["", "0", "A" * 64])
def test_empty_or_odd_hash_cannot_be_stored(broken: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SecretToken.objects.create(purpose="invite", token_hash=broken, expires_at=clock.now())


@pytest.mark.parametrize("place", ["reset", "invite", "setup", "verify"])
@pytest.mark.parametrize("offered", ["%20", "%00", "null", "0", "x" * 3000, "%ff%fe", "тест"])
def test_pages_answer_gone_to_guesses(place: str, offered: str) -> None:
    assert Client().get(f"/{place}/{offered}/").status_code == 410
