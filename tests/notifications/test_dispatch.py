"""From a fact to the provider and back, on real rows, real threads and real wires."""

from collections.abc import Callable

import pytest

from accounts import audit
from accounts.models import AuditEntry
from notifications import consequences, dispatch
from notifications.marking import Marker, marker
from notifications.models import Decision, Delivery
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_fact_reaches_the_client_on_all_channels(
    things: make.Things, channels: Simulated, run: Callable[[], None]
) -> None:
    client = accounts.client(email="maria1@example.com")
    accounts.contact(client, "phone", "+79120000145")
    accounts.contact(client, "telegram", "500100")
    make.texts()
    make.trigger(channels=["telegram", "sms", "email"])
    one = make.thing(things, client=client)

    make.happen(one)
    run()

    states = dict(Delivery.objects.values_list("channel", "state"))
    assert states == {"telegram": "sent", "email": "sent", "sms": "sent"}
    assert [line["outcome"] for line in channels.ledger("maria1@example.com")] == ["accepted"]
    assert AuditEntry.objects.filter(action="delivery.told", subject_id=one).count() == 1
    assert set(Decision.objects.values_list("verdict", flat=True)) == {"planned"}


def test_a_soft_refusal_is_repeated_until_taken(
    things: make.Things, channels: Simulated, run: Callable[[], None], retry_at_once: None
) -> None:
    client = accounts.client(email="anna+soft@example.com")
    make.texts()
    make.trigger()

    make.happen(make.thing(things, client=client))
    run()

    delivery = Delivery.objects.get()
    assert delivery.state == "sent"
    assert list(delivery.attempts.values_list("outcome", flat=True)) == ["transient", "transient", "ok"]
    assert delivery.tries == 3


def test_a_hard_refusal_suspends_the_address_and_tells_the_journal(
    things: make.Things, channels: Simulated, run: Callable[[], None]
) -> None:
    client = accounts.client(email="hard@example.com")
    make.texts()
    make.trigger()
    one = make.thing(things, client=client)

    make.happen(one)
    run()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("failed", "mailbox_not_found")
    assert client.contacts.get(kind="email").health == "suspended"
    entry = AuditEntry.objects.get(action="delivery.failed", subject_id=one)
    assert entry.data["reason"]["en"] == "There is no such mailbox"


def test_in_first_mode_the_next_channel_takes_over(
    things: make.Things, channels: Simulated, run: Callable[[], None]
) -> None:
    client = accounts.client(email="hard@example.com")
    accounts.contact(client, "telegram", "500200")
    make.texts()
    make.trigger(channels=["email", "telegram"], mode="first")

    make.happen(make.thing(things, client=client))
    run()

    assert dict(Delivery.objects.values_list("channel", "state")) == {"email": "failed", "telegram": "sent"}
    assert not AuditEntry.objects.filter(action="delivery.failed").exists()


def test_an_unanswered_call_is_in_doubt_and_not_repeated_at_once(
    things: make.Things, channels: Simulated, run: Callable[[], None], impatient: None
) -> None:
    client = accounts.client(email="timeout@example.com")
    make.texts()
    make.trigger()

    make.happen(make.thing(things, client=client))
    run()

    delivery = Delivery.objects.get()
    assert delivery.state == "unknown"
    assert delivery.attempts.get().outcome == "unknown"


def test_what_is_no_longer_true_is_withdrawn(things: make.Things, channels: Simulated, run: Callable[[], None]) -> None:
    client = accounts.client(email="gone@example.com")
    make.texts()
    make.trigger()
    one = make.thing(things, client=client)
    things.untrue.add(one)

    make.happen(one)
    run()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == ("withdrawn", "no_longer_true")
    assert not delivery.notification.live
    assert channels.ledger("gone@example.com") == []


def test_what_follows_from_an_arrival_is_written_with_it_and_a_fault_there_only_puts_it_off(
    things: make.Things, channels: Simulated, hand: Marker
) -> None:
    person = accounts.client(email="first@example.com")
    make.texts()
    drain = dispatch.Drain("normal", "email", hand)

    make.delivery(person.contacts.get(), about={"subject_id": make.thing(things, client=person)})
    drain.run(seconds=20)
    assert Delivery.objects.get().unsettled is False
    assert AuditEntry.objects.filter(action="delivery.told").count() == 1

    other = make.delivery(person.contacts.get(), about={"subject_id": make.thing(things, client=person)})
    audit.recorded.connect(_stumble)
    try:
        drain.run(seconds=20)
    finally:
        audit.recorded.disconnect(_stumble)
    other.refresh_from_db()
    assert (other.state, other.unsettled) == ("sent", True)
    consequences.settle()
    assert AuditEntry.objects.filter(action="delivery.told").count() == 2


def _stumble(**_said: object) -> None:
    raise ValueError


def test_who_finds_a_drain_at_work_leaves_word() -> None:
    drain = dispatch.Drain("normal", "email", marker)
    with drain.turn:
        assert drain.run() == 0
    assert drain.asked.is_set()
