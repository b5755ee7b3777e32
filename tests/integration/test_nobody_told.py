"""A client whom no message reaches: the document says so until somebody has put it right."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts import contacts
from accounts.models import AuditEntry, Role, User
from documents.models import Document
from documents.states import State
from notifications import defaults, outbox, resend
from notifications.models import Delivery, OutboxEvent
from tests.factories import accounts
from tests.factories import documents as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db(transaction=True)

Run = Callable[[], None]


@pytest.fixture
def staff(settings) -> User:
    settings.SECOND_FACTOR_REQUIRED = False
    defaults.ensure()
    return make.person(Role.STAFF, is_seeded=True, language="en")


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="accounts.backends.EmailBackend")
    return browser


def _ready(client: User) -> Document:
    return make.processed(title="Акт сверки", client=client)


def _untold(document: Document) -> int:
    return AuditEntry.objects.filter(action="delivery.untold", subject_id=document.pk).count()


def test_page_and_list_say_that_every_message_failed(run: Run, channels: Simulated, staff: User) -> None:
    client = accounts.client(email="hard@example.com")
    accounts.contact(client, "phone", "+79120090002")
    document = _ready(client)

    run()

    assert _untold(document) == 1
    page = _browser(staff).get(f"/documents/{document.pk}/")
    assert page.context["now"].title == "The client has not been told"
    assert any("no such mailbox" in row.text for row in page.context["now"].rows)
    assert [act.name for act in page.context["acts"] if act.primary] == ["addresses"]
    rows = _browser(staff).get("/documents/?state=attention").context["documents"]
    assert [row["untold"] for row in rows] == [True]


def test_one_message_that_arrives_is_enough(run: Run, channels: Simulated, staff: User) -> None:
    client = accounts.client(email="hard@example.com")
    accounts.contact(client, "telegram", "500300")
    document = _ready(client)

    run()

    assert _untold(document) == 0
    assert Document.objects.get().state == State.DELIVERED


def test_a_resend_to_the_corrected_address_puts_it_right(run: Run, channels: Simulated, staff: User) -> None:
    client = accounts.client(email="hard@example.com")
    document = _ready(client)
    run()
    accounts.contact(client, "email", "right@example.com")

    resend.again(Delivery.objects.get(notification__role="client").pk, by=staff)
    run()

    document.refresh_from_db()
    assert (document.state, document.untold_at) == (State.DELIVERED, None)
    assert not _browser(staff).get("/documents/?state=attention").context["documents"]


def test_without_any_address_it_is_planned_again_once_there_is_one(run: Run, channels: Simulated, staff: User) -> None:
    client = accounts.client(email="maria@example.com")
    client.contacts.update(verified_at=None, verified_how="")
    document = _ready(client)
    run()
    assert _untold(document) == 1
    browser = _browser(staff)
    page = browser.get(f"/documents/{document.pk}/")
    again = page.context["panels"][0][1].again_url
    assert page.context["untold"]

    refused = browser.post(again)
    assert (refused.status_code, Delivery.objects.exists()) == (409, False)

    contacts.verify_by_staff(client.contacts.get(), "Сказала по телефону", by=staff)
    assert browser.post(again).status_code == 302
    run()

    assert Document.objects.get().state == State.DELIVERED


def test_what_has_messages_is_not_planned_again(run: Run, channels: Simulated, staff: User) -> None:
    _ready(accounts.client(email="maria@example.com"))
    outbox.plan()

    answer = _browser(staff).post(f"/deliveries/events/{OutboxEvent.objects.get(action='document.ready').pk}/again/")

    assert answer.status_code in (404, 409)
