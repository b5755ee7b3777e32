"""The second factor: each code passes once, five wrong ones pause it, recovery codes are used up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from time_machine import TimeMachineFixture

from accounts import second_factor
from accounts.models import Authenticator, User
from docflow.common import clock
from docflow.common.errors import NotPossible, NotValid, Refused, TooMany
from tests.accounts.totp import digits
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    user = make.staff()
    make.authenticator(user)
    return user


def test_item_8_code_of_now_passes_once(user: User) -> None:
    second_factor.check(user, digits())

    with pytest.raises(NotValid):
        second_factor.check(user, digits())


def test_code_with_spaces_passes(user: User) -> None:
    code = digits()

    assert second_factor.check(user, f" {code[:3]} {code[3:]} ").user == user


@pytest.mark.parametrize("steps", [-2, 2])
def test_item_9_code_two_steps_away_is_refused(user: User, steps: int, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(clock.now(), tick=False)

    with pytest.raises(NotValid):
        second_factor.check(user, digits(steps=steps))


@pytest.mark.parametrize("typed", ["", "12345", "١٢٣٤٥٦", "1e5", "0x1F40", "a" * 32, "-12345"])
def test_odd_codes_are_refused(user: User, typed: str) -> None:
    with pytest.raises(NotValid):
        second_factor.check(user, typed)


def test_five_wrong_codes_pause_even_the_right_one(user: User, time_machine: TimeMachineFixture) -> None:
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(NotValid) as refused:
            second_factor.check(user, "000000x")
        assert refused.value.extra == {"tries_left": left}

    with pytest.raises(TooMany):
        second_factor.check(user, digits())
    time_machine.move_to(clock.now() + timedelta(minutes=15, seconds=1))
    assert second_factor.check(user, digits()).failures == 0


def test_item_8_recovery_code_passes_once_in_any_spelling(user: User) -> None:
    code = second_factor.make_recovery_codes(user)[0]

    second_factor.check(user, code.upper().replace("-", " "))

    assert second_factor.codes_left(user) == 9
    with pytest.raises(NotValid):
        second_factor.check(user, code)


def test_new_recovery_codes_kill_the_earlier(user: User) -> None:
    old = second_factor.make_recovery_codes(user)[0]
    second_factor.make_recovery_codes(user)

    with pytest.raises(NotValid):
        second_factor.check(user, old)


def test_set_up_needs_a_right_code_and_happens_once() -> None:
    user, secret = make.staff(), second_factor.new_secret()

    with pytest.raises(NotValid):
        second_factor.set_up(user, secret, "000000x")
    device, codes = second_factor.set_up(user, secret, digits(secret))

    assert device.secret == secret
    assert len(set(codes)) == 10
    with pytest.raises(NotPossible):
        second_factor.set_up(user, secret, digits(secret, steps=1))


def test_secret_is_sealed_and_bound_to_its_person(user: User) -> None:
    stored = Authenticator.objects.get(user=user)

    assert bytes.fromhex(make.SECRET) not in bytes(stored.secret_sealed)
    assert make.SECRET.encode() not in bytes(stored.secret_sealed)
    with pytest.raises(NotValid):
        second_factor.carried(make.staff(), second_factor.carry(user, "aa"))


@pytest.mark.django_db(transaction=True)
def test_item_8_same_code_in_parallel_passes_once() -> None:
    user = make.staff()
    make.authenticator(user)
    code = digits()

    assert _parallel(user, [code] * 8).count("passed") == 1


@pytest.mark.django_db(transaction=True)
def test_item_10_parallel_guesses_are_judged_five_times() -> None:
    user = make.staff()
    make.authenticator(user)

    outcomes = _parallel(user, [f"x{number:05d}" for number in range(20)])

    assert outcomes.count("NotValid") == 5
    assert outcomes.count("TooMany") == 15


def _parallel(user: User, codes: list[str]) -> list[str]:
    def attempt(code: str) -> str:
        try:
            second_factor.check(user, code)
        except Refused as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "passed"

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(attempt, codes))
