"""From a fact to the provider and back, on real rows, real threads and real wires."""

from collections.abc import Callable

import pytest

from accounts.models import AuditEntry
from notifications.models import Decision, Delivery
from tests.factories import accounts, notifications as make
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
