"""What the rest of the product hears of documents: facts, rights, truth, links, people."""

from typing import Any

import pytest

from accounts import subjects
from accounts.models import Contact, Group, Role
from accounts.subjects import Told
from docflow.common import clock, crypto, ids
from docflow.common.errors import NotAllowed, NotPossible
from documents import lifecycle, links
from documents.events import ACTIONS, SAMPLE
from documents.models import Document, Link
from documents.states import State
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

SUBJECT = subjects.of("document")


def contact(user: Any, kind: str = "email") -> Contact:
    address = f"{ids.new_id().hex}@example.com"
    made = Contact(user=user, kind=kind, lookup=crypto.lookup(address, kind), verified_at=clock.now())
    made.address = address
    made.save()
    return made


def test_facts_are_what_the_samples_promise():
    document = make.processed(number="418")

    facts = SUBJECT.facts([document.pk])[document.pk]

    assert set(SAMPLE) <= set(facts)
    assert facts["number"] == "418"
    assert (facts["state"], facts["state_name_en"]) == ("ready", "Ready")
    assert facts["pages"] == 1


@pytest.mark.parametrize("many", [1, 3])
def test_batches_cost_the_same_however_large(many, django_assert_max_num_queries):
    documents = [make.in_state("approval") for _n in range(many)]
    pairs = {(contact(document.client).pk, document.pk) for document in documents}
    wanted = [document.pk for document in documents]

    with django_assert_max_num_queries(3):
        assert len(SUBJECT.facts(wanted)) == many
    with django_assert_max_num_queries(1):
        assert len(SUBJECT.may_see(pairs)) == many
    with django_assert_max_num_queries(1):
        assert len(SUBJECT.holds({("document.approval_asked", one, 1) for one in wanted})) == many
    with django_assert_max_num_queries(1):
        SUBJECT.seen(pairs)
    with django_assert_max_num_queries(3):
        SUBJECT.people(wanted, "acting")


def test_links_cost_the_same_however_many(django_assert_max_num_queries):
    documents = [make.processed() for _n in range(3)]
    pairs = {(contact(document.client).pk, document.pk) for document in documents}

    with django_assert_max_num_queries(2):
        first = SUBJECT.links(pairs)
    assert SUBJECT.links(pairs) == first
    assert Link.objects.count() == 3


@pytest.mark.parametrize("state", list(State))
def test_ready_holds_only_while_the_client_may_have_it(state):
    document = make.in_state(state)
    fact = ("document.ready", document.pk, 1)

    assert (SUBJECT.holds({fact}) == {fact}) == (state in {"ready", "delivered", "acknowledged"})


def test_ready_of_another_version_does_not_hold():
    document = make.processed()

    assert SUBJECT.holds({("document.ready", document.pk, 2)}) == set()


def test_who_may_see():
    group = Group.objects.create(name_ru="Юристы", name_en="Lawyers")
    member = make.person(Role.APPROVER)
    group.members.add(member)
    document = make.processed(make.kind({"group": group}))
    insiders = [document.client, document.author, member, make.person(Role.OPERATOR), make.person(Role.ADMINISTRATOR)]
    strangers = [make.person(Role.APPROVER), make.person(Role.CLIENT), make.person(Role.STAFF, is_active=False)]
    pairs = {(contact(user).pk, document.pk): user for user in [*insiders, *strangers]}

    seen = SUBJECT.may_see(pairs)

    assert {pairs[pair] for pair in seen} == set(insiders)


def test_client_of_a_rejected_file_knows_nothing():
    document = make.in_state("rejected")

    assert SUBJECT.may_see({(contact(document.client).pk, document.pk)}) == set()


def test_people_get_the_page_that_is_theirs():
    document = make.processed()
    mine, theirs = contact(document.client), contact(document.author)

    found = SUBJECT.links({(mine.pk, document.pk), (theirs.pk, document.pk)})

    assert "/s/" in found[mine.pk, document.pk]
    assert found[theirs.pk, document.pk].endswith(f"/documents/{document.pk}/")


