"""Planning: outbox rows in, deliveries and decisions out, in one transaction that a crash simply undoes."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts import audit, subjects
from docflow.common import ids
from docflow.common.copying import copy
from notifications import connect, planning, reach, wake
from notifications.events import UNTOLD
from notifications.models import Decision, Delivery, Notification, OutboxEvent, Trigger
from notifications.planning import Event, Plan, World
from notifications.states import State

log = logging.getLogger(__name__)

BATCH = 100
PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=10)


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
    taken: list[OutboxEvent] = []
    try:
        with transaction.atomic():
            taken = _claim(1, older_than)
            _plan(taken)
    except Exception as error:
        if not taken:
            raise
        log.exception("an event cannot be planned", extra={"event": "plan.failed", "outbox": str(taken[0].id)})
        pause = min(PAUSE * 2 ** taken[0].failures, LONGEST_PAUSE)
        OutboxEvent.objects.filter(pk=taken[0].pk).update(
            failures=F("failures") + 1, error=repr(error)[:2000], due_at=Now() + pause
        )
    return len(taken)


def _claim(limit: int, older_than: float) -> list[OutboxEvent]:
    waiting = OutboxEvent.objects.filter(planned_at__isnull=True, due_at__lte=Now() - timedelta(seconds=older_than))
    return list(
        waiting.select_for_update(skip_locked=True, of=("self",)).select_related("entry").order_by("due_at")[:limit]
    )


def _plan(rows: Sequence[OutboxEvent]) -> None:
    if not rows:
        return
    events = [event_of(row) for row in rows]
    at = database_time()
    planned = list(zip(rows, make(events, _data(rows)), strict=True))
    store(planned, at)
    for row, made in planned:
        _record_untold(row, made)
    _tell_handlers(rows)
    OutboxEvent.objects.filter(pk__among=[row.pk for row in rows]).update(planned_at=Now(), error="")


def database_time() -> datetime:
    """The only clock that the engine's times are compared with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def event_of(row: OutboxEvent) -> Event:
    """The row as the planner takes it."""
    return Event(row.id, row.action, row.subject_kind, row.subject_id, row.version, row.created_at)


def _data(rows: Sequence[OutboxEvent]) -> list[dict[str, Any]]:
    return [row.entry.data for row in rows]


def make(events: Sequence[Event], data: Sequence[dict[str, Any]], only: Trigger | None = None) -> list[Plan]:
    """Plans for many events in a constant number of queries; with `only`, as if that trigger stood alone."""
    actions = {event.action for event in events}
    if only:
        rules = {only.action: [reach.rule(only)]}
    else:
        rules = {action: [] for action in actions}
        for trigger in Trigger.objects.filter(action__in=actions, state__in=("on", "shadow")):
            rules[trigger.action].append(reach.rule(trigger))
    if not any(rules.values()):
        return [Plan() for _event in events]
    words = {word for many in rules.values() for one in many for word in one.recipients}
    directory = reach.directory(events, words)
    facts = facts_of(events, data)
    texts, on = reach.texts(actions), connect.on()
    told = set() if only else set(reach.told(events))
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
        told |= set() if only else {(event.subject_id, one.dedup, one.recipient.key) for one in made.notifications}
        plans.append(made)
    return plans


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


def store(planned: Sequence[tuple[OutboxEvent, Plan]], at: datetime) -> None:
    """Write what was planned, three statements for a whole batch; the senders are woken after commit."""
    copy(Notification, (_notification(row, one, at) for row, made in planned for one in made.notifications))
    deliveries = [
        _delivery(one.id, each, at) for _row, made in planned for one in made.notifications for each in one.deliveries
    ]
    copy(Delivery, deliveries)
    copy(Decision, (_decision(row, chosen, at) for row, made in planned for chosen in made.decisions))
    _wake({(one["lane"], one["channel"]) for one in deliveries if one["state"] == State.QUEUED})


def _notification(row: OutboxEvent, one: planning.PlannedNotification, at: datetime) -> dict[str, Any]:
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


def _decision(row: OutboxEvent, chosen: planning.Chosen, at: datetime) -> dict[str, Any]:
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


def _record_untold(row: OutboxEvent, made: Plan) -> None:
    """The journal says at once when there is no way at all to tell the client."""
    if row.version is not None and planning.leaves_client_untold(made):
        audit.record(
            UNTOLD,
            (row.subject_kind, row.subject_id),
            by=audit.SYSTEM,
            version=row.version,
            data={"fact": row.action},
        )


def _tell_handlers(rows: Sequence[OutboxEvent]) -> None:
    """Each handler once, with everything of its action in this batch."""
    for action in {row.action for row in rows}:
        told = [_told(row) for row in rows if row.action == action]
        for handler in subjects.handlers(action):
            handler(told)


def _told(row: OutboxEvent) -> subjects.Told:
    return subjects.Told(
        row.action, row.subject_kind, row.subject_id, row.version, row.entry_id, row.created_at, row.entry.data
    )
