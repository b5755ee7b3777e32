"""When again, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications import retry

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SCHEDULE = (5.0, 30.0, 120.0)


def test_the_schedule_is_followed_with_a_fifth_of_jitter() -> None:
    for tries, step in enumerate(SCHEDULE, start=1):
        waits = [
            retry.wait(tries, schedule=SCHEDULE, now=NOW, expires_at=NOW + timedelta(days=1)) for _number in range(50)
        ]
        assert all(wait is not None and step * 0.8 <= wait <= step * 1.2 for wait in waits)


def test_the_last_step_repeats_until_it_is_too_late() -> None:
    wait = retry.wait(40, schedule=SCHEDULE, now=NOW, expires_at=NOW + timedelta(minutes=10))
    assert wait is not None
    assert wait >= 96
    assert retry.wait(40, schedule=SCHEDULE, now=NOW, expires_at=NOW + timedelta(seconds=90)) is None


@pytest.mark.parametrize(("asked", "given"), [(30.0, 30.0), (0.0, 1.0), (90_000.0, 3600.0)])
def test_a_providers_wish_is_obeyed_within_reason(asked: float, given: float) -> None:
    assert retry.wait(1, schedule=SCHEDULE, now=NOW, expires_at=NOW + timedelta(days=1), retry_after=asked) == given
