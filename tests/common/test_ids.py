"""Identifiers sort by time and cannot be guessed."""

from datetime import UTC, datetime, timedelta

import time_machine

from docflow.common import ids


def test_ids_are_version_seven_and_all_different():
    made = [ids.new_id() for _ in range(5000)]

    assert len(set(made)) == 5000
    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}


def test_later_ids_sort_later():
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False) as clock:
        first = ids.new_id()
        clock.shift(timedelta(milliseconds=1))
        second = ids.new_id()

    assert first < second
    assert first.int >> 80 == int(datetime(2026, 11, 21, tzinfo=UTC).timestamp() * 1000)


def test_facts_of_one_millisecond_sort_as_they_were_made() -> None:
    made = []
    for _round in range(50):
        made.append(ids.new_id())
        sum(range(500))  # what is done between two facts takes longer than a quarter of a microsecond

    assert made == sorted(made)
