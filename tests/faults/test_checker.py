"""The judge itself: silent about a healthy run, and each rule hears its own crime."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults import checker
from tests.faults.evidence import Attempt, Call, Delivery, Document, Entry, Evidence, Fact, Step, Word
from tests.faults.load import ACCEPTED, REFUSED, Upload

T = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PROVIDERS = {"email": "smtp", "sms": "twilio", "telegram": "telegram"}
SECOND = timedelta(seconds=1)


def healthy() -> Evidence:
    """One letter, uploaded, read, ready, told in three ways."""
    deliveries = [
        Delivery(
            channel, "d", checker.READY, "client", 1, channel, "normal", 1, "delivered" if channel == "sms" else "sent",
            "", None, 1, 1, False, False, T, T + 2 * SECOND, T,
        )
        for channel in PROVIDERS
    ]  # fmt: skip
    return Evidence(
        uploads=[Upload("Letter", "m@x.test", "hash", ACCEPTED, "d")],
        calls=[Call(T + SECOND, provider, "m", channel, True) for channel, provider in PROVIDERS.items()],
        now=T + timedelta(minutes=5),
        documents=[Document("d", "Letter", "delivered", 1, "hash")],
        deliveries=deliveries,
        attempts=[Attempt(channel, 1, 7, T, T + 2 * SECOND, "ok", "", False) for channel in PROVIDERS],
        steps=[Step("d", kind, "ok", 1, T, None) for kind in ("check", "text", "pictures")],
        entries=[Entry(str(number), "d", action, T, True) for number, action in enumerate(checker.WAY)],
        receipts=[Word("sms", "delivered", True)],
    )


def twice(found: Evidence, channel: str, *, marked: bool) -> None:
    """A second message of that delivery, after a first one in doubt."""
    found.calls.append(Call(T + 5 * SECOND, PROVIDERS[channel], "m", channel, True))
    first = next(one for one in found.attempts if one.delivery == channel)
    found.attempts.remove(first)
    again = replace(first, number=2, opened_at=T + 4 * SECOND, finished_at=T + 6 * SECOND, possible_duplicate=marked)
    found.attempts += [replace(first, outcome="unknown", reason="process_died"), again]
    change(found, channel, attempt_no=2, possible_duplicate=marked)


def hidden(found: Evidence) -> None:
    """A repeat that is marked, and nobody is shown the mark."""
    twice(found, "email", marked=True)


def change(found: Evidence, channel: str, **fields: object) -> None:
    found.deliveries = [replace(one, **fields) if one.id == channel else one for one in found.deliveries]


def attempt(found: Evidence, channel: str, **fields: object) -> None:
    found.attempts = [replace(one, **fields) if one.delivery == channel else one for one in found.attempts]


def document(found: Evidence, **fields: object) -> None:
    found.documents = [replace(one, **fields) for one in found.documents]


def refuse(found: Evidence) -> None:
    found.uploads[0].outcome = REFUSED


def recall(found: Evidence) -> None:
    document(found, state="recalled")
    found.entries.append(Entry("9", "d", "document.recalled", T - timedelta(minutes=1), True))


def many_doubts(found: Evidence) -> None:
    found.connections = 0
    twice(found, "email", marked=True)


def frozen_then_killed(found: Evidence) -> None:
    """What a process left while it stood still was decided before it went on and was killed."""
    found.connections = 1
    for number, channel in enumerate(("email", "telegram")):
        first = next(one for one in found.attempts if one.delivery == channel)
        found.attempts.remove(first)
        begun = T + number * 60 * SECOND
        died = replace(first, opened_at=begun, finished_at=begun + 5 * SECOND, outcome="unknown", reason="process_died")
        found.attempts.append(died)
    found.deliveries = [replace(one, channel="email", lane="normal") for one in found.deliveries]


def test_doubts_of_one_process_count_while_they_are_open_together() -> None:
    found = healthy()
    frozen_then_killed(found)
    assert list(checker.doubt_is_bounded(found)) == []

    found.attempts = [replace(one, finished_at=T + 120 * SECOND) for one in found.attempts]
    assert list(checker.doubt_is_bounded(found)) == ["2 messages in doubt of email normal, owner 7"]


def test_a_healthy_run_is_green() -> None:
    assert checker.violations(healthy()) == []


def test_a_marked_repeat_is_no_crime() -> None:
    found = healthy()
    twice(found, "email", marked=True)
    found.shown.add("email")

    assert checker.violations(found) == []


CRIMES: list[tuple[str, Callable[[Evidence], object]]] = [
    ("accepted_is_never_lost", lambda found: found.documents.clear()),
    ("accepted_is_never_lost", lambda found: document(found, sha256="another")),
    ("accepted_is_never_lost", lambda found: document(found, state="checking")),
    ("nothing_came_from_nowhere", lambda found: found.documents.append(replace(found.documents[0], id="e"))),
    ("nothing_came_from_nowhere", refuse),
    ("no_answer_is_a_500", lambda found: found.uploads[0].answers.append("500 {}")),
    ("nothing_is_stuck", lambda found: found.unplanned.append(Fact(checker.READY, T, "", 0))),
    ("nothing_is_stuck", lambda found: found.steps.append(Step("d", "pictures", "", 1, T, T))),
    ("nothing_is_stuck", lambda found: change(found, "sms", state="sent", finished_at=None)),
    ("nothing_is_stuck", lambda found: change(found, "email", state="sending", owner=7)),
    ("nothing_is_stuck", lambda found: change(found, "email", unsettled=True)),
    ("every_letter_is_told_in_all_ways", lambda found: found.deliveries.pop()),
    ("every_letter_is_told_in_all_ways", lambda found: change(found, "email", state="failed")),
    ("every_letter_is_told_in_all_ways", lambda found: document(found, state="ready")),
    ("no_call_without_an_attempt", lambda found: found.attempts.clear()),
    ("no_call_without_an_attempt", lambda found: attempt(found, "sms", opened_at=T + 2 * SECOND)),
    ("no_call_without_an_attempt", lambda found: found.calls.append(Call(T, "smtp", "m", None, True))),
    ("nothing_is_doubled_silently", lambda found: twice(found, "email", marked=False)),
    ("nothing_is_doubled_silently", lambda found: twice(found, "sms", marked=True)),
    ("nothing_is_doubled_silently", hidden),
    ("what_is_called_sent_was_sent", lambda found: found.calls.pop()),
    ("what_is_called_sent_was_sent", lambda found: change(found, "email", state="withdrawn")),
    ("one_telling_for_one_fact", lambda found: found.deliveries.append(replace(found.deliveries[0], id="x"))),
    ("attempts_tell_a_straight_story", lambda found: attempt(found, "email", number=2)),
    ("attempts_tell_a_straight_story", lambda found: attempt(found, "email", outcome=None)),
    ("doubt_is_bounded", many_doubts),
    ("nobody_waits_in_calm", lambda found: setattr(found, "sweep_after", 0 * SECOND)),
    ("status_never_goes_back", lambda found: found.entries.append(replace(found.entries[3], id="9"))),
    ("status_never_goes_back", lambda found: change(found, "sms", state="sent")),
    ("what_was_taken_back_is_not_told", recall),
    ("the_journal_is_whole", lambda found: setattr(found, "journal_faults", "seal 4: entry missing")),
    ("the_journal_is_whole", lambda found: found.entries.append(Entry("9", "d", "x", T, False))),
]


@pytest.mark.parametrize(("rule", "commit"), CRIMES)
def test_each_rule_hears_its_crime(rule: str, commit: Callable[[Evidence], object]) -> None:
    found = healthy()
    commit(found)

    assert rule in {line.partition(":")[0] for line in checker.violations(found)}


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _commit in CRIMES} == {rule.__name__ for rule in checker.RULES}
