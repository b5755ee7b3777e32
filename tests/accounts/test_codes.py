"""One-time codes: bound, counted, short-lived, used once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from time_machine import TimeMachineFixture

from accounts import codes
from accounts.models import AuditEntry, Contact, OneTimeCode
from docflow.common import clock
from docflow.common.errors import Gone, NotValid, Refused, TooMany
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Contact:
    return make.contact(make.client(), "phone", "+79121234545")


def test_item_8_right_code_passes_once(contact: Contact, letters: list[Sent]) -> None:
    code = codes.issue(contact, "confirm", "link:1")

    codes.check(code.pk, f"{letters[0].secret[:3]} {letters[0].secret[3:]}", bound_to="link:1")

    with pytest.raises(Gone):
        codes.check(code.pk, letters[0].secret, bound_to="link:1")


def test_code_serves_only_its_act(contact: Contact, letters: list[Sent]) -> None:
    code = codes.issue(contact, "confirm", "link:1")

    with pytest.raises(Gone):
        codes.check(code.pk, letters[0].secret, bound_to="link:2")


def test_item_9_code_dies_after_ten_minutes(
    contact: Contact, letters: list[Sent], time_machine: TimeMachineFixture
) -> None:
    code = codes.issue(contact, "confirm", "link:1")

    time_machine.move_to(clock.now() + timedelta(minutes=10, seconds=1))

    with pytest.raises(Gone):
        codes.check(code.pk, letters[0].secret, bound_to="link:1")


def test_wrong_code_says_how_many_tries_are_left(contact: Contact) -> None:
    code = codes.issue(contact, "confirm", "link:1")

    with pytest.raises(NotValid) as refused:
        codes.check(code.pk, "x", bound_to="link:1")

    assert str(refused.value.message) == "That code didn't match. 4 tries left. Check the latest message."


def test_newer_code_kills_the_older(contact: Contact, letters: list[Sent], time_machine: TimeMachineFixture) -> None:
    older = codes.issue(contact, "confirm", "link:1")
    time_machine.move_to(clock.now() + timedelta(minutes=2))
    codes.issue(contact, "confirm", "link:1")

    with pytest.raises(Gone):
        codes.check(older.pk, letters[0].secret, bound_to="link:1")


def test_next_code_waits_a_minute(contact: Contact) -> None:
    codes.issue(contact, "confirm", "link:1")

    with pytest.raises(TooMany):
        codes.issue(contact, "confirm", "link:1")


def test_code_is_nowhere_in_the_database(contact: Contact, letters: list[Sent]) -> None:
    codes.issue(contact, "confirm", "link:1")

    stored = str(list(OneTimeCode.objects.values())) + str(list(AuditEntry.objects.values()))

    assert f"'{letters[0].secret}'" not in stored


@pytest.mark.django_db(transaction=True)
def test_item_10_parallel_guesses_are_judged_five_times() -> None:
    contact = make.contact(make.client(), "phone", "+79121234545")
    code = codes.issue(contact, "confirm", "link:1")

    def attempt(number: int) -> str:
        try:
            codes.check(code.pk, f"x{number}", bound_to="link:1")
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "passed"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(20)))

    assert (outcomes.count("wrong_code"), outcomes.count("code_dead")) == (5, 15)
