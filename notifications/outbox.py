"""The outbox, and planning: rows in, deliveries and decisions out, in one transaction that a crash simply undoes."""

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts import audit, subjects
from docflow.common import ids
from docflow.common.copying import copy
from docflow.common.lookups import array, by_key, texts, words
from notifications import connect, planning, reach, wake
from notifications.events import UNTOLD
from notifications.models import Decision, Delivery, Notification, OutboxEvent, Trigger
from notifications.planning import Event, Plan, Rule, World
from notifications.states import State

log = logging.getLogger(__name__)

BATCH = 250
PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=10)
Rules = Mapping[str, Sequence[Rule]]
"""By action."""

INSERT = """
INSERT INTO notifications_outboxevent (
    id, entry_id, action, subject_kind, subject_id, version, created_at, due_at, planned_at, failures, error)
SELECT id, entry, %(action)s, subject_kind, subject_id, version, at, at,
       CASE WHEN NOT %(handled)s AND NOT EXISTS (
           SELECT FROM notifications_trigger WHERE action = %(action)s AND state IN ('on', 'shadow'))
       THEN clock_timestamp() END, 0, ''
FROM unnest(%(id)s::uuid[], %(entry)s::uuid[], %(subject_kind)s::text[], %(subject_id)s::uuid[], %(version)s::int[],
            %(at)s::timestamptz[]) AS fact (id, entry, subject_kind, subject_id, version, at)
RETURNING planned_at IS NULL
"""
"""What no rule and no handler asks for is done with at once: a rule older than a fact is seen with it."""
CLAIM = """
SELECT o.id, o.entry_id, o.action, o.subject_kind, o.subject_id, o.version, o.created_at, o.failures, e.data
FROM notifications_outboxevent o JOIN accounts_auditentry e ON e.id = o.entry_id
WHERE o.planned_at IS NULL AND o.due_at <= clock_timestamp() - make_interval(secs => %(age)s)
ORDER BY o.due_at LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""


class Waiting(NamedTuple):
    """An outbox row in our hands, with what its journal entry says."""

    id: UUID
    entry_id: UUID
    action: str
    subject_kind: str
    subject_id: UUID
    version: int | None
    created_at: datetime
    failures: int
    data: dict[str, Any]


def put_down(action: str, entries: Sequence[audit.Entry]) -> bool:
    """A row for each of these entries of one action, in their transaction; whether they have to be planned."""
    values: dict[str, Any] = {
        "action": action,
        "handled": action in subjects.handled(),
        "id": array([ids.new_id() for _entry in entries]),
        "entry": array([entry.id for entry in entries]),
        "subject_kind": texts([entry.subject_kind for entry in entries]),
        "subject_id": array([entry.subject_id for entry in entries]),
        "version": words(["NULL" if entry.version is None else entry.version for entry in entries]),
        "at": texts([str(entry.at) for entry in entries]),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        (waits,) = cursor.fetchone() or (False,)
    return bool(waits)


def plan(limit: int = BATCH, *, older_than: float = 0) -> int:
    """Plan up to `limit` waiting events; how many were taken. One that cannot be planned waits, with its error."""
    try:
        with transaction.atomic():
            taken = _claim(limit, older_than)
            _plan(taken)
        return len(taken)
    except Exception:  # a poisoned event must not stop the others; each gets its own transaction
        log.exception("planning a batch failed; trying one by one", extra={"event": "plan.batch_failed"})
        return sum(_plan_alone(older_than) for _number in range(limit))


def _plan_alone(older_than: float) -> int:
    taken: list[Waiting] = []
    try:
        with transaction.atomic():
            taken = _claim(1, older_than)
            _plan(taken)
    except Exception as error:
        if not taken:
            raise
        log.exception("an event cannot be planned", extra={"event": "plan.failed", "outbox": str(taken[0].id)})
        pause = min(PAUSE * 2 ** taken[0].failures, LONGEST_PAUSE)
        OutboxEvent.objects.filter(pk=taken[0].id).update(
            failures=F("failures") + 1, error=repr(error)[:2000], due_at=Now() + pause
        )
    return len(taken)


def _claim(limit: int, older_than: float) -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"age": older_than, "limit": limit})
        return [Waiting._make((*row[:-1], json.loads(row[-1]))) for row in cursor.fetchall()]


def _plan(rows: Sequence[Waiting]) -> None:
    if not rows:
        return
    by_key()
    at = database_time()
    rules = _rules({row.action for row in rows})
    planned = list(zip(rows, make([event_of(row) for row in rows], [row.data for row in rows], rules), strict=True))
    store(planned, at)
    for row, made in planned:
        _record_untold(row, made)
    _tell_handlers(rows)
    OutboxEvent.objects.filter(pk__among=[row.id for row in rows]).update(planned_at=Now(), error="")


def _rules(actions: Collection[str]) -> Rules:
    """Those that are on or watch only; read once the facts are in our hands, so that none older than they is missed."""
    rules: dict[str, list[Rule]] = defaultdict(list)
    for trigger in Trigger.objects.filter(action__in=actions, state__in=("on", "shadow")):
        rules[trigger.action].append(reach.rule(trigger))
    return rules


def database_time() -> datetime:
    """The only clock that the engine's times are compared with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def event_of(row: OutboxEvent | Waiting) -> Event:
    """The row as the planner takes it."""
    return Event(row.id, row.action, row.subject_kind, row.subject_id, row.version, row.created_at)


