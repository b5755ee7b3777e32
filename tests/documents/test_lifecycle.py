"""Who may move a document from where, what else happens then, and who comes too late."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Group, Role, User
from docflow.common import clock
from docflow.common.errors import NotAllowed, NotPossible, NotValid, Refused
from documents import intake, lifecycle, links, routing
from documents.models import Comment, Document, Link, Step, Task
from documents.states import State
from tests.factories import documents as make

pytestmark = pytest.mark.django_db


def actions(document: Document) -> list[str]:
    return list(AuditEntry.objects.filter(subject_id=document.pk).order_by("id").values_list("action", flat=True))


def test_letter_becomes_ready_by_itself():
    document = make.processed()

    assert document.state == State.READY
    assert document.ready_at is not None
    assert actions(document) == ["document.created", "document.checking", "document.processing", "document.ready"]


def test_ready_is_recorded_once_with_the_people_it_concerns():
    document = make.processed()

    entry = AuditEntry.objects.get(subject_id=document.pk, action="document.ready")

    assert entry.version == 1
    assert entry.participants["client"] == [str(document.client_id)]
    assert entry.participants["author"] == [str(document.author_id)]


def test_two_steps_are_walked_in_order():
    first, second = make.person(Role.APPROVER), make.person(Role.APPROVER)
    document = make.processed(make.kind({"user": first}, {"user": second}))

    document = lifecycle.confirm(document, by=first, comment="Согласен")
    assert document.state == State.APPROVAL
    document = lifecycle.confirm(document, by=second)

    assert document.state == State.READY
    assert list(document.tasks.order_by("id").values_list("position", "status", "closed_by")) == [
        (0, "confirmed", first.pk),
        (1, "confirmed", second.pk),
    ]


def test_route_is_pinned_at_the_start():
    approver = make.person(Role.APPROVER)
    kind = make.kind({"user": approver})
    document = make.processed(kind)

    kind.steps.all().delete()

    assert lifecycle.confirm(document, by=approver).state == State.READY


def test_step_of_a_group_is_confirmed_by_a_member():
    member, stranger = make.person(Role.APPROVER), make.person(Role.APPROVER)
    group = Group.objects.create(name_ru="Юристы", name_en="Lawyers")
    group.members.add(member)
    document = make.processed(make.kind({"group": group}))

    with pytest.raises(NotAllowed):
        lifecycle.confirm(document, by=stranger)
    assert lifecycle.confirm(document, by=member).state == State.READY


def test_item_26_author_never_confirms_his_own_document():
    author = make.person(Role.STAFF, Role.APPROVER)
    document = make.processed(make.kind({"user": author}), by=author)

    with pytest.raises(NotAllowed, match="somebody else"):
        lifecycle.confirm(document, by=author)
    assert Document.objects.get(pk=document.pk).state == State.APPROVAL


def test_return_needs_words():
    document = make.in_state("approval")

    with pytest.raises(NotValid) as refused:
        lifecycle.send_back(document, by=make.person(Role.APPROVER), comment="  ")

    assert refused.value.field == "comment"


def test_return_and_resubmit_start_the_route_again():
    approver = make.person(Role.APPROVER)
    document = make.processed(make.kind({"role": Role.APPROVER}, {"role": Role.APPROVER}))
    lifecycle.confirm(document, by=approver)
    document = lifecycle.send_back(document, by=approver, comment="Поправьте сумму")
    assert document.state == State.REWORK

    document = lifecycle.resubmit(document, by=document.author)
    lifecycle.confirm(document, by=approver)

    assert Document.objects.get(pk=document.pk).state == State.APPROVAL
    assert lifecycle.confirm(document, by=approver).state == State.READY
    assert Comment.objects.get(document=document, kind="returned").text == "Поправьте сумму"


def test_confirmations_of_an_earlier_round_do_not_make_it_ready():
    document = make.in_state("approval")
    lifecycle.confirm(document, by=make.person(Role.APPROVER))
    Document.objects.filter(pk=document.pk).update(route_round=2)

    assert not routing.is_walked(Document.objects.get(pk=document.pk))


def test_ready_is_refused_while_the_text_is_not_read():
    document = make.in_state("processing")

    with pytest.raises(NotPossible) as refused:
        lifecycle.advance(document)

    assert refused.value.code == "not_ready"
    assert Document.objects.get(pk=document.pk).state == State.PROCESSING


def test_decision_on_a_task_that_is_gone_is_refused_with_the_fresh_state():
    approver = make.person(Role.APPROVER)
    document = make.in_state("approval")
    seen = routing.current_task(document)
    lifecycle.recall(document, by=document.author, comment="Не тот файл")

    with pytest.raises(NotPossible) as refused:
        lifecycle.confirm(document, by=approver, task=seen.pk)

    assert refused.value.extra == {"state": "recalled", "version": 1}


def test_recall_ends_tasks_steps_and_links():
    document = make.processed()
    contact = document.client.contacts.create(kind="email", lookup="x", verified_at=clock.now())
    links.for_pairs([(contact.pk, document.pk)])

    lifecycle.recall(document, by=document.author, comment="Ошибка в сумме")

    assert Link.objects.get().revoked_why == "recalled"
    assert not Task.objects.filter(status="open").exists()
    assert not Step.objects.filter(outcome="").exists()


def test_told_twice_is_delivered_once():
    document = make.processed()

    lifecycle.mark_delivered([(document.pk, 1, clock.now())])
    lifecycle.mark_delivered([(document.pk, 1, clock.now())])

    assert actions(document).count("document.delivered") == 1


def test_told_of_an_older_version_changes_nothing():
    document = make.processed()

    lifecycle.mark_delivered([(document.pk, 7, clock.now())])

    assert Document.objects.get(pk=document.pk).state == State.READY


def test_restore_brings_back_the_state():
    document = make.in_state("acknowledged")
    lifecycle.archive(document, by=document.author)

    assert lifecycle.restore(document, by=document.author).state == State.ACKNOWLEDGED


def test_new_version_starts_over_and_closes_old_links():
    document = make.in_state("declined")
    contact = document.client.contacts.create(kind="email", lookup="x", verified_at=clock.now())
    links.for_pairs([(contact.pk, document.pk)])

    document = intake.new_version(document, make.file(), by=document.author)

    assert (document.state, document.version, document.ready_at) == (State.CHECKING, 2, None)
    assert Link.objects.get().revoked_why == "replaced"


def test_parked_check_is_retried_from_the_check():
    document = lifecycle.fail(make.in_state("checking"), reason={"code": "stopped"})

    assert lifecycle.retry(document, by=document.author).state == State.CHECKING


def test_parked_reading_is_retried_from_the_reading():
    document = make.in_state("failed")

    assert lifecycle.retry(document, by=document.author).state == State.PROCESSING


# Which use case is possible from where, by whom. Everything not listed here must be refused, and change nothing.
STAFF, AUTHOR, APPROVER, OPERATOR, ADMIN, CLIENT, OTHER_CLIENT = (
    "staff",
    "author",
    "approver",
    "operator",
    "administrator",
    "client",
    "other_client",
)
ACTORS = (STAFF, AUTHOR, APPROVER, OPERATOR, ADMIN, CLIENT, OTHER_CLIENT)
MANAGERS = {STAFF, AUTHOR, ADMIN}
STAGE_STATES = {State.REVIEW, State.APPROVAL, State.SIGNING, State.ENDORSEMENT}
USE_CASES: dict[str, tuple[Callable[..., Any], set[State], set[str]]] = {
    "start": (lifecycle.start, {State.UPLOADED}, MANAGERS),
    "retry": (lifecycle.retry, {State.FAILED}, MANAGERS),
    "confirm": (lifecycle.confirm, STAGE_STATES, {APPROVER}),
    "send_back": (lambda one, by: lifecycle.send_back(one, by=by, comment="Нет"), STAGE_STATES, {APPROVER}),
    "resubmit": (lifecycle.resubmit, {State.REWORK}, MANAGERS),
    "new_version": (
        lambda one, by: intake.new_version(one, make.file(), by=by),
        {State.REJECTED, State.FAILED, State.REWORK, State.RECALLED, State.DECLINED},
        MANAGERS,
    ),
    "recall": (
        lambda one, by: lifecycle.recall(one, by=by, comment="Нет"),
        set(State) - {State.RECALLED, State.ARCHIVED},
        MANAGERS,
    ),
    "acknowledge": (lifecycle.acknowledge, {State.READY, State.DELIVERED}, {CLIENT}),
    "decline": (lambda one, by: lifecycle.decline(one, by=by, comment="Нет"), {State.READY, State.DELIVERED}, {CLIENT}),
    "archive": (
        lifecycle.archive,
        {State.READY, State.DELIVERED, State.ACKNOWLEDGED, State.REJECTED, State.RECALLED, State.DECLINED},
        MANAGERS,
    ),
    "restore": (lifecycle.restore, {State.ARCHIVED}, MANAGERS),
}


def cast(document: Document) -> dict[str, User]:
    people = {role: make.person(role) for role in (STAFF, APPROVER, OPERATOR, ADMIN)}
    return people | {AUTHOR: document.author, CLIENT: document.client, OTHER_CLIENT: make.person(Role.CLIENT)}


@pytest.mark.parametrize("state", list(State))
def test_item_25_every_use_case_from_every_state_by_everybody(state: State):
    document = make.in_state(state)
    people = cast(document)

    for name, (use_case, states, allowed) in USE_CASES.items():
        for actor in ACTORS:
            journal = AuditEntry.objects.count()
            savepoint = _savepoint()
            try:
                use_case(document, by=people[actor])
                happened = True
            except Refused:
                happened = False
                assert Document.objects.get(pk=document.pk).state == state, (name, actor)
                assert AuditEntry.objects.count() == journal, (name, actor)
            _rollback(savepoint)
            assert happened == (state in states and actor in allowed), (name, actor)


def _savepoint() -> str:
    from django.db import transaction

    return transaction.savepoint()


def _rollback(savepoint: str) -> None:
    from django.db import transaction

    transaction.savepoint_rollback(savepoint)


@pytest.mark.parametrize("state", list(State))
def test_the_machine_moves_only_from_its_own_states(state: State):
    document = make.in_state(state)
    expected = {"accept": {State.CHECKING}, "reject": {State.CHECKING}, "fail": {State.CHECKING, State.PROCESSING}}

    for name, states in expected.items():
        savepoint = _savepoint()
        words = {} if name == "accept" else {"reason": {"code": "x"}}
        try:
            getattr(lifecycle, name)(document, **words)
            happened = True
        except Refused:
            happened = False
        _rollback(savepoint)
        assert happened == (state in states), name


def test_docflow_itself_may_recall():
    document = make.processed()

    assert lifecycle.recall(document, by=SYSTEM, comment="Отзыв по письму").state == State.RECALLED


@pytest.mark.django_db(transaction=True)
def test_item_25_fifty_approvals_at_once_make_one_transition():
    approver = make.person(Role.APPROVER)
    document = make.in_state("approval")

    outcomes = _at_once(8, lambda: lifecycle.confirm(document, by=approver))

    assert outcomes.count("done") == 1
    assert outcomes.count("NotPossible") == 7
    assert actions(document).count("document.ready") == 1


@pytest.mark.django_db(transaction=True)
def test_approval_racing_recall_leaves_one_truth():
    approver = make.person(Role.APPROVER)
    document = make.in_state("approval")

    def approve() -> None:
        lifecycle.confirm(document, by=approver)

    def recall() -> None:
        lifecycle.recall(document, by=document.author, comment="Стоп")

    _at_once(2, approve, recall)

    assert Document.objects.get(pk=document.pk).state == State.RECALLED
    assert not Task.objects.filter(document=document, status="open").exists()


def _at_once(count: int, *acts: Callable[[], Any]) -> list[str]:
    """Run the acts in real threads from one starting line; how each ended."""
    line = threading.Barrier(count)
    ends: list[str] = []

    def run(act: Callable[[], Any]) -> None:
        line.wait()
        try:
            act()
            ends.append("done")
        except Refused as refused:
            ends.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(acts[number % len(acts)],)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends
