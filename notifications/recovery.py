"""Dead owners: what they were sending is judged by the journal they left. What they had only claimed was never marked.

An owner is dead when nobody holds its advisory lock. If its journal is on this machine and no process has it locked,
that is certain and the journal tells each message's fate; without one, rows in sending wait out the call's deadline
and then count as unknown.

A message in whose hands three processes died, none of them past the point of no return, is parked for a person.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from notifications import journal, metrics
from notifications.channels import registry
from notifications.journal import Mark, Phase
from notifications.marking import LOCK_SPACE
from notifications.models import Delivery
from notifications.states import State

log = logging.getLogger(__name__)

MOST_CRASHES = 3
UNSEEN = Mark(Phase.NONE)
IN_HAND = (Phase.PREPARING, Phase.BEGUN)

ORPHANED = """
SELECT DISTINCT owner FROM notifications_delivery d
WHERE state = 'sending' AND (lease_until < clock_timestamp() OR NOT EXISTS (
    SELECT 1 FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = %(space)s::oid AND l.objid = d.owner::oid
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
))
"""
LOCKED = """
SELECT l.objid::bigint FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = %(space)s::oid
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
BLAME = """
UPDATE notifications_delivery d SET crashes = held.crashes + 1
FROM unnest(%(id)s::uuid[], %(no)s::int[], %(crashes)s::int[]) AS held(id, no, crashes)
WHERE d.id = held.id AND d.crashes <= held.crashes
  AND ((d.state = 'sending' AND d.owner = %(owner)s AND d.attempt_no = held.no)
       OR (d.state IN ('planned', 'queued', 'retrying') AND d.attempt_no + 1 = held.no))
RETURNING d.state
"""
PARK = """
UPDATE notifications_delivery
SET state = 'failed', reason = 'crashes', finished_at = clock_timestamp(), unsettled = true, body_sealed = ''::bytea
WHERE id = ANY(%(id)s::uuid[]) AND owner IS NULL AND state IN ('queued', 'retrying') AND crashes >= %(most)s
"""
SENDING = """
SELECT d.id, d.attempt_no, d.channel FROM notifications_delivery d
JOIN notifications_attempt a ON a.delivery_id = d.id AND a.number = d.attempt_no
WHERE d.owner = %(owner)s AND d.state = 'sending'
  AND (%(certain)s OR d.lease_until < clock_timestamp()
       OR (%(dead)s AND %(here)s AND a.opened_at < clock_timestamp() - make_interval(secs => %(deadline)s)))
FOR UPDATE OF d SKIP LOCKED
"""
JUDGE = """
WITH fates AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(no)s::int[], %(outcome)s::text[], %(state)s::text[], %(reason)s::text[],
                         %(wait)s::float8[], %(final)s::bool[]) AS f(id, no, outcome, state, reason, wait, final)
), closed AS (
    UPDATE notifications_attempt a SET outcome = f.outcome, reason = f.reason, finished_at = clock_timestamp()
    FROM fates f WHERE a.delivery_id = f.id AND a.number = f.no AND a.outcome IS NULL
)
UPDATE notifications_delivery d
SET state = f.state, reason = f.reason, owner = NULL, lease_until = NULL,
    due_at = clock_timestamp() + make_interval(secs => f.wait),
    sent_at = CASE WHEN f.state = 'sent' THEN clock_timestamp() ELSE d.sent_at END,
    finished_at = CASE WHEN f.final THEN clock_timestamp() END,
    unsettled = d.unsettled OR f.final,
    body_sealed = CASE WHEN f.state = 'sent' THEN ''::bytea ELSE d.body_sealed END
FROM fates f WHERE d.id = f.id AND d.attempt_no = f.no AND d.state = 'sending' AND d.owner = %(owner)s
"""


def recover() -> int:
    """Return what dead owners held; how many deliveries."""
    known = journal.owners(settings.JOURNAL_DIR)  # before the locks: a new process has its lock before its journal
    with connection.cursor() as cursor:
        cursor.execute(LOCKED, {"space": LOCK_SPACE})
        living = {owner for (owner,) in cursor.fetchall()}
        cursor.execute(ORPHANED, {"space": LOCK_SPACE})
        orphaned = {owner for (owner,) in cursor.fetchall()}
    gone = {owner for owner in known if _is_gone(owner, living)}
    found = sum(_return(owner, living) for owner in sorted(orphaned | gone))
    _tidy(gone)
    return found


