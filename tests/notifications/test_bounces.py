"""What an address is worth after messages came back."""

from datetime import timedelta

import pytest

from accounts import audit, contacts
from accounts.models import AuditEntry, Contact
from docflow.common import clock
from notifications import consequences, reach
from notifications.models import Delivery
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contact() -> Contact:
    return accounts.client(email="full@example.com").contacts.get()


def ended(contact: Contact, state: str, reason: str = "", *, days: float = 0) -> Delivery:
    """A delivery that came to its end so many days ago."""
    at = clock.now() - timedelta(days=days)
    row = make.delivery(contact, state=state, reason=reason, finished_at=at, sent_at=at, unsettled=True)
    consequences.settle()
    contact.refresh_from_db()
    return row


def test_three_soft_refusals_in_a_week_make_an_address_doubtful(contact: Contact) -> None:
    ended(contact, "failed", "mailbox_full", days=6)
    ended(contact, "failed", "mailbox_full", days=3)
    assert contact.health == "ok"

    ended(contact, "failed", "mailbox_full")

    assert contact.health == "suspect"
    assert "The mailbox is full" in contact.health_reason_en
    assert "переполнен" in contact.health_reason_ru
    assert contact.is_usable
    assert AuditEntry.objects.filter(action="contact.doubted", subject_id=contact.pk).count() == 1


@pytest.mark.parametrize("days", [8, 30])
def test_what_is_older_than_a_week_does_not_count(contact: Contact, days: int) -> None:
    ended(contact, "failed", "mailbox_full", days=days)
    ended(contact, "failed", "mailbox_full", days=1)
    ended(contact, "failed", "mailbox_full")

    assert contact.health == "ok"


def test_what_arrives_in_between_ends_the_count(contact: Contact) -> None:
    ended(contact, "failed", "mailbox_full", days=3)
    ended(contact, "failed", "mailbox_full", days=2)
    ended(contact, "sent", days=1)
    ended(contact, "failed", "mailbox_full")

    assert contact.health == "ok"


@pytest.mark.parametrize("reason", ["provider_down", "policy", "crashes", "template_broken"])
def test_what_is_not_the_address_s_fault_does_not_count(contact: Contact, reason: str) -> None:
    for _number in range(4):
        ended(contact, "failed", reason)

    assert contact.health == "ok"


def test_what_arrives_takes_the_doubt_away(contact: Contact) -> None:
    for _number in range(3):
        ended(contact, "failed", "unreachable")
    assert contact.health == "suspect"

    ended(contact, "delivered")

    assert (contact.health, contact.health_reason_en) == ("ok", "")


def test_a_doubtful_address_comes_after_the_better_ones(contact: Contact) -> None:
    assert contact.user
    second = accounts.contact(contact.user, "email", "second@example.com")
    contacts.doubt(contact, {}, by=audit.SYSTEM)

    [person] = reach.recipients([contact.user.pk]).values()

    assert [one.contact_id for one in person.reaches] == [second.pk, contact.pk]
    assert all(one.healthy for one in person.reaches)


def test_doubt_does_not_lift_a_suspension(contact: Contact) -> None:
    contacts.suspend(contact, {"en": "gone"}, by=audit.SYSTEM)
    contacts.doubt(contact, {"en": "full"}, by=audit.SYSTEM)
    contact.refresh_from_db()

    assert (contact.health, contact.health_reason_en) == ("suspended", "gone")
