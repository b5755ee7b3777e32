"""The drain: claim, gate, compose, mark, send, record, for one lane of one channel until nothing is due.

One thread does everything that touches the database; sender threads do nothing but call the provider.
"""

import logging
import threading
import time
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection, transaction

from docflow.common.lookups import by_key
from notifications import breaker, buckets, composing, connect, consequences, gate, outcomes, wake
from notifications.channels import registry
from notifications.channels.base import Channel, ChannelError, ErrorKind, Message
from notifications.gate import Passed
from notifications.journal import SLOTS, Journal
from notifications.marking import Claimed, Lost, Marked, Marker, Stop, marker
from notifications.outcomes import Close, Ended, Traits
from notifications.sending import Job, Senders
from notifications.states import State

log = logging.getLogger(__name__)

LONGEST = 60.0
"""Seconds after which a drain returns and wakes itself again."""
AHEAD = 0.5
"""Seconds of sending that may be marked ahead: what passed the gate goes out within a second."""
GROUP = 64
FASTEST = 0.002
UNSAID = 0.05
"""Seconds that an end may wait to be recorded together with others."""
HELP_AGAIN = 1.0
"""Seconds after which other workers are asked again to help with a heap."""
GRACE = 5.0
IDLE_WAIT = 0.05
LOST_PAUSE = 0.3
OFF_WAIT = 60.0
OUR_FAULT_WAIT = 60.0
GONE = (OperationalError, InterfaceError, InternalError)
"""What the database's absence looks like; the last when the server ended a transaction that stood still."""


