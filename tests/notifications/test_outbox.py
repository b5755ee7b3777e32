"""From the journal to planned rows, in the journal's own transaction."""

from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import audit, subjects
from notifications import connect, outbox
from notifications.models import Decision, Delivery, Notification, OutboxEvent
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db


def test_a_fact_and_its_outbox_row_live_or_die_together(things: make.Things) -> None:
    one = make.thing(things)
    with transaction.atomic():
        audit.record(make.READY, (make.KIND, one), by=audit.SYSTEM, version=1)
        assert OutboxEvent.objects.count() == 1
        transaction.set_rollback(True)

    assert OutboxEvent.objects.count() == 0


def test_what_nobody_asks_for_is_done_with_at_once(things: make.Things) -> None:
    make.happen(make.thing(things))
    assert OutboxEvent.objects.get().planned_at is not None

    make.trigger(state="shadow")
    make.happen(make.thing(things))
    assert OutboxEvent.objects.filter(planned_at__isnull=True).count() == 1


def test_planning_twice_sends_once(things: make.Things, channels: Simulated) -> None:
    make.texts()
    make.trigger()
    one = make.thing(things, client=accounts.client())
    make.happen(one)
    make.happen(one)

    assert outbox.plan() == 2
    assert outbox.plan() == 0

    assert Delivery.objects.count() == 1
    assert sorted(Decision.objects.values_list("verdict", flat=True)) == ["duplicate", "planned"]


def test_a_new_version_is_a_new_fact(things: make.Things, channels: Simulated) -> None:
    make.texts()
    make.trigger()
    one = make.thing(things, client=accounts.client())
    make.happen(one, version=1)
    outbox.plan()
    make.happen(one, version=2)
    outbox.plan()

    assert sorted(Notification.objects.values_list("dedup", flat=True)) == ["thing.ready:1", "thing.ready:2"]


def test_recipients_by_role_group_name_and_extra_address(things: make.Things, channels: Simulated) -> None:
    make.texts(make.ASKED)
    approver, named, extra = accounts.approver(), accounts.staff(), accounts.contact(None, "email", "extra@x.test")
    make.trigger(make.ASKED, recipients=["role:approver", f"user:{named.pk}", f"contact:{extra.pk}"])
    make.happen(make.thing(things), make.ASKED)

    outbox.plan()

    assert set(Delivery.objects.values_list("contact_id", flat=True)) == {
        approver.contacts.get().pk,
        named.contacts.get().pk,
        extra.pk,
    }


def test_a_delayed_rule_plans_for_later(things: make.Things, channels: Simulated) -> None:
    make.texts()
    make.trigger(delay=3600)
    make.happen(make.thing(things, client=accounts.client()))

    outbox.plan()

    delivery = Delivery.objects.get()
    assert delivery.state == "planned"
    assert (delivery.due_at - delivery.created_at).total_seconds() == 3600


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_planned_does_not_stop_the_others(things: make.Things, channels: Simulated) -> None:
    make.texts()
    make.trigger()
    bad, good = make.thing(things), make.thing(things, client=accounts.client())
    entry = make.happen(bad)
    make.happen(good)

    def stumble(told: Sequence[subjects.Told]) -> None:
        if any(one.subject_id == bad for one in told):
            raise ValueError("poison")

    subjects.on(make.READY, stumble)
    try:
        outbox.plan()
    finally:
        subjects.handlers(make.READY).remove(stumble)

    assert Delivery.objects.get().notification.subject_id == good
    left = OutboxEvent.objects.get(entry=entry)
    assert (left.failures, left.planned_at) == (1, None)
    assert "poison" in left.error


def test_a_batch_costs_the_same_queries_for_one_and_for_many(things: make.Things, channels: Simulated) -> None:
    make.texts()
    make.trigger()
    connect.current()
    counts = []
    for number in (1, 5):
        for _each in range(number):
            make.happen(make.thing(things, client=accounts.client()))
        with CaptureQueriesContext(connection) as queries:
            assert outbox.plan() == number
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_value_in_two_languages_is_a_fact_in_each() -> None:
    said = {"reason": {"code": "x", "ru": "Пароль", "en": "A password"}, "comment": "Да", "many": [1], "deep": {"a": 1}}

    assert outbox.as_facts(said) == {"reason_ru": "Пароль", "reason_en": "A password", "comment": "Да"}
