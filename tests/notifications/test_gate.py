"""The last look before sending."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import Contact
from docflow.common import clock
from notifications import gate
from notifications.marking import Marker
from notifications.models import Delivery
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = pytest.mark.django_db(transaction=True)


def _about(one: UUID, version: int = 1) -> dict[str, object]:
    return {"subject_id": one, "version": version}


def _reasons(hand: Marker) -> list[tuple[str, str]]:
    group = hand.claim("normal", "email", 10)
    _passed, stops = gate.check(group, now=clock.now())
    return [(stop.state, stop.reason) for stop in stops]


@pytest.fixture
def contact() -> Contact:
    return accounts.client(email="maria@x.test").contacts.get()


def test_a_true_wanted_permitted_message_passes(things: make.Things, hand: Marker, contact: Contact) -> None:
    make.delivery(contact, about=_about(make.thing(things)))
    assert _reasons(hand) == []


def test_right_truth_wish_time_and_address_are_asked_again(things: make.Things, hand: Marker, contact: Contact) -> None:
    one = make.thing(things)
    make.delivery(contact, about=_about(one))
    group = hand.claim("normal", "email", 10)

    def reason(**later: float) -> str:
        return gate.check(group, now=clock.now() + timedelta(**later))[1][0].reason

    assert reason(hours=5) == "too_late"
    things.opened_subjects.add(one)
    assert reason() == "already_opened"
    things.hidden.add(contact.pk)
    assert reason() == "no_right"
    Contact.objects.update(health="suspended")
    assert reason() == "address_suspended"
    Contact.objects.update(verified_at=None)
    assert reason() == "unverified"
    things.untrue.add(one)
    assert reason() == "no_longer_true"
    contact.delete()
    assert reason() == "no_address"


def test_a_newer_version_supersedes(things: make.Things, hand: Marker, contact: Contact) -> None:
    one = make.thing(things)
    make.delivery(contact, about=_about(one, 1))
    make.delivery(contact, about=_about(one, 2), state="held")
    assert _reasons(hand) == [("superseded", "newer_fact")]


def test_an_extra_address_passes_only_while_its_trigger_names_it(things: make.Things, hand: Marker) -> None:
    extra = accounts.contact(None, "email", "extra@x.test")
    rule = make.trigger(recipients=[f"contact:{extra.pk}"])
    delivery = make.delivery(extra, about=_about(make.thing(things)))
    notification = delivery.notification
    notification.trigger, notification.recipient = rule, f"contact:{extra.pk}"
    notification.save()
    group = hand.claim("normal", "email", 10)

    assert gate.check(group, now=clock.now())[1] == []
    rule.recipients = ["client"]
    rule.save()
    assert gate.check(group, now=clock.now())[1][0].reason == "not_named"
    assert Delivery.objects.get().state == "queued"
