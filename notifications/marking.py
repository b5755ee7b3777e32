"""The marker: rows are claimed by locking them, and opened and closed in groups by one statement in that transaction.

A session of its own holds the advisory lock that says this process lives. Every write is fenced by owner and attempt
number, so a process that was given up for dead can no longer change anything.
"""

import contextlib
import logging
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg2
from django.conf import settings
from django.db import connection as django_connection
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class named like a function

from docflow.common import clock
from docflow.common.lookups import array, texts, words
from notifications.journal import Journal
from notifications.outcomes import Close

log = logging.getLogger(__name__)

LOCK_SPACE = 0x646F6366
"""Class of our advisory locks (first key of two)."""
OWNERS = 2**31 - 2


class Claimed(NamedTuple):
    """A delivery in our hands, with everything that rendering needs of it."""

    id: UUID
    notification_id: UUID
    attempt_no: int
    tries: int
    expires_at: datetime
    created_at: datetime
    language: str
    lane: str
    template_version_id: UUID
    contact_id: UUID | None
    round: int
    body_sealed: bytes
    possible_duplicate: bool
    kind: str
    subject_kind: str
    subject_id: UUID | None
    version: int | None
    role: str
    event_id: UUID | None
    user_id: UUID | None
    recipient: str
    trigger_id: UUID | None
    crashes: int


@dataclass(frozen=True)
class Stop:
    """A claimed delivery that will not be sent now: finally (a state and reason), or put back for `wait` seconds."""

    delivery: UUID
    attempt: int
    state: str
    reason: str
    wait: float | None = None


@dataclass
class Marked:
    """What a mark did: attempts that are now ours to send, and ends that came too late to count."""

    opened: set[UUID] = field(default_factory=set)
    closed: set[UUID] = field(default_factory=set)


class Lost(Exception):
    """The marker's session is gone: nothing may be sent until there is a new one."""