class Drain:
    """One lane of one channel in this process; its threads and its unrecorded ends outlive a single run."""

    def __init__(self, lane: str, channel: str, hand: Marker) -> None:
        self.lane, self.channel, self.marker = lane, channel, hand
        self.connections = settings.ENGINE["connections"]
        self.senders = Senders(f"{lane} {channel}", self.connections)
        self.turn = threading.Lock()
        self.asked = threading.Event()
        self.running: dict[tuple[UUID, int], Job] = {}
        self.ended: list[tuple[Job, Ended]] = []
        self.unsaid_since = 0.0
        self.average = 0.1
        self.dry = False
        self.short = False
        self.helped_at = 0.0

    def run(self, *, seconds: float = LONGEST, older_than: float = 0) -> int:
        """Send what is due until nothing is, or for `seconds`; how many calls ended. One thread at a time.

        Who finds the drain at work leaves word, so that what has become due meanwhile is claimed too.
        Raises Lost when the database is away; ends that are not recorded yet are waited for first.
        """
        until, sent = time.monotonic() + seconds, 0
        self.asked.set()
        while self.asked.is_set() and self.turn.acquire(blocking=False):
            try:
                sent += self._run(until, older_than)
            finally:
                self.turn.release()
        return sent

    def _run(self, until: float, older_than: float) -> int:
        sent = 0
        while True:
            if self.asked.is_set():
                self.asked.clear()
                self.dry = False
            try:
                sent += self._turn(over=time.monotonic() >= until, older_than=older_than)
            except (Lost, *GONE) as error:
                self._lost(error)
                until = 0
            if self._is_done(over=time.monotonic() >= until):
                return sent
            while not self._is_time() and not self.asked.is_set():
                self._collect(IDLE_WAIT)

    def _is_time(self) -> bool:
        """Groups make the database cheap: the next one begins when half of what may be under way has ended."""
        if not self.running or (self.ended and time.monotonic() - self.unsaid_since >= UNSAID):
            return True
        return not self.dry and self._room() >= max(1, self._most() // 2)

    def _awaited(self) -> int:
        """How many ends make it time."""
        most = self._most()
        spare = 0 if self.dry else most - max(1, most // 2)
        return max(1, len(self.running) - spare)

    def _is_done(self, *, over: bool) -> bool:
        return not self.running and not self.ended and (over or self.dry)

    def _lost(self, error: Exception) -> None:
        """Without a database nothing new begins; what was claimed is free again."""
        log.warning("no database", extra={"event": "drain.lost", "channel": self.channel, "error": str(error)[:200]})
        connection.close()
        if not self.running and not self.ended:
            raise Lost(str(error)) from error
        time.sleep(LOST_PAUSE)

    def _turn(self, *, over: bool, older_than: float) -> int:
        if over:
            self.dry = True
        ended = self._step(0 if over else self._free(), older_than)
        if self.short:
            time.sleep(IDLE_WAIT)
        elif not self.dry and time.monotonic() - self.helped_at >= HELP_AGAIN:
            self.helped_at = time.monotonic()
            wake.now(f"send:{self.lane}:{self.channel}")
        return ended

    def _most(self) -> int:
        """How many may be under way: half a second of sending."""
        ahead = min(GROUP, max(1.0, AHEAD / max(self.average, FASTEST)))
        return min(int(self.connections * ahead), SLOTS // 20)

    def _room(self) -> int:
        return self._most() - len(self.running)

    def _free(self) -> int:
        """How many may begin now, by room and by the breaker."""
        room = self._room()
        if room <= 0:
            return 0
        limit = breaker.allowed(self.channel)
        if limit == 0:
            self.dry = True
            return 0
        return room if limit is None else min(limit, room)

    def _claim(self, free: int, older_than: float) -> list[Claimed]:
        """What may begin now; of what is locked beyond that nothing is written, and the lock ends with the step."""
        self.short = False
        rate = connect.agreed_rate(self.channel)
        limit = buckets.most(self.channel, free, rate)
        if limit <= 0 or self.dry:
            return []
        claimed = self.marker.claim(self.lane, self.channel, limit, older_than)
        allowed = buckets.take(self.channel, len(claimed), rate)
        self.short = allowed < len(claimed)
        self.dry = len(claimed) < limit and not self.short
        return claimed[:allowed]

    def _step(self, free: int, older_than: float = 0) -> int:
        """The last group's ends and the next group's beginnings in one transaction, then the calls."""
        self._collect(0)
        ended, jobs = list(self.ended), list[Job]()
        closes = self._closes(ended)
        if not (closes or free):
            return 0
        try:
            with transaction.atomic():
                by_key()
                self.marker.begin()
                jobs, stops = self._prepare(self._claim(free, older_than))
                marked = self.marker.mark(closes, [job.claimed for job in jobs], stops)
                self._conclude([(job, close) for (job, _end), close in zip(ended, closes, strict=True)], marked)
        except BaseException:
            _give_back(jobs)
            raise
        del self.ended[: len(ended)]
        _give_back([job for job, _end in ended])
        _give_back([job for job in jobs if job.claimed.id not in marked.opened])
        self._start([job for job in jobs if job.claimed.id in marked.opened])
        breaker.heard(self.channel, [end for _job, end in ended])
        if stops or any(close.final and close.state == State.FAILED for close in closes):
            wake.now(wake.CONCLUDE)
        return len(ended)

    def _conclude(self, closes: Sequence[tuple[Job, Close]], marked: Marked) -> None:
        """What follows from an arrival is written with it; a fault in that must not keep the arrival from the rows."""
        arrived = {
            close.delivery: job.claimed.contact_id
            for job, close in closes
            if close.final and close.state == State.SENT and close.delivery in marked.closed
        }
        if not arrived:
            return
        try:
            with transaction.atomic():
                consequences.arrived(arrived)
        except GONE:
            raise
        except Exception:
            log.exception("conclusions put off", extra={"event": "drain.conclude", "size": len(arrived)})
            consequences.put_off(arrived)

    def _prepare(self, group: Sequence[Claimed]) -> tuple[list[Job], list[Stop]]:
        """Gate and compose; one message that breaks our own code must not stop the others.

        A message with which a process died is prepared alone, so that a second death names it for sure.
        """
        if not group:
            return [], []
        if len(group) > 1 and any(one.crashes for one in group):
            return self._in_parts([[one] for one in group if one.crashes] + [[one for one in group if not one.crashes]])
        try:
            with self.marker.session().preparing([(one.id, one.attempt_no + 1, one.crashes) for one in group]):
                return self._make_jobs(group)
        except (DatabaseError, Lost):
            raise
        except Exception:
            log.exception("a group cannot be prepared", extra={"event": "drain.prepare", "size": len(group)})
            if len(group) == 1:
                return [], [Stop(group[0].id, group[0].attempt_no, State.QUEUED, "our_fault", wait=OUR_FAULT_WAIT)]
        return self._in_parts([[one] for one in group])

    def _in_parts(self, groups: Sequence[Sequence[Claimed]]) -> tuple[list[Job], list[Stop]]:
        parts = [self._prepare(group) for group in groups]
        return [job for jobs, _stops in parts for job in jobs], [stop for _jobs, stops in parts for stop in stops]

    def _make_jobs(self, group: Sequence[Claimed]) -> tuple[list[Job], list[Stop]]:
        if not connect.current()[self.channel].on:
            return [], [Stop(one.id, one.attempt_no, State.QUEUED, "channel_off", wait=OFF_WAIT) for one in group]
        passed, stops = gate.check(group, now=self.marker.now())
        ready, later = self._by_address(passed)
        messages, broken = composing.compose(ready, self.channel)
        stops += later + [
            Stop(one.claimed.id, one.claimed.attempt_no, State.FAILED, "template_broken")
            for one in ready
            if one.claimed.id in broken
        ]
        journal = self.marker.session()
        channel = connect.channel(self.channel)
        jobs = [
            self._job(one.claimed, messages[one.claimed.id], channel, journal)
            for one in ready
            if one.claimed.id in messages
        ]
        return jobs, stops

    def _by_address(self, passed: Sequence[Passed]) -> tuple[list[Passed], list[Stop]]:
        """One address gets no more than its provider allows; the rest wait a second, which is no attempt."""
        ready, later = [], []
        allowed = buckets.take_each(self.channel, [one.contact.lookup for one in passed])
        for one, may_go in zip(passed, allowed, strict=True):
            if may_go:
                ready.append(one)
            else:
                later.append(Stop(one.claimed.id, one.claimed.attempt_no, State.QUEUED, "rate", wait=1.0))
        return ready, later

    def _job(self, claimed: Claimed, message: Message, channel: Channel, journal: Journal) -> Job:
        return Job(
            claimed=claimed,
            attempt=claimed.attempt_no + 1,
            owner=self.marker.owner,
            message=message,
            channel=channel,
            journal=journal,
            slot=journal.take(),
            deadline=time.monotonic() + settings.ENGINE["call_deadline"],
        )

    def _start(self, jobs: Sequence[Job]) -> None:
        self.running |= {job.key: job for job in jobs}
        self.senders.put(jobs)

    def _collect(self, timeout: float) -> None:
        """Take in what has ended, and give up on calls that are far past their deadline."""
        found = self.senders.collect(timeout if self.running else 0, self._awaited())
        if found and not self.ended:
            self.unsaid_since = time.monotonic()
        for job, end in found:
            if self.running.pop(job.key, None) is not None:
                self.ended.append((job, end))
                self.average += (end.duration - self.average) * 0.1
        late = time.monotonic() - GRACE
        for job in [job for job in self.running.values() if job.deadline < late]:
            del self.running[job.key]
            self.ended.append((job, _given_up(job)))

    def _closes(self, ended: Sequence[tuple[Job, Ended]]) -> list[Close]:
        described = registry.describe(self.channel)
        wait = settings.ENGINE["unknown_wait"] or described.unknown_wait
        traits = Traits(described.has_receipts, wait, tuple(settings.ENGINE_SCHEDULE))
        now = self.marker.now()
        return [outcomes.close(end, traits, now=now) for _job, end in ended]


def _given_up(job: Job) -> Ended:
    """A call that does not return: in doubt once it was past the point of no return."""
    kind: ErrorKind = "unknown" if job.committed else "transient"
    error = ChannelError(kind, "no_answer")
    claimed = job.claimed
    return Ended(claimed.id, job.attempt, job.owner, claimed.tries, claimed.expires_at, GRACE, None, error)


def _give_back(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.journal.give_back([job.slot])


class Drains:
    """The drains of this process, made when first needed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: dict[tuple[str, str], Drain] = {}

    def of(self, lane: str, channel: str) -> Drain:
        with self.lock:
            if (lane, channel) not in self.known:
                self.known[lane, channel] = Drain(lane, channel, marker)
            return self.known[lane, channel]


_drains = Drains()
of = _drains.of
