"""The trigger editor: what it shows before anything is saved, what it refuses, and that its triggers fire."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry
from notifications import outbox
from notifications.models import Decision, Delivery, Trigger
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("set_up")]
NEW = "/admin/triggers/new/"


def typed(**changed: Any) -> dict[str, Any]:
    """What the form of a new trigger sends."""
    rule = {
        "name": "Contracts at once",
        "action": make.READY,
        "fact": ["type"],
        "operator": ["is"],
        "value": ["contract"],
        "recipient": ["client"],
        "order": ["sms", "email", "telegram"],
        "channel": ["sms", "email"],
        "mode": "all",
        "delay": "0",
        "lane": "normal",
        "state": "draft",
        "revision": "0",
        "check": "",
    }
    return {**rule, **changed}


def seen(page: Client, address: str, data: dict[str, Any]) -> str:
    """The proof that the dry run of this content was shown."""
    answer = page.post(f"{address}preview/", data)
    text = answer.content.decode()
    return text.split('name="seen" value="')[1].split('"')[0]


def past(things: make.Things, name: str = "Мария Котова", **facts: Any) -> Any:
    client = accounts.client(name=name)
    return make.thing(things, client=client, **{"type": "contract", "number": "418", **facts})


def test_a_new_trigger_is_built_rehearsed_and_fires(things: make.Things, page: Client) -> None:
    make.texts()
    one = past(things)
    make.happen(one)
    outbox.plan()
    proof = seen(page, NEW, typed())

    answer = page.post(NEW, typed(state="on", seen=proof))

    trigger = Trigger.objects.get()
    assert answer.status_code == 302
    assert (trigger.state, trigger.rehearsed, trigger.channels) == ("on", 1, ["sms", "email"])
    assert trigger.conditions == [["type", "is", "contract"]]
    assert list(AuditEntry.objects.filter(subject_kind="trigger").values_list("action", flat=True).order_by("id")) == [
        "trigger.changed",
        "trigger.switched",
    ]

    make.happen(one)
    outbox.plan()

    assert Delivery.objects.get().channel == "email"
    assert set(Decision.objects.values_list("channel", "verdict")) == {("email", "planned"), ("sms", "no_contact")}


def test_the_preview_says_what_would_have_happened(things: make.Things, page: Client) -> None:
    make.texts()
    make.happen(past(things))
    make.happen(past(things, type="letter", title="Письмо"))

    text = page.post(f"{NEW}preview/", typed(check="418")).content.decode()

    assert "On “thing.ready”, if type is “Contract”, the client gets SMS and an e-mail at once." in text
    assert "of 2 events fit" in text
    assert "SMS: 1 person has no address" in text
    assert "Does not hold: type is “Contract”" in text
    assert not Trigger.objects.exists()


def test_the_preview_names_a_coinciding_trigger(things: make.Things, page: Client) -> None:
    make.texts()
    make.trigger(name="Any ready")
    make.happen(past(things))

    text = page.post(f"{NEW}preview/", typed()).content.decode()

    assert "1 coincides with “Any ready”" in text


def test_one_document_is_checked_condition_by_condition(things: make.Things, page: Client) -> None:
    make.texts()
    past(things, type="letter", number="77")

    text = page.post(f"{NEW}preview/", typed(check="77")).content.decode()

    assert "does not hold" in text
    assert "nobody would be told" in text


def test_it_cannot_be_switched_on_unseen(things: make.Things, page: Client) -> None:
    answer = page.post(NEW, typed(state="on", seen="guess"))

    assert answer.status_code == 409
    assert "Look at the dry run" in answer.content.decode()
    assert not Trigger.objects.exists()


def test_a_changed_rule_needs_its_own_dry_run(things: make.Things, page: Client) -> None:
    proof = seen(page, NEW, typed())

    answer = page.post(NEW, typed(state="on", seen=proof, channel=["email"]))

    assert answer.status_code == 409
    assert 'value="Contracts at once"' in answer.content.decode()


def test_the_list_offers_on_only_after_the_dry_run(things: make.Things, page: Client) -> None:
    trigger = make.trigger(state="draft")
    address = f"/admin/triggers/{trigger.pk}/"

    refused = page.post(f"{address}state/", {"state": "on"})
    before = page.get("/admin/triggers/").content.decode()
    data = typed(name=trigger.name, channel=["email"], fact=[], operator=[], value=[], revision="1")
    page.post(f"{address}preview/", data)
    page.post(f"{address}state/", {"state": "on"})

    trigger.refresh_from_db()
    assert refused.headers["Location"] == address
    assert 'value="on" disabled' in before
    assert trigger.state == "on"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"recipient": [""]}, "Choose at least one recipient"),
        ({"recipient": ["client", "client"]}, "named twice"),
        ({"recipient": ["user:nobody"]}, "no longer there"),
        ({"channel": []}, "Choose at least one channel"),
        ({"value": [""]}, "Each condition needs a value"),
        ({"action": "no.such"}, ""),
        ({"delay": "minus"}, ""),
        ({"lane": "fast"}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept(
    things: make.Things, page: Client, changed: dict[str, Any], words: str
) -> None:
    answer = page.post(NEW, typed(**changed))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Trigger.objects.exists()


def test_an_extra_address_needs_a_channel_that_reaches_it(things: make.Things, page: Client) -> None:
    extra = accounts.contact(None, "email", "archive@example.org", label="Archive")

    answer = page.post(NEW, typed(recipient=[f"contact:{extra.pk}"], channel=["sms"]))

    assert answer.status_code == 422
    assert "None of the chosen channels reaches Archive" in answer.content.decode()


def test_rows_are_added_dropped_and_moved_without_saving(things: make.Things, page: Client) -> None:
    more = page.post(NEW, typed(add="condition")).content.decode()
    fewer = page.post(NEW, typed(drop="condition:0")).content.decode()
    moved = page.post(NEW, typed(move="email:up"), headers={"HX-Request": "true"}).content.decode()

    assert more.count('name="fact"') == 2
    assert fewer.count('name="fact"') == 0
    assert moved.index('id="channel-email"') < moved.index('id="channel-sms"')
    assert "<html" not in moved
    assert not Trigger.objects.exists()


def test_a_later_save_loses_to_an_earlier_one(things: make.Things, page: Client) -> None:
    page.post(NEW, typed())
    trigger = Trigger.objects.get()
    address = f"/admin/triggers/{trigger.pk}/"
    page.post(address, typed(revision="1", name="First"))

    answer = page.post(address, typed(revision="1", name="Second"))

    trigger.refresh_from_db()
    assert answer.status_code == 409
    assert (trigger.name, trigger.revision) == ("First", 2)
    assert 'value="Second"' in answer.content.decode()


def test_an_old_revision_can_be_opened_and_saved_again(things: make.Things, page: Client) -> None:
    page.post(NEW, typed())
    trigger = Trigger.objects.get()
    address = f"/admin/triggers/{trigger.pk}/"
    page.post(address, typed(revision="1", name="Renamed", channel=["email"]))

    old = page.get(f"{address}?revision=1").content.decode()
    history = page.get(f"{address}runs/").content.decode()

    assert 'value="Contracts at once"' in old
    assert "Revision 2" in history
    assert "the client gets SMS and an e-mail at once" in history
    assert "Changed: Name, Channels" in history


def test_runs_say_why_and_why_not(things: make.Things, page: Client) -> None:
    make.texts()
    trigger = make.trigger(channels=["email", "sms"])
    make.happen(past(things, name="<b>Maria</b>"))
    outbox.plan()

    text = page.get(f"/admin/triggers/{trigger.pk}/runs/").content.decode()

    assert "&lt;b&gt;Maria&lt;/b&gt;" in text
    assert "No address" in text
    assert "<b>Maria" not in text


@pytest.mark.parametrize("who", [accounts.staff, accounts.approver, accounts.operator, accounts.client])
def test_only_administrators_set_up_triggers(things: make.Things, who: Any) -> None:
    other = accounts.browser(who())

    answers = [
        other.get("/admin/triggers/"),
        other.get(NEW),
        other.post(NEW, typed()),
        other.post(f"{NEW}preview/", typed()),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert not Trigger.objects.exists()


def test_the_list_costs_the_same_for_one_and_three(
    things: make.Things, page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for number in (1, 3):
        while Trigger.objects.count() < number:
            make.trigger(conditions=[["type", "is", "contract"]], recipients=["client", "role:approver"])
        with django_assert_max_num_queries(25) as queries:
            page.get("/admin/triggers/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_dry_run_costs_the_same_for_one_and_three(
    things: make.Things, page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make.texts()
    counts = []
    for _number in range(2):
        make.happen(past(things))
        with django_assert_max_num_queries(40) as queries:
            page.post(f"{NEW}preview/", typed())
        counts.append(len(queries))
        make.happen(past(things))

    assert counts[1] <= counts[0]
