"""The delivery log: found, opened, decided on, sent again, exported; and shut to others."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from docflow.common import clock
from notifications.models import Attempt, Delivery
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("set_up")]
LOG = "/admin/deliveries/"


@pytest.fixture
def maria(db: None) -> User:
    return accounts.client(name="Мария <b>Котова</b>", email="maria@example.com")


def sent(things: make.Things, person: User, **fields: Any) -> Delivery:
    """One delivery about a thing of its own."""
    one = make.thing(things, client=person, number=fields.pop("number", "418"))
    entry = make.happen(one)
    about = {"subject_id": one, "event_id": entry.outbox.pk}
    return make.delivery(person.contacts.get(kind="email"), about=about, **fields)


def test_the_log_shows_who_got_what_and_why_not(things: make.Things, page: Client, maria: User) -> None:
    sent(things, maria, state="failed", reason="mailbox_not_found", address_dead=True, attempt_no=1)
    sent(things, maria, state="delivered", number="77")

    text = page.get(LOG).content.decode()

    assert "Договор поставки No.\u00a077" in text
    assert "m···@example.com" in text
    assert "maria@example.com" not in text
    assert "Мария &lt;b&gt;Котова&lt;/b&gt;" in text
    assert "Correct the addresses" in text
    assert "There is no such mailbox" in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=failed", 1),
        ("state=decide", 0),
        ("channel=email", 2),
        ("channel=sms", 0),
        ("client=котова", 2),
        ("client=maria@example.com", 2),
        ("client=nobody", 0),
        ("document=77", 1),
        ("document=999", 0),
        ("reason=mailbox_not_found", 1),
        ("ref=SM1", 1),
        ("period=day", 2),
        ("trigger=00000000-0000-0000-0000-000000000000", 0),
        ("state=absurd&channel=pigeon&trigger=x&period=century&after=never", 2),
    ],
)
def test_filters_come_from_the_address(things: make.Things, page: Client, maria: User, asked: str, found: int) -> None:
    sent(things, maria, state="failed", reason="mailbox_not_found")
    sent(things, maria, state="delivered", number="77", provider_ref="SM1")

    answer = page.get(f"{LOG}?{asked}")

    assert answer.status_code == 200
    assert answer.content.decode().count('name="delivery"') == found


def test_pages_follow_each_other_without_gaps(things: make.Things, page: Client, maria: User) -> None:
    at = clock.now()
    for _number in range(53):
        sent(things, maria, created_at=at)

    first = page.get(LOG)
    second = page.get(first.context["next_url"])

    shown = [row.delivery.pk for answer in (first, second) for row in answer.context["rows"]]
    assert (len(shown), len(set(shown))) == (53, 53)
    assert second.context["next_url"] == ""


def test_a_row_opens_its_attempts_with_raw_answers(things: make.Things, page: Client, maria: User) -> None:
    delivery = sent(things, maria, state="failed", reason="mailbox_not_found", attempt_no=1)
    Attempt.objects.create(
        delivery=delivery, number=1, owner=1, opened_at=clock.now(), outcome="permanent", reason="mailbox_not_found",
        answer="550 5.1.1 <script>alert(1)</script>", possible_duplicate=True,
    )  # fmt: skip

    whole = page.get(f"{LOG}{delivery.pk}/").content.decode()
    part = page.get(f"{LOG}{delivery.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert "550 5.1.1 &lt;script&gt;" in whole
    assert "Possible duplicate" in part
    assert "<html" not in part
    assert page.get(f"{LOG}{delivery.notification_id}/").status_code == 404


def test_chosen_messages_are_sent_again_after_a_look(things: make.Things, page: Client, maria: User) -> None:
    failed = sent(things, maria, state="failed", reason="mailbox_not_found")
    queued = sent(things, maria, state="queued")
    ids = [str(failed.pk), str(queued.pk)]

    look = page.post(f"{LOG}resend/", {"delivery": ids}).content.decode()
    rounds_after_look = Delivery.objects.count()
    done = page.post(f"{LOG}resend/", {"delivery": ids, "confirmed": "1"})

    assert "Still on its way" in look
    assert rounds_after_look == 2
    assert done.status_code == 409
    assert "is still on its way" in done.content.decode()
    assert failed.resends.get().state == "queued"
    assert AuditEntry.objects.filter(action="delivery.resent").count() == 1


def test_sending_nothing_again_says_so(page: Client) -> None:
    answer = page.post(f"{LOG}resend/", {"delivery": ["x"]}, follow=True)

    assert "Choose at least one message" in answer.content.decode()


@pytest.mark.parametrize(("choice", "state"), [("sent", "sent"), ("again", "withdrawn")])
def test_a_person_decides_on_a_held_message(
    things: make.Things, page: Client, maria: User, choice: str, state: str
) -> None:
    held = sent(things, maria, state="held", reason="unknown_outcome")
    address = f"{LOG}{held.pk}/"

    offered = page.get(address).content.decode()
    page.post(f"{address}decide/", {"as": choice})
    again = page.post(f"{address}decide/", {"as": "sent"}, follow=True).content.decode()

    held.refresh_from_db()
    assert "It arrived: count as sent" in offered
    assert held.state == state
    assert held.resends.count() == (choice == "again")
    assert "nothing to decide here" in again


def test_item_52_the_export_runs_no_formulas(things: make.Things, page: Client, boss: User) -> None:
    evil = accounts.client(name="=HYPERLINK(1)")
    sent(things, evil, number="+1", provider_ref="@SUM(A1)")

    answer = page.get(f"{LOG}export.csv")

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert len(rows) == 2
    assert (rows[1][2], rows[1][3], rows[1][-1]) == ("'+1", "'=HYPERLINK(1)", "'@SUM(A1)")


def test_operators_keep_the_log_and_others_do_not(things: make.Things, maria: User) -> None:
    sent(things, maria)

    codes = {who: accounts.browser(make_person()).get(LOG).status_code for who, make_person in WHO.items()}

    assert codes == {"operator": 200, "staff": 403, "approver": 403, "client": 403}
    assert accounts.browser().get(LOG).status_code == 302


WHO = {
    "operator": accounts.operator,
    "staff": accounts.staff,
    "approver": accounts.approver,
    "client": accounts.client,
}


def test_the_log_costs_the_same_for_one_and_three(
    things: make.Things, page: Client, maria: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for more in (1, 2):
        for _number in range(more):
            sent(things, maria, state="failed", reason="mailbox_not_found")
        with django_assert_max_num_queries(25) as queries:
            page.get(LOG)
        counts.append(len(queries))

    assert counts[0] == counts[1]