class Marker:
    """One process's hand in the database. Claims and marks go through the connection of the thread that asks."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.owner = 0
        self.journal: Journal | None = None
        self._connection: Connection | None = None
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """The database's clock, as of the session's beginning."""
        return clock.now() + self._skew

    def begin(self) -> None:
        """At the start of a transaction that claims: should this process stand still in it, the server ends it.

        What it had locked is then anybody's, after the time of a lease.
        """
        with django_connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = %s", [f"{settings.ENGINE['lease']}s"])

    def claim(self, lane: str, channel: str, limit: int, older_than: float = 0) -> list[Claimed]:
        """Lock up to `limit` due deliveries of a lane and channel that nobody else has locked.

        They are ours until the transaction around this ends, however it ends: nothing has to be given back.
        """
        with django_connection.cursor() as cursor:
            cursor.execute(CLAIM, {"lane": lane, "channel": channel, "limit": limit, "age": older_than})
            return [Claimed._make(row) for row in cursor.fetchall()]

    def mark(self, closes: Sequence[Close], opens: Sequence[Claimed], stops: Sequence[Stop] = ()) -> Marked:
        """In one statement: record the last group's ends, put down the next group's beginnings, let go what stops.

        Raises Lost unless our session lives at this moment: what is opened without it would count as orphaned.
        """
        marked = Marked()
        if closes or opens or stops:
            self._confirm()
            terms = {"owner": self.owner, "lease": settings.ENGINE["lease"]}
            with django_connection.cursor() as cursor:
                cursor.execute(MARK, {**_closes(closes), **_opens(opens), **_stops(stops), **terms})
                for opened, place in cursor.fetchall():
                    if opened:
                        marked.opened.add(opens[place - 1].id)
                    else:
                        marked.closed.add(closes[place - 1].delivery)
        return marked

    def close(self) -> None:
        """End the session; the lock goes with it."""
        with self.lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            if self.journal:
                self.journal.close()
            self.journal, self.owner = None, 0

    def session(self) -> Journal:
        """Make sure that we have a session with its lock and journal. Raises Lost."""
        with self.lock, _as_lost():
            if self._connection is None or self._connection.closed:
                self._open()
            assert self.journal is not None  # noqa: S101 - set by _open
            return self.journal

    def _confirm(self) -> None:
        """Ask the session itself whether it lives; one that does not is replaced, if there is a database."""
        with self.lock, _as_lost():
            before = self.owner
            self.session()
            if before and before != self.owner:
                raise Lost("what was prepared carries the number of a lost session")
            connection = self._connection
            assert connection is not None  # noqa: S101 - session() opened it
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except psycopg2.Error:
                connection.close()
                raise

    def _open(self) -> None:
        """A new session takes the lock of the old owner number if it can: then nothing of ours is orphaned."""
        parameters = django_connection.get_connection_params()
        parameters.pop("cursor_factory", None)
        parameters.pop("context", None)
        fresh = psycopg2.connect(**parameters, application_name="docflow marker", keepalives_idle=10)
        fresh.autocommit = True
        with fresh.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute("SET statement_timeout = '20s'")
            owner = self.owner or random.randint(1, OWNERS)  # noqa: S311 - a number, not a secret
            while not _lock(cursor, owner):
                owner = random.randint(1, OWNERS)  # noqa: S311
            cursor.execute("SELECT clock_timestamp()")
            self._skew = cursor.fetchone()[0] - clock.now()
        if owner != self.owner:  # a lost journal stays locked: calls under the old number may still be running
            self.journal = Journal(settings.JOURNAL_DIR, owner)
        self.owner, self._connection = owner, fresh


def _lock(cursor: Any, owner: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, owner))
    return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def _as_lost() -> Iterator[None]:
    try:
        yield
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise Lost(str(error)) from error


def _closes(closes: Sequence[Close]) -> dict[str, str]:
    return {
        "c_id": array([one.delivery for one in closes]),
        "c_no": words([one.attempt for one in closes]),
        "c_owner": words([one.owner for one in closes]),
        "c_outcome": words([one.outcome for one in closes]),
        "c_state": words([one.state for one in closes]),
        "c_reason": texts([one.reason for one in closes]),
        "c_answer": texts([one.answer.replace("\0", "") for one in closes]),
        "c_ref": texts([one.provider_ref[:200] for one in closes]),
        "c_wait": words(["NULL" if one.wait is None else one.wait for one in closes]),
        "c_counts": words([int(one.counts) for one in closes]),
        "c_final": words([one.final for one in closes]),
        "c_dead": words([one.address_dead for one in closes]),
        "c_ms": words(["NULL" if one.duration is None else round(one.duration * 1000) for one in closes]),
    }


def _opens(opens: Sequence[Claimed]) -> dict[str, str]:
    return {"o_id": array([one.id for one in opens]), "o_no": words([one.attempt_no for one in opens])}


def _stops(stops: Sequence[Stop]) -> dict[str, str]:
    return {
        "s_id": array([one.delivery for one in stops]),
        "s_no": words([one.attempt for one in stops]),
        "s_state": words([one.state for one in stops]),
        "s_reason": texts([one.reason for one in stops]),
        "s_wait": words(["NULL" if one.wait is None else one.wait for one in stops]),
    }


CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT * FROM notifications_delivery
    WHERE owner IS NULL AND state IN ('planned', 'queued', 'retrying') AND lane = %(lane)s AND channel = %(channel)s
      AND due_at <= clock_timestamp() - make_interval(secs => %(age)s)
    ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
SELECT d.id, d.notification_id, d.attempt_no, d.tries, d.expires_at, d.created_at, d.language, d.lane,
       d.template_version_id, d.contact_id, d.round, d.body_sealed, d.possible_duplicate,
       n.kind, n.subject_kind, n.subject_id, n.version, n.role, n.event_id, n.user_id, n.recipient, n.trigger_id,
       d.crashes
FROM picked d JOIN notifications_notification n ON n.id = d.notification_id ORDER BY d.due_at, d.id
"""

