"""What becomes of the work of a process that died."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from accounts import subjects
from accounts.models import AuditEntry
from notifications import consequences, dispatch, recovery, resend
from notifications.journal import Phase
from notifications.marking import Marker
from notifications.models import Delivery
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated, until

pytestmark = pytest.mark.django_db(transaction=True)

Death = Callable[[Marker], None]


@pytest.fixture(autouse=True)
def journals(settings: Settings, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path / "journal"


MARKERS = """
SELECT pid FROM pg_stat_activity WHERE application_name = 'docflow marker' AND datname = current_database()
"""


def markers() -> set[int]:
    """The database's ends of all markers."""
    with connection.cursor() as cursor:
        cursor.execute(MARKERS)
        return {pid for (pid,) in cursor.fetchall()}


def die(death: Death) -> None:
    """Another process takes what is due and ends in the midst of it; the database has noticed when this returns."""
    before = markers()
    child = os.fork()
    if child == 0:
        try:
            death(Marker())
        finally:
            os._exit(9)
    os.waitpid(child, 0)
    until(lambda: markers() <= before)


def while_preparing(hand: Marker) -> None:
    claimed = hand.claim("normal", "email", 10)
    with hand.session().preparing([(one.id, one.attempt_no + 1, one.crashes) for one in claimed]):
        os._exit(9)


def in_the_call(hand: Marker) -> None:
    claimed = hand.claim("normal", "email", 10)
    hand.mark([], claimed)
    for one in claimed:
        hand.session().write(hand.session().take(), one.id, one.attempt_no + 1, Phase.BEGUN, one.crashes)


def while_it_waits(hand: Marker) -> None:
    hand.mark([], hand.claim("normal", "email", 10))


def past_the_point(hand: Marker) -> None:
    claimed = hand.claim("normal", "email", 10)
    hand.mark([], claimed)
    for one in claimed:
        hand.session().write(hand.session().take(), one.id, one.attempt_no + 1, Phase.COMMITTING)


@pytest.fixture
def letter() -> Delivery:
    things = make.register()
    client = accounts.client(email="anna@example.com")
    make.texts()
    return make.delivery(client.contacts.get(), about={"subject_id": make.thing(things, client=client)})


@pytest.mark.parametrize("death", [while_preparing, in_the_call])
def test_a_message_with_which_three_processes_died_is_parked_unsent(letter: Delivery, death: Death) -> None:
    for number in (1, 2, 3):
        assert letter.state in ("queued", "retrying")
        die(death)
        assert recovery.recover() == 1
        letter.refresh_from_db()
        assert letter.crashes == number
    consequences.settle()
    letter.refresh_from_db()

    assert (letter.state, letter.reason, letter.owner) == ("failed", "crashes", None)
    assert letter.finished_at
    assert not letter.attempts.exclude(outcome="transient").exists()
    told = AuditEntry.objects.get(action="delivery.failed").data["reason"]
    assert told["code"] == "crashes"
    assert told["ru"] != told["en"]

    again = resend.again(letter.pk, by=accounts.staff())
    assert (again.state, again.round, again.crashes) == ("queued", 2, 0)


@pytest.mark.parametrize("death", [while_it_waits, past_the_point])
def test_a_message_that_only_waited_or_was_past_the_point_is_not_blamed(letter: Delivery, death: Death) -> None:
    die(death)
    recovery.recover()
    letter.refresh_from_db()

    assert letter.crashes == 0
    assert letter.state == ("retrying" if death is while_it_waits else "unknown")


def test_a_message_that_kills_whoever_prepares_it_does_not_take_its_neighbours_along(
    channels: Simulated, run: Callable[[], None]
) -> None:
    deadly = Deadly()
    subjects.register(make.KIND, deadly)
    make.texts()
    for name in ("anna", "boris", "vera"):
        person = accounts.client(email=f"{name}@poison.test")
        made = make.delivery(person.contacts.get(), about={"subject_id": make.thing(deadly, client=person)})
        deadly.poison = deadly.poison or made.notification.subject_id

    for _number in range(3):
        die(lambda hand: dispatch.Drain("normal", "email", hand)._step(10) and None)
        recovery.recover()
    run()

    rows = Delivery.objects.values_list("state", "reason", "crashes")
    assert sorted(rows) == [("failed", "crashes", 3), ("sent", "", 0), ("sent", "", 0)]
    assert len(channels.ledger("anna@poison.test")) == 0
    assert len(channels.ledger("vera@poison.test")) == 1


class Deadly(make.Things):
    """Things of which one cannot be looked at."""

    poison: UUID | None = None

    def facts(self, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        if any(one == self.poison for one in ids):
            os._exit(9)
        return super().facts(ids)
