"""Sender threads: each takes one message, makes one call, and says how it ended. They hold no database connection."""

import logging
import math
import queue
import re
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from prometheus_client import Counter, Histogram

from docflow.common import clock
from notifications import metrics
from notifications.channels.base import Channel, ChannelError, ErrorKind, Message, Receipt
from notifications.journal import Journal, Phase
from notifications.marking import Claimed
from notifications.outcomes import Ended

log = logging.getLogger(__name__)

SHORTEST = 4  # shorter ones would be found in any answer
IDLE = 60.0
"""Seconds after which an idle sender thread ends."""
FEWEST, MOST_PER_SECOND = 2, 3000
"""Threads that a provider gets however fast it is, and how many messages a second one process may come to send."""
SAMPLE = 8
"""Calls after which what was known of the provider's pace counts for nothing."""


@dataclass
class Job:
    """One opened attempt: the mark is committed, the call may be made until `deadline` (monotonic)."""

    claimed: Claimed
    attempt: int
    owner: int
    message: Message
    channel: Channel
    journal: Journal
    slot: int
    deadline: float
    committed: bool = False

    @property
    def key(self) -> tuple[UUID, int]:
        return self.claimed.id, self.attempt

    def committing(self) -> None:
        """Written just before the bytes that cannot be taken back. Raises ChannelError when it is too late for them."""
        if time.monotonic() > self.deadline:
            raise ChannelError("transient", "too_late")
        self.reached(Phase.COMMITTING)
        self.committed = True

    def begin(self) -> None:
        self.journal.write(self.slot, self.claimed.id, self.attempt, Phase.BEGUN, self.claimed.crashes)

    def reached(self, phase: Phase) -> None:
        self.journal.advance(self.slot, phase)


class Senders:
    """Up to k threads for one lane and channel; threads start when needed and end when idle.

    A provider that answers at once gets few connections: more would only wait for the one interpreter.
    """

    def __init__(self, name: str, connections: int) -> None:
        self.name = name
        self.connections = connections
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._enough = threading.Condition(self._lock)
        self._ends: list[tuple[Job, Ended]] = []
        self._awaited = 0
        self._threads = 0
        self._busy = 0
        self._pace = 0.0

    def put(self, jobs: Sequence[Job]) -> None:
        """Have the messages sent."""
        for job in jobs:
            self._jobs.put(job)
        with self._lock:
            self._busy += len(jobs)
            self._hire()

    def _hire(self) -> None:
        """Threads for what waits, as many as the interpreter can keep busy at the provider's pace."""
        wanted = min(self.connections, self._busy, max(FEWEST, math.ceil(self._pace * MOST_PER_SECOND)))
        while self._threads < wanted:
            self._threads += 1
            threading.Thread(target=self._work, name=f"send {self.name}", daemon=True).start()

    def collect(self, timeout: float, enough: int = 1) -> list[tuple[Job, Ended]]:
        """What has ended; waits up to `timeout` seconds until it is `enough`."""
        with self._lock:
            if timeout > 0 and len(self._ends) < enough:
                self._awaited = enough
                self._enough.wait(timeout)
                self._awaited = 0
            found, self._ends = self._ends, []
            if found:
                usual = statistics.median(end.duration for _job, end in found)
                self._pace += (usual - self._pace) * min(1.0, len(found) / SAMPLE)
                self._hire()
        return found

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._jobs.empty():
                        self._threads -= 1
                        return
                continue
            end = call(job)
            with self._lock:
                self._busy -= 1
                self._ends.append((job, end))
                if 0 < self._awaited <= len(self._ends):
                    self._awaited = 0
                    self._enough.notify()


def call(job: Job) -> Ended:
    """Make the call; the journal knows before and after whether the provider may have the message."""
    started = time.monotonic()
    job.begin()
    receipt, error = _attempt(job)
    if receipt:
        receipt = Receipt(receipt.provider_ref, without_address(receipt.answer, job.message.to))
    if error:
        error.answer = without_address(error.answer, job.message.to)
    if error is None:
        job.reached(Phase.ACCEPTED)
    elif error.kind != "unknown":
        job.reached(Phase.REFUSED)
    duration = time.monotonic() - started
    _measure(job, duration, error)
    claimed = job.claimed
    return Ended(claimed.id, job.attempt, job.owner, claimed.tries, claimed.expires_at, duration, receipt, error)


def without_address(answer: str, to: str) -> str:
    """What the provider said, fit to be kept and shown: addresses are only ever kept sealed and shown masked."""
    bare = to.lstrip("+")
    if len(bare) <= SHORTEST or bare.lower() not in answer.lower():
        return answer
    return re.sub(rf"\+?{re.escape(bare)}", "…", answer, flags=re.IGNORECASE)


def _measure(job: Job, duration: float, error: ChannelError | None) -> None:
    seconds, attempts, handed = _measured(job.channel.kind, job.claimed.lane, error.kind if error else "ok")
    seconds.observe(duration)
    attempts.inc()
    if error is None:
        handed.observe(max(0.0, (clock.now() - job.claimed.created_at).total_seconds()))


@cache
def _measured(kind: str, lane: str, outcome: str) -> tuple[Histogram, Counter, Histogram]:
    return (
        metrics.call_seconds.labels(kind),
        metrics.attempts.labels(kind, outcome),
        metrics.handed_seconds.labels(kind, lane),
    )


def _attempt(job: Job) -> tuple[Receipt | None, ChannelError | None]:
    """A broken adapter must not take the thread with it; what it did before the commit point was not sent."""
    if time.monotonic() > job.deadline:
        return None, ChannelError("transient", "too_late")
    try:
        return job.channel.send(job.message, job.committing), None
    except ChannelError as error:
        return None, error
    except Exception as error:
        log.exception("a channel broke", extra={"event": "channel.broke", "channel": job.channel.kind})
        kind: ErrorKind = "unknown" if job.committed else "transient"
        return None, ChannelError(kind, "channel_broke", type(error).__name__)