MARK = """
WITH ends AS (
    SELECT * FROM unnest(
        %(c_id)s::uuid[], %(c_no)s::int[], %(c_owner)s::int[], %(c_outcome)s::text[], %(c_state)s::text[],
        %(c_reason)s::text[], %(c_answer)s::text[], %(c_ref)s::text[], %(c_wait)s::float8[],
        %(c_counts)s::int[], %(c_final)s::bool[],
        %(c_dead)s::bool[], %(c_ms)s::int[]
    ) WITH ORDINALITY AS e(id, no, owner, outcome, state, reason, answer, ref, wait, counts, final, dead, ms, place)
), closed_attempts AS (
    UPDATE notifications_attempt a
    SET outcome = e.outcome, reason = e.reason, answer = e.answer, duration_ms = e.ms, finished_at = clock_timestamp()
    FROM ends e
    WHERE a.delivery_id = ANY(%(c_id)s::uuid[])
      AND a.delivery_id = e.id AND a.number = e.no AND (a.outcome IS NULL OR a.outcome = 'unknown')
), closed AS (
    UPDATE notifications_delivery d
    SET state = e.state, reason = e.reason, answer = e.answer, owner = NULL, lease_until = NULL,
        provider_ref = CASE WHEN e.ref <> '' THEN e.ref ELSE d.provider_ref END,
        due_at = coalesce(clock_timestamp() + make_interval(secs => e.wait), d.due_at),
        tries = d.tries + e.counts, crashes = 0, unsettled = d.unsettled OR e.state = 'failed', address_dead = e.dead,
        sent_at = CASE WHEN e.state = 'sent' THEN clock_timestamp() ELSE d.sent_at END,
        finished_at = CASE WHEN e.final THEN clock_timestamp() END,
        body_sealed = CASE WHEN e.state IN ('sent', 'failed') THEN ''::bytea ELSE d.body_sealed END
    FROM ends e
    WHERE d.id = ANY(%(c_id)s::uuid[]) AND d.id = e.id AND d.attempt_no = e.no
      AND ((d.state = 'sending' AND d.owner = e.owner) OR d.state = 'unknown'
           OR (e.state = 'sent' AND CASE WHEN d.owner IS NULL THEN d.state END IN ('retrying', 'held')))
    RETURNING e.place
), stopped AS (
    UPDATE notifications_delivery d
    SET state = s.state, reason = s.reason,
        due_at = coalesce(clock_timestamp() + make_interval(secs => s.wait), d.due_at),
        finished_at = CASE WHEN s.wait IS NULL THEN clock_timestamp() END,
        unsettled = d.unsettled OR s.wait IS NULL,
        body_sealed = CASE WHEN s.wait IS NULL THEN ''::bytea ELSE d.body_sealed END
    FROM unnest(%(s_id)s::uuid[], %(s_no)s::int[], %(s_state)s::text[], %(s_reason)s::text[], %(s_wait)s::float8[])
         AS s(id, no, state, reason, wait)
    WHERE d.id = ANY(%(s_id)s::uuid[]) AND d.id = s.id AND d.attempt_no = s.no
      AND CASE WHEN d.owner IS NULL THEN d.state END IN ('planned', 'queued', 'retrying')
), opened AS (
    UPDATE notifications_delivery d
    SET state = 'sending', attempt_no = d.attempt_no + 1, reason = '', owner = %(owner)s,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM unnest(%(o_id)s::uuid[], %(o_no)s::int[]) WITH ORDINALITY AS o(id, no, place)
    WHERE d.id = ANY(%(o_id)s::uuid[]) AND d.id = o.id AND d.attempt_no = o.no
      AND CASE WHEN d.owner IS NULL THEN d.state END IN ('planned', 'queued', 'retrying')
      AND NOT EXISTS (SELECT FROM ends e WHERE e.id = o.id)
    RETURNING o.place, d.id, d.attempt_no, d.possible_duplicate
), attempts AS (
    INSERT INTO notifications_attempt
        (id, delivery_id, number, owner, opened_at, reason, answer, possible_duplicate)
    SELECT uuidv7(), id, attempt_no, %(owner)s, clock_timestamp(), '', '', possible_duplicate FROM opened
)
SELECT true, place FROM opened UNION ALL SELECT false, place FROM closed
"""
"""Rows are found by their keys: said twice, and states in a form that no index knows, or the whole queue is read."""

marker = Marker()