def make(
    events: Sequence[Event], data: Sequence[dict[str, Any]], rules: Rules, *, rehearsal: bool = False
) -> list[Plan]:
    """Plans for many events in a constant number of queries; in a `rehearsal` as if nobody had been told before."""
    actions = {event.action for event in events}
    rules = {action: rules[action] for action in actions if rules.get(action)}
    if not rules:
        return [Plan() for _event in events]
    words = {word for many in rules.values() for one in many for word in one.recipients}
    directory = reach.directory(events, words)
    facts = facts_of(events, data)
    texts, on = reach.texts(actions), connect.on()
    told = set() if rehearsal else set(reach.told(events))
    plans = []
    for number, event in enumerate(events):
        world = World(
            facts=facts[number],
            people=directory.of(event, words),
            channels=on,
            texts=texts.get(event.action, {}),
            told=frozenset((fact, who) for subject, fact, who in told if subject == event.subject_id),
        )
        made = planning.plan(event, rules.get(event.action, []), world)
        told |= set() if rehearsal else {(event.subject_id, one.dedup, one.recipient.key) for one in made.notifications}
        plans.append(made)
    return plans


def alone(events: Sequence[Event], data: Sequence[dict[str, Any]], trigger: Trigger) -> list[Plan]:
    """Plans as if this trigger, saved or not, were the only one, and nobody had been told before."""
    return make(events, data, {trigger.action: [reach.rule(trigger)]}, rehearsal=True)