def test_opened_in_one_channel_is_seen_in_all():
    document = make.processed()
    mail, phone = contact(document.client), contact(document.client, "phone")
    links.for_pairs([(mail.pk, document.pk)])
    link = Link.objects.select_related("document", "contact__user").get()
    links.note_opening(link, kind="opened")  # type: ignore[arg-type]

    assert SUBJECT.seen({(mail.pk, document.pk), (phone.pk, document.pk)}) == {
        (mail.pk, document.pk),
        (phone.pk, document.pk),
    }
    assert SUBJECT.seen({(contact(document.author).pk, document.pk)}) == set()


def test_opening_without_the_code_a_type_asks_for_silences_nothing():
    document = make.processed(make.kind(confirm="code"))
    mail = contact(document.client)
    links.for_pairs([(mail.pk, document.pk)])
    link = Link.objects.select_related("document", "contact__user").get()
    links.note_opening(link, kind="opened")  # type: ignore[arg-type]

    assert SUBJECT.seen({(mail.pk, document.pk)}) == set()
    links.acknowledge(links.by_id(link.pk), proven=True)
    assert SUBJECT.seen({(mail.pk, document.pk)}) == {(mail.pk, document.pk)}


def test_acting_is_who_must_decide_but_never_the_author():
    author = make.person(Role.STAFF, Role.APPROVER)
    other = make.person(Role.APPROVER)
    document = make.processed(make.kind({"role": Role.APPROVER}), by=author)

    assert SUBJECT.people([document.pk], "acting") == {document.pk: [other.pk]}
    assert SUBJECT.people([document.pk], "author") == {document.pk: [author.pk]}


def test_button_confirms_once_and_says_so_twice():
    document = make.processed(make.kind(confirm="code"))
    chat = contact(document.client, "telegram")

    first = SUBJECT.act(document.pk, "confirm", by=chat, at=clock.now())
    second = SUBJECT.act(document.pk, "confirm", by=chat, at=clock.now())

    assert (first, second) == ("Receipt is confirmed.", "Receipt is confirmed already.")


def test_button_of_somebody_else_confirms_nothing():
    document = make.processed()

    with pytest.raises(NotAllowed):
        SUBJECT.act(document.pk, "confirm", by=contact(make.person(Role.CLIENT), "telegram"), at=clock.now())
    with pytest.raises(NotPossible):
        SUBJECT.act(document.pk, "explode", by=contact(document.client, "telegram"), at=clock.now())
    assert Document.objects.get().state == State.READY


def test_told_makes_it_delivered():
    document = make.processed()
    told = Told("delivery.told", "document", document.pk, 1, ids.new_id(), clock.now(), {"fact": "document.ready"})

    for handler in subjects.handlers("delivery.told"):
        handler([told])

    assert Document.objects.get().state == State.DELIVERED


def test_told_of_something_else_delivers_nothing():
    document = make.processed()
    told = Told("delivery.told", "document", document.pk, 1, ids.new_id(), clock.now(), {"fact": "document.approved"})

    for handler in subjects.handlers("delivery.told"):
        handler([told])

    assert Document.objects.get().state == State.READY


def test_found_by_number_first_then_by_words():
    exact, worded = make.uploaded(number="418", title="Акт"), make.uploaded(title="Договор 418")

    assert SUBJECT.find("418") == [exact.pk, worded.pk]
    assert SUBJECT.find("  ") == []


def test_choices_for_conditions():
    kind = make.kind()
    make.uploaded(purpose="оплата")

    assert (kind.slug, kind.name) in SUBJECT.choices("type")
    assert ("urgent", "Urgent") in SUBJECT.choices("priority")
    assert SUBJECT.choices("purpose") == [("оплата", "оплата")]
    assert SUBJECT.choices("title") == []


def test_every_sample_is_flat():
    for action in ACTIONS:
        assert all(not isinstance(value, dict | list) for value in action.sample.values()), action.name


def test_recall_withdraws_the_truth_of_ready():
    document = make.processed()
    lifecycle.recall(document, by=document.author, comment="Стоп")

    assert SUBJECT.holds({("document.ready", document.pk, 1)}) == set()
