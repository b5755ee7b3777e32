"""Deliveries as programs and pages see them, and sending again."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit, subjects
from docflow.common.errors import NotAllowed, NotFound, NotPossible
from notifications import resend
from notifications.models import Attempt, Delivery
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(things: make.Things) -> Delivery:
    contact = accounts.client(email="maria@x.test").contacts.get()
    one = make.thing(things)
    made = make.delivery(contact, state="failed", reason="mailbox_full", attempt_no=2, about={"subject_id": one})
    for number, outcome in ((1, "transient"), (2, "permanent")):
        Attempt.objects.create(
            delivery=made, number=number, owner=1, opened_at=made.created_at, outcome=outcome, reason="mailbox_full",
            answer="452 full",
        )  # fmt: skip
    return made


def test_a_panel_shows_states_attempts_and_the_way_on(row: Delivery) -> None:
    panel = subjects.panels("deliveries", make.KIND, [row.notification.subject_id], accounts.staff())  # type: ignore[list-item]
    shown = panel[row.notification.subject_id].deliveries[0]  # type: ignore[index]

    assert (shown.channel, shown.address, shown.state, shown.open) == ("email", "m···@x.test", "failed", True)
    assert [(one.tone, one.answer) for one in shown.attempts] == [("amber", "452 full"), ("red", "452 full")]
    assert shown.resend_url == f"/deliveries/{row.pk}/resend/"


def test_panels_cost_the_same_for_one_and_for_many(things: make.Things) -> None:
    contact, staff = accounts.client().contacts.get(), accounts.staff()
    counts: list[list[int]] = []
    for number in (1, 3):
        ids = [make.thing(things) for _each in range(number)]
        for one in ids:
            make.delivery(contact, state="sent", about={"subject_id": one})
        costs = []
        for name in ("deliveries", "delivery_icons"):
            with CaptureQueriesContext(connection) as queries:
                subjects.panels(name, make.KIND, ids, staff)
            costs.append(len(queries))
        counts.append(costs)
    assert counts[0] == counts[1]
    assert counts[0] == [3, 1]


def test_a_resend_is_a_new_round_linked_to_the_first(row: Delivery) -> None:
    staff = accounts.staff()

    made = resend.again(row.pk, by=staff)

    assert (made.round, made.resend_of_id, made.resent_by, made.state) == (2, row.pk, staff, "queued")
    with pytest.raises(NotPossible):
        resend.again(row.pk, by=staff)


@pytest.mark.parametrize("who", ["client", "approver"])
def test_only_keepers_of_the_log_send_again(row: Delivery, who: str) -> None:
    with pytest.raises(NotAllowed):
        resend.again(row.pk, by=getattr(accounts, who)())


def test_what_is_not_there_or_is_a_code_is_not_sent_again(row: Delivery) -> None:
    code = make.delivery(row.contact, state="sent", about={"subject_id": None, "kind": "code.test", "version": None})  # type: ignore[arg-type]
    with pytest.raises(NotPossible):
        resend.again(code.pk, by=accounts.staff())
    with pytest.raises(NotFound):
        resend.again(row.notification_id, by=accounts.staff())
    with pytest.raises(NotAllowed):
        resend.again(row.pk, by=audit.SYSTEM)


def test_the_resend_button_answers_staff_only(row: Delivery) -> None:
    url = f"/deliveries/{row.pk}/resend/"
    assert Client().post(url).status_code == 302
    assert accounts.browser(accounts.client()).post(url).status_code == 403
    answer: Any = accounts.browser(accounts.staff()).post(url)
    assert (answer.status_code, answer["Location"]) == (302, f"/things/{row.notification.subject_id}/")
    assert Delivery.objects.count() == 2