def _is_gone(owner: int, living: AbstractSet[int]) -> bool:
    """Whether its death is certain: it was a process of this machine, and holds neither its lock nor its journal."""
    return owner not in living and journal.lives(settings.JOURNAL_DIR, owner) is False


@transaction.atomic
def _return(owner: int, living: AbstractSet[int]) -> int:
    folder = settings.JOURNAL_DIR
    certain, marks = _is_gone(owner, living), journal.read(folder, owner)
    held = {key: mark for key, mark in (marks or {}).items() if mark.phase in IN_HAND} if certain else {}
    claimed = _blame(owner, held)
    terms: dict[str, int | bool] = {
        "owner": owner,
        "certain": certain,
        "dead": owner not in living,
        "here": journal.lives(folder, owner) is not None,
        "deadline": settings.ENGINE["call_deadline"],
    }
    with connection.cursor() as cursor:
        cursor.execute(SENDING, terms)
        sending = cursor.fetchall()
    if sending:
        _judge(owner, sending, marks)
    _park(held)
    metrics.recovered.labels("queued").inc(claimed)
    if claimed or sending:
        log.info(
            "owner gone", extra={"event": "owner.gone", "owner": owner, "claimed": claimed, "sending": len(sending)}
        )
    return claimed + len(sending)


def _blame(owner: int, held: Mapping[tuple[UUID, int], Mark]) -> int:
    """Each message that was in hand counts one more death; most of them only happened to be there.

    One more than when it was taken in hand: several that died before anybody looked count once. How many of the
    messages had only been claimed.
    """
    if not held:
        return 0
    values: dict[str, Any] = {
        "owner": owner,
        "id": [delivery for delivery, _number in held],
        "no": [number for _delivery, number in held],
        "crashes": [mark.crashes for mark in held.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(BLAME, values)
        return sum(state != "sending" for (state,) in cursor.fetchall())


def _park(held: Collection[tuple[UUID, int]]) -> None:
    """With which so many processes died that it is no accident is sent by nobody any more, unless a person says so."""
    if held:
        with connection.cursor() as cursor:
            cursor.execute(PARK, {"id": [key[0] for key in held], "most": MOST_CRASHES})
            metrics.recovered.labels("parked").inc(cursor.rowcount)


def _judge(owner: int, rows: Sequence[tuple[UUID, int, str]], marks: Mapping[tuple[UUID, int], Mark] | None) -> None:
    fates = []
    for one, number, channel in rows:
        fates.append(fate(channel, None if marks is None else marks.get((one, number), UNSEEN).phase))
    values: dict[str, Any] = {
        "owner": owner,
        "id": [row[0] for row in rows],
        "no": [row[1] for row in rows],
        "outcome": [one[0] for one in fates],
        "state": [one[1] for one in fates],
        "reason": [one[2] for one in fates],
        "wait": [one[3] for one in fates],
        "final": [one[4] for one in fates],
    }
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, values)
    for _outcome, state, *_rest in fates:
        metrics.recovered.labels(state).inc()


def fate(channel: str, phase: Phase | None) -> tuple[str, str, str, float, bool]:
    """Outcome, next state, reason, wait and whether that is final, for a message whose sender died.

    `None` is no journal: anything may have happened.
    """
    described = registry.describe(channel)
    if phase is Phase.ACCEPTED:
        return "ok", "sent", "", 0.0, not described.has_receipts
    if phase in (Phase.NONE, Phase.REFUSED, *IN_HAND):
        return "transient", "retrying", "process_died", 0.0, False
    wait = settings.ENGINE["unknown_wait"] or described.unknown_wait
    return "unknown", "unknown", "process_died", float(wait), False


def _tidy(gone: AbstractSet[int]) -> None:
    """Journals of dead owners that have nothing left go."""
    held = set(Delivery.objects.filter(state=State.SENDING, owner__in=gone).values_list("owner", flat=True).distinct())
    for owner in gone - held:
        journal.forget(settings.JOURNAL_DIR, owner)
