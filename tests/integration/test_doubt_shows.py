"""A repeat that may be a second copy: staff see it on the document, in the log and through the API."""

from collections.abc import Callable

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from accounts.models import Role, User
from notifications import connect, defaults, unknown
from notifications.models import ChannelSettings, Delivery
from tests.factories import accounts
from tests.factories import documents as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(settings: Settings) -> User:
    settings.SECOND_FACTOR_REQUIRED = False
    defaults.ensure()
    return make.person(Role.STAFF, is_seeded=True, language="en")


def browser(user: User) -> Client:
    made = Client()
    made.force_login(user, backend="accounts.backends.EmailBackend")
    return made


def hasty_mail(channels: Simulated) -> None:
    """E-mail that waits half a second for an answer."""
    row = ChannelSettings.objects.get(kind="email")
    row.values = channels.settings("email", deadline=0.5)
    row.save()
    connect.forget()


def test_a_possible_duplicate_is_shown_to_staff(run: Callable[[], None], channels: Simulated, staff: User) -> None:
    hasty_mail(channels)
    document = make.processed(client=accounts.client(email="timeout@example.com"))
    run()
    for _decision in ("repeat", "hold"):
        assert Delivery.objects.get(channel="email").state == "unknown"
        Delivery.objects.update(due_at=Now())
        unknown.resolve()
        run()

    delivery = Delivery.objects.get(channel="email")
    assert (delivery.state, delivery.reason, delivery.possible_duplicate) == ("held", "unknown_outcome", True)
    page = browser(staff).get(f"/documents/{document.pk}/").content.decode()
    assert page.count("Possible duplicate") == 1
    administrator = browser(make.person(Role.ADMINISTRATOR, is_seeded=True, language="en"))
    for address in ("/admin/deliveries/?state=decide", f"/admin/deliveries/{delivery.pk}/"):
        assert "Possible duplicate" in administrator.get(address).content.decode(), address
    key = accounts.bearer(staff, "deliveries:read")
    [told] = Client().get(f"/api/v1/documents/{document.pk}/deliveries", headers=key).json()["results"]
    assert [one["possible_duplicate"] for one in told["attempts"]] == [False, True]