def facts_of(events: Sequence[Event], data: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What conditions and texts may use: the subject's facts now, and over them what the event itself said."""
    found: dict[Any, dict[str, Any]] = {}
    for kind in {event.subject_kind for event in events} & set(subjects.kinds()):
        found |= subjects.of(kind).facts({event.subject_id for event in events if event.subject_kind == kind})
    return [{**found.get(event.subject_id, {}), **as_facts(said)} for event, said in zip(events, data, strict=True)]


def as_facts(said: dict[str, Any]) -> dict[str, Any]:
    """What the event said, as facts are: a value in two languages becomes `x_ru` and `x_en`, other nesting goes."""
    flat: dict[str, Any] = {}
    for name, value in said.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{language}": value[language] for language in ("ru", "en") if language in value}
        elif not isinstance(value, list):
            flat[name] = value
    return flat


def store(planned: Sequence[tuple[Waiting, Plan]], at: datetime) -> None:
    """Write what was planned, three statements for a whole batch; the senders are woken after commit."""
    copy(Notification, (_notification(row, one, at) for row, made in planned for one in made.notifications))
    deliveries = [
        _delivery(one.id, each, at) for _row, made in planned for one in made.notifications for each in one.deliveries
    ]
    copy(Delivery, deliveries)
    copy(Decision, (_decision(row, chosen, at) for row, made in planned for chosen in made.decisions))
    _wake({(one["lane"], one["channel"]) for one in deliveries if one["state"] == State.QUEUED})


def _notification(row: Waiting, one: planning.PlannedNotification, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "event_id": row.id,
        "trigger_id": one.rule.id,
        "revision": one.rule.revision,
        "kind": row.action,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "version": row.version,
        "recipient": one.recipient.key,
        "role": one.role,
        "user_id": one.recipient.user_id,
        "dedup": one.dedup,
        "live": True,
        "channels": one.channels,
        "mode": one.rule.mode,
        "created_at": at,
    }


def _delivery(notification_id: UUID, planned: planning.PlannedDelivery, at: datetime) -> dict[str, Any]:
    due = at + timedelta(seconds=planned.delay)
    return {
        "id": planned.id,
        "notification_id": notification_id,
        "channel": planned.channel,
        "contact_id": planned.reach.contact_id,
        "masked": planned.reach.masked,
        "language": planned.reach.language,
        "template_version_id": planned.template_version,
        "lane": planned.lane,
        "state": str(State.PLANNED if planned.delay else State.QUEUED),
        "due_at": due,
        "expires_at": due + planned.patience,
        "created_at": at,
        **UNTOUCHED,
    }


UNTOUCHED = {
    name: getattr(Delivery(), name)
    for name in (
        "round", "body_sealed", "attempt_no", "tries", "crashes", "possible_duplicate", "provider_ref", "reason",
        "answer", "address_dead", "unsettled",
    )
}  # fmt: skip


def _decision(row: Waiting, chosen: planning.Chosen, at: datetime) -> dict[str, Any]:
    recipient = chosen.recipient
    return {
        "id": ids.new_id(),
        "event_id": row.id,
        "trigger_id": chosen.rule.id,
        "revision": chosen.rule.revision,
        "notification_id": chosen.notification_id,
        "user_id": recipient.user_id if recipient else None,
        "contact_id": chosen.contact_id,
        "recipient": chosen.role,
        "channel": chosen.channel,
        "verdict": str(chosen.verdict),
        "detail": dict(chosen.detail),
        "at": at,
    }


def wake_senders(deliveries: Sequence[Delivery]) -> None:
    """Wake each lane and channel once, after commit."""
    _wake({(one.lane, one.channel) for one in deliveries if one.state == State.QUEUED})


def _wake(lanes: Collection[tuple[str, str]]) -> None:
    for lane, channel in sorted(lanes):
        wake.after_commit(f"send:{lane}:{channel}")


def _record_untold(row: Waiting, made: Plan) -> None:
    """The journal says at once when there is no way at all to tell the client."""
    if row.version is not None and planning.leaves_client_untold(made):
        audit.record(
            UNTOLD,
            (row.subject_kind, row.subject_id),
            by=audit.SYSTEM,
            version=row.version,
            data={"fact": row.action},
        )


def _tell_handlers(rows: Sequence[Waiting]) -> None:
    """Each handler once, with everything of its action in this batch."""
    for action in {row.action for row in rows}:
        told = [_told(row) for row in rows if row.action == action]
        for handler in subjects.handlers(action):
            handler(told)


def _told(row: Waiting) -> subjects.Told:
    return subjects.Told(
        row.action, row.subject_kind, row.subject_id, row.version, row.entry_id, row.created_at, row.data
    )
