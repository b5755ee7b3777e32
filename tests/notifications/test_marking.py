"""Claims, marks and what fences them."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from accounts.models import Contact
from docflow.common import clock
from notifications import recovery
from notifications.journal import Phase
from notifications.marking import LOCK_SPACE, Claimed, Lost, Marker, Stop
from notifications.models import Attempt, Delivery
from notifications.outcomes import Close
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contact() -> Contact:
    return accounts.client().contacts.get()


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [LOCK_SPACE])
        return bool(cursor.fetchone()[0])


def _recovered() -> int:
    """The server notices the end of a session a moment later."""
    until(lambda: not _locked())
    return recovery.recover()


def _close(row: Delivery, owner: int, state: str = "sent") -> Close:
    return Close(row.pk, 1, owner, "ok", state, provider_ref="r1", answer='250\0 "OK" \\o/', final=True, duration=0.1)


def test_a_mark_closes_one_group_and_opens_the_next(hand: Marker, contact: Contact) -> None:
    first, second = make.delivery(contact), make.delivery(contact)
    claimed = {one.id: one for one in hand.claim("normal", "email", 10)}

    opened = hand.mark([], [claimed[first.pk]]).opened
    done = hand.mark([_close(first, hand.owner)], [claimed[second.pk]])

    assert opened == {first.pk}
    assert (done.closed, done.opened) == ({first.pk}, {second.pk})
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {first.pk: "sent", second.pk: "sending"}
    assert Delivery.objects.get(pk=first.pk).answer == '250 "OK" \\o/'
    assert list(Attempt.objects.order_by("opened_at").values_list("outcome", flat=True)) == ["ok", None]


def test_what_is_not_due_or_held_by_another_is_left(hand: Marker, contact: Contact) -> None:
    make.delivery(contact, due_at=clock.now() + timedelta(hours=1))
    make.delivery(contact, state="held")
    make.delivery(contact, lane="bulk")
    make.delivery(contact, state="sent")
    assert hand.claim("normal", "email", 10) == []


def test_what_one_has_claimed_nobody_else_gets_until_the_transaction_ends(hand: Marker, contact: Contact) -> None:
    make.delivery(contact)
    found: list[int] = []

    def claim() -> None:
        found.append(len(hand.claim("normal", "email", 10)))
        connection.close()

    with transaction.atomic():
        assert len(hand.claim("normal", "email", 10)) == 1
        other = threading.Thread(target=claim)
        other.start()
        other.join()
    claim()

    assert found == [0, 1]
    assert Delivery.objects.get().owner is None


def test_what_a_process_that_stands_still_has_claimed_is_anybodys_after_a_lease(
    hand: Marker, contact: Contact, settings: Settings
) -> None:
    settings.ENGINE = {**settings.ENGINE, "lease": 1}
    make.delivery(contact)
    found: list[list[Claimed]] = []

    def claim() -> bool:
        found.append(hand.claim("normal", "email", 10))
        return bool(found[-1])

    def wait_for_it() -> None:
        until(claim)
        connection.close()

    def stand_still() -> None:
        with transaction.atomic():
            hand.begin()
            claim()
            other = threading.Thread(target=wait_for_it)
            other.start()
            other.join()
            hand.mark([], found[0])

    with pytest.raises(DatabaseError):
        stand_still()
    connection.close()

    assert [one.id for one in found[-1]] == [one.id for one in found[0]]
    assert found[1] == []
    assert Delivery.objects.get().state == "queued"


def test_nobody_else_can_open_or_close(hand: Marker, contact: Contact, tmp_path: Path) -> None:
    row = make.delivery(contact)
    seen = hand.claim("normal", "email", 1)
    other = Marker()
    assert hand.mark([], seen).opened == {row.pk}
    assert other.mark([], seen).opened == set()
    assert other.mark([_close(row, other.owner)], []).closed == set()
    assert hand.mark([_close(row, hand.owner)], []).closed == {row.pk}
    assert hand.mark([_close(row, hand.owner, "failed")], []).closed == set()
    other.close()


def test_a_stop_ends_or_puts_back(hand: Marker, contact: Contact) -> None:
    ended, later = make.delivery(contact), make.delivery(contact)
    hand.claim("normal", "email", 10)
    hand.mark([], [], [Stop(ended.pk, 0, "suppressed", "no_right"), Stop(later.pk, 0, "queued", "rate", wait=60)])

    ended.refresh_from_db()
    later.refresh_from_db()
    assert (ended.state, ended.reason, ended.owner, ended.unsettled) == ("suppressed", "no_right", None, True)
    assert (later.state, later.owner) == ("queued", None)
    assert later.due_at > clock.now() + timedelta(seconds=50)
    assert hand.claim("normal", "email", 10) == []


@pytest.mark.parametrize("doubt", ["unknown", "retrying", "held"])
def test_a_late_answer_settles_what_had_become_unknown(hand: Marker, contact: Contact, doubt: str) -> None:
    row = make.delivery(contact)
    hand.mark([], hand.claim("normal", "email", 1))
    Delivery.objects.filter(pk=row.pk).update(state=doubt, owner=None)

    hand.mark([_close(row, hand.owner)], [])

    row.refresh_from_db()
    assert row.state == "sent"
    assert row.attempts.get().outcome == "ok"


def test_what_was_to_be_repeated_is_not_when_its_late_answer_is_recorded_with_the_claim(
    hand: Marker, contact: Contact
) -> None:
    row = make.delivery(contact)
    hand.mark([], hand.claim("normal", "email", 1))
    Delivery.objects.filter(pk=row.pk).update(state="retrying", owner=None)

    done = hand.mark([_close(row, hand.owner)], hand.claim("normal", "email", 1))

    assert (done.closed, done.opened) == ({row.pk}, set())
    assert Delivery.objects.get().state == "sent"
    assert Attempt.objects.count() == 1


def test_a_late_refusal_does_not_end_what_will_be_repeated(hand: Marker, contact: Contact) -> None:
    row = make.delivery(contact)
    hand.mark([], hand.claim("normal", "email", 1))
    Delivery.objects.filter(pk=row.pk).update(state="retrying", owner=None)

    hand.mark([_close(row, hand.owner, "failed")], [])

    assert Delivery.objects.get().state == "retrying"


def test_without_its_session_nothing_is_opened_and_it_comes_back_under_the_same_number(
    hand: Marker, contact: Contact
) -> None:
    make.delivery(contact)
    hand.session()
    owner = hand.owner
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'docflow marker' AND datname = current_database()"
        )
    with pytest.raises(Lost):
        hand.mark([], hand.claim("normal", "email", 1))

    assert Delivery.objects.get().state == "queued"
    assert len(hand.mark([], hand.claim("normal", "email", 1)).opened) == 1
    assert hand.owner == owner


def test_a_dead_owners_rows_are_judged_by_its_journal(contact: Contact, settings: Settings, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path
    dead = Marker()
    journal = dead.session()
    rows = {name: make.delivery(contact) for name in ("claimed", "begun", "doubtful", "accepted")}
    claimed = {one.id: one for one in dead.claim("normal", "email", 10)}
    dead.mark([], [claimed[rows[name].pk] for name in ("begun", "doubtful", "accepted")])
    journal.write(journal.take(), rows["doubtful"].pk, 1, Phase.COMMITTING)
    journal.write(journal.take(), rows["accepted"].pk, 1, Phase.ACCEPTED)
    content = journal.path.read_bytes()
    path = journal.path

    assert recovery.recover() == 0
    dead.close()
    path.write_bytes(content)
    assert _recovered() == 3

    for name, state in {"claimed": "queued", "begun": "retrying", "doubtful": "unknown", "accepted": "sent"}.items():
        rows[name].refresh_from_db()
        assert (rows[name].state, rows[name].owner) == (state, None), name
    assert not path.exists()


def test_without_a_journal_everything_begun_is_in_doubt_after_its_lease(
    contact: Contact, settings: Settings, tmp_path: Path
) -> None:
    settings.JOURNAL_DIR = tmp_path
    dead = Marker()
    row = make.delivery(contact)
    dead.mark([], dead.claim("normal", "email", 10))
    dead.close()

    until(lambda: not _locked())
    assert recovery.recover() == 0
    Delivery.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert recovery.recover() == 1

    row.refresh_from_db()
    assert (row.state, row.reason) == ("unknown", "process_died")
