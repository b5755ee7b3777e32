"""Nobody is told "ready" of a document that no longer is: what was planned before it left is withdrawn."""

from collections.abc import Callable

import pytest
from django.db.models.functions import Now

from accounts.models import Role, User
from documents import intake, lifecycle
from documents.models import Document
from documents.states import State
from notifications import defaults, outbox
from notifications.models import Delivery, Trigger
from tests.factories import accounts
from tests.factories import documents as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db(transaction=True)

Leave = Callable[[Document], object]


def _replace(document: Document) -> None:
    by = make.person(Role.STAFF)
    lifecycle.recall(document, by=by, comment="Другая редакция")
    intake.new_version(document, make.file(), by=by)


LEAVES: dict[str, Leave] = {
    "recalled": lambda document: lifecycle.recall(document, by=make.person(Role.STAFF), comment="Ошибка"),
    "archived": lambda document: lifecycle.archive(document, by=make.person(Role.STAFF)),
    "declined": lambda document: lifecycle.decline(document, by=_client(document), comment="Не моё"),
    "replaced": _replace,
}


def _client(document: Document) -> User:
    assert document.client is not None
    return document.client


@pytest.fixture
def client() -> User:
    defaults.ensure()
    person = accounts.client(email="maria@example.com")
    accounts.contact(person, "phone", "+79120000145")
    return person


def _ready(client: User) -> Document:
    document = make.processed(title="Договор", client=client)
    assert document.state == State.READY
    outbox.plan()
    return document


def _of_ready() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(notification__kind="document.ready")
    return list(rows.values_list("state", "reason").distinct())


def test_ready_is_told_and_counts_as_delivered(client: User, channels: Simulated, run: Callable[[], None]) -> None:
    document = _ready(client)

    run()

    document.refresh_from_db()
    assert document.state == State.DELIVERED
    sent = Delivery.objects.get(notification__kind="document.ready", channel="email")
    found = [line["outcome"] for line in channels.ledger("maria@example.com") if line["key"] == str(sent.pk)]
    assert found == ["accepted"]


@pytest.mark.parametrize("leave", sorted(LEAVES))
def test_what_is_queued_is_withdrawn_when_the_document_leaves(
    leave: str, client: User, channels: Simulated, run: Callable[[], None]
) -> None:
    before = len(channels.ledger("maria@example.com"))
    document = _ready(client)
    assert _of_ready() == [("queued", "")]

    LEAVES[leave](document)
    run()

    assert _of_ready() == [("withdrawn", "no_longer_true")]
    assert len(channels.ledger("maria@example.com")) == before


def test_what_waits_for_its_hour_is_withdrawn_then(client: User, channels: Simulated, run: Callable[[], None]) -> None:
    Trigger.objects.filter(action="document.ready").update(delay=3600)
    before = len(channels.ledger("maria@example.com"))
    document = _ready(client)
    run()
    assert {state for state, _reason in _of_ready()} == {"planned"}

    LEAVES["recalled"](document)
    Delivery.objects.update(due_at=Now())
    run()

    assert _of_ready() == [("withdrawn", "no_longer_true")]
    assert len(channels.ledger("maria@example.com")) == before
