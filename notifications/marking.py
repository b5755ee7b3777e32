"""The marker: one raw connection per process through which rows are claimed, opened and closed in groups.

Its session holds the advisory lock that says this process lives. Every write is fenced by owner and attempt number,
so a process that was given up for dead can no longer change anything.
"""

import contextlib
import logging
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg2
import psycopg2.extras
from django.conf import settings
from django.db import connection as django_connection
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class named like a function

from docflow.common import clock
from notifications.journal import Journal
from notifications.outcomes import Close

log = logging.getLogger(__name__)

LOCK_SPACE = 0x646F6366
"""Class of our advisory locks (first key of two)."""
OWNERS = 2**31 - 2


@dataclass(frozen=True)
class Claimed:
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
    """One process's hand in the database. Thread-safe; statements take turns."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.owner = 0
        self.journal: Journal | None = None
        self._connection: Connection | None = None
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """The database's clock, as of the session's beginning."""
        return clock.now() + self._skew

    def claim(self, lane: str, channel: str, limit: int, older_than: float = 0) -> list[Claimed]:
        """Take up to `limit` due deliveries of a lane and channel into our hands."""
        values = {"lane": lane, "channel": channel, "limit": limit, "age": older_than, **self._terms()}
        return [Claimed(*row) for row in self._run(CLAIM, values)]

    def mark(self, closes: Sequence[Close], opens: Sequence[Claimed], stops: Sequence[Stop] = ()) -> Marked:
        """In one statement: record the last group's ends, put down the next group's beginnings, let go what stops."""
        marked = Marked()
        if closes or opens or stops:
            for what, row in self._run(MARK, {**_closes(closes), **_opens(opens), **_stops(stops), **self._terms()}):
                (marked.opened if what == "opened" else marked.closed).add(row)
        return marked

    def let_go(self, ids: Sequence[UUID]) -> None:
        """Put back what is claimed and not begun."""
        if ids:
            self._run(LET_GO, {"ids": list(ids), **self._terms()})

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

    def _terms(self) -> dict[str, Any]:
        self.session()
        return {"owner": self.owner, "lease": settings.ENGINE["lease"]}

    def _run(self, statement: str, values: dict[str, Any]) -> list[Any]:
        with self.lock, _as_lost():
            self.session()
            connection = self._connection
            assert connection is not None  # noqa: S101 - session() opened it
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []
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
        psycopg2.extras.register_uuid(conn_or_curs=fresh)  # type: ignore[no-untyped-call]
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


def _closes(closes: Sequence[Close]) -> dict[str, list[Any]]:
    return {
        "c_id": [one.delivery for one in closes],
        "c_no": [one.attempt for one in closes],
        "c_owner": [one.owner for one in closes],
        "c_outcome": [str(one.outcome) for one in closes],
        "c_state": [str(one.state) for one in closes],
        "c_reason": [one.reason for one in closes],
        "c_answer": [one.answer.replace("\0", "") for one in closes],
        "c_ref": [one.provider_ref[:200] for one in closes],
        "c_wait": [one.wait for one in closes],
        "c_counts": [int(one.counts) for one in closes],
        "c_unsettled": [one.unsettled for one in closes],
        "c_dead": [one.address_dead for one in closes],
        "c_ms": [None if one.duration is None else round(one.duration * 1000) for one in closes],
    }


def _opens(opens: Sequence[Claimed]) -> dict[str, list[Any]]:
    return {"o_id": [one.id for one in opens], "o_no": [one.attempt_no for one in opens]}


def _stops(stops: Sequence[Stop]) -> dict[str, list[Any]]:
    return {
        "s_id": [one.delivery for one in stops],
        "s_no": [one.attempt for one in stops],
        "s_state": [str(one.state) for one in stops],
        "s_reason": [one.reason for one in stops],
        "s_wait": [one.wait for one in stops],
    }


CLAIM = """
WITH picked AS (
    SELECT id FROM notifications_delivery
    WHERE owner IS NULL AND state IN ('planned', 'queued', 'retrying') AND lane = %(lane)s AND channel = %(channel)s
      AND due_at <= clock_timestamp() - make_interval(secs => %(age)s)
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE notifications_delivery d
    SET owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s), state = 'queued'
    FROM picked WHERE d.id = picked.id RETURNING d.*
)
SELECT d.id, d.notification_id, d.attempt_no, d.tries, d.expires_at, d.created_at, d.language, d.lane,
       d.template_version_id, d.contact_id, d.round, d.body_sealed, d.possible_duplicate,
       n.kind, n.subject_kind, n.subject_id, n.version, n.role, n.event_id, n.user_id, n.recipient, n.trigger_id,
       d.crashes
