"""A message whose receipt does not come: the provider is asked, ever less often, and at last its silence is said."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import AuditEntry, Contact
from notifications import connect, consequences, events, silence, unknown
from notifications.channels.base import Message
from notifications.models import Attempt, ChannelSettings, Delivery, Receipt
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated, until

pytestmark = pytest.mark.django_db

FINE, NOBODY = "+79120000145", "+79125590009"


@pytest.fixture
def subject(things: make.Things) -> UUID:
    return make.thing(things)


def _sent(subject: UUID, *, ago: timedelta, to: str = FINE) -> Delivery:
    """Taken by the provider that long ago; its calls reached nobody."""
    row = make.delivery(accounts.contact(accounts.client(), "phone", to), channel="sms", about={"subject_id": subject})
    taken = connect.channel("sms").send(Message(str(row.pk), to, "ru", "", "Договор 418 готов"), lambda: None)
    until(lambda: _said(taken.provider_ref) in ("delivered", "undelivered"))
    Delivery.objects.filter(pk=row.pk).update(
        state="sent", provider_ref=taken.provider_ref, attempt_no=1, sent_at=Now() - ago, due_at=Now() - ago
    )
    Attempt.objects.create(delivery=row, number=1, owner=1, opened_at=row.created_at, outcome="ok")
    return row


def _said(ref: str) -> str:
    status = connect.channel("sms").status(ref)
    assert status
    return status.said


def _after(row: Delivery) -> Delivery:
    consequences.settle()
    row.refresh_from_db()
    return row


def _told(subject: UUID) -> bool:
    return AuditEntry.objects.filter(action=events.TOLD, subject_id=subject).exists()


def test_what_no_call_told_is_asked_for(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(minutes=6))

    assert silence.ask() == 1

    assert _after(row).state == "delivered"
    assert _told(subject)
    assert silence.ask() == 0


def test_a_failure_is_heard_of_too(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(minutes=6), to=NOBODY)

    silence.ask()

    assert (_after(row).state, row.reason) == ("failed", "number_not_found")
    assert Contact.objects.get(deliveries=row).health == "suspended"
    assert not _told(subject)


def test_a_fresh_one_is_left_to_the_provider(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(minutes=4))

    assert silence.ask() == 0
    assert _after(row).state == "sent"


@pytest.mark.django_db(transaction=True)
def test_what_became_of_one_found_by_look_up_is_asked_for(
    things: make.Things, channels: Simulated, run: Callable[[], None]
) -> None:
    client = accounts.client()
    accounts.contact(client, "phone", FINE)
    make.texts()
    make.trigger(channels=["sms"])
    make.happen(make.thing(things, client=client))
    run()
    Delivery.objects.update(state="unknown", provider_ref="", sent_at=None)
    Attempt.objects.update(outcome="unknown")

    assert unknown.resolve() == 1
    row = Delivery.objects.get()
    assert (row.state, row.finished_at) == ("sent", None)
    Delivery.objects.update(sent_at=F("sent_at") - timedelta(minutes=6))

    assert silence.ask() == 1
    assert Receipt.objects.get().provider_ref == row.provider_ref


def _mute() -> None:
    """The provider cannot be asked any more."""
    setup = ChannelSettings.objects.get(kind="sms")
    setup.values = setup.values | {"auth_token": "another"}
    setup.save()
    connect.forget()


def _asked_next(row: Delivery) -> timedelta:
    """How long after the sending."""
    row.refresh_from_db()
    assert row.sent_at
    return row.due_at - row.sent_at


def test_it_is_asked_ever_less_often(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(hours=2))
    _mute()

    assert silence.ask() == 1
    assert silence.ask() == 0
    assert _after(row).state == "sent"
    assert timedelta(hours=3) <= _asked_next(row) <= timedelta(hours=3, minutes=1)


def test_the_last_question_is_asked_when_its_time_is_over(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(hours=60))
    _mute()

    silence.ask()

    assert _asked_next(row) == timedelta(hours=72)


def test_silence_is_said_and_counts_as_handed_over(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(hours=72, minutes=1))
    _mute()

    assert silence.ask() == 1

    assert (_after(row).state, row.reason, row.unsettled) == ("sent", "no_receipt", False)
    assert row.finished_at is not None
    assert _told(subject)
    assert silence.ask() == 0


def test_who_answers_in_the_last_moment_is_heard(channels: Simulated, subject: UUID) -> None:
    row = _sent(subject, ago=timedelta(hours=80))

    silence.ask()

    assert (_after(row).state, row.reason) == ("delivered", "")