FROM claimed d JOIN notifications_notification n ON n.id = d.notification_id ORDER BY d.due_at, d.id
"""

MARK = """
WITH ends AS (
    SELECT * FROM unnest(
        %(c_id)s::uuid[], %(c_no)s::int[], %(c_owner)s::int[], %(c_outcome)s::text[], %(c_state)s::text[],
        %(c_reason)s::text[], %(c_answer)s::text[], %(c_ref)s::text[], %(c_wait)s::float8[],
        %(c_counts)s::int[], %(c_unsettled)s::bool[],
        %(c_dead)s::bool[], %(c_ms)s::int[]
    ) AS e(id, no, owner, outcome, state, reason, answer, ref, wait, counts, unsettled, dead, ms)
), closed_attempts AS (
    UPDATE notifications_attempt a
    SET outcome = e.outcome, reason = e.reason, answer = e.answer, duration_ms = e.ms, finished_at = clock_timestamp()
    FROM ends e
    WHERE a.delivery_id = e.id AND a.number = e.no AND (a.outcome IS NULL OR a.outcome = 'unknown')
), closed AS (
    UPDATE notifications_delivery d
    SET state = e.state, reason = e.reason, answer = e.answer, owner = NULL, lease_until = NULL,
        provider_ref = CASE WHEN e.ref <> '' THEN e.ref ELSE d.provider_ref END,
        due_at = coalesce(clock_timestamp() + make_interval(secs => e.wait), d.due_at),
        tries = d.tries + e.counts, crashes = 0, unsettled = d.unsettled OR e.unsettled, address_dead = e.dead,
        sent_at = CASE WHEN e.state = 'sent' THEN clock_timestamp() ELSE d.sent_at END,
        finished_at = CASE WHEN e.state = 'failed' OR (e.state = 'sent' AND e.unsettled)
                      THEN clock_timestamp() END,
        body_sealed = CASE WHEN e.state IN ('sent', 'failed') THEN ''::bytea ELSE d.body_sealed END
    FROM ends e
    WHERE d.id = e.id AND d.attempt_no = e.no
      AND ((d.state = 'sending' AND d.owner = e.owner) OR d.state = 'unknown')
    RETURNING d.id
), stopped AS (
    UPDATE notifications_delivery d
    SET state = s.state, reason = s.reason, owner = NULL, lease_until = NULL,
        due_at = coalesce(clock_timestamp() + make_interval(secs => s.wait), d.due_at),
        finished_at = CASE WHEN s.wait IS NULL THEN clock_timestamp() END,
        unsettled = d.unsettled OR s.wait IS NULL,
        body_sealed = CASE WHEN s.wait IS NULL THEN ''::bytea ELSE d.body_sealed END
    FROM unnest(%(s_id)s::uuid[], %(s_no)s::int[], %(s_state)s::text[], %(s_reason)s::text[], %(s_wait)s::float8[])
         AS s(id, no, state, reason, wait)
    WHERE d.id = s.id AND d.attempt_no = s.no AND d.state = 'queued' AND d.owner = %(owner)s
), opened AS (
    UPDATE notifications_delivery d
    SET state = 'sending', attempt_no = d.attempt_no + 1, reason = '',
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM unnest(%(o_id)s::uuid[], %(o_no)s::int[]) AS o(id, no)
    WHERE d.id = o.id AND d.attempt_no = o.no AND d.state = 'queued' AND d.owner = %(owner)s
    RETURNING d.id, d.attempt_no, d.possible_duplicate
), attempts AS (
    INSERT INTO notifications_attempt
        (id, delivery_id, number, owner, opened_at, reason, answer, possible_duplicate)
    SELECT gen_random_uuid(), id, attempt_no, %(owner)s, clock_timestamp(), '', '', possible_duplicate FROM opened
)
SELECT 'opened', id FROM opened UNION ALL SELECT 'closed', id FROM closed
"""

LET_GO = """
UPDATE notifications_delivery SET owner = NULL, lease_until = NULL
WHERE id = ANY(%(ids)s::uuid[]) AND owner = %(owner)s AND state = 'queued'
"""

marker = Marker()
