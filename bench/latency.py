"""From READY to the sink: at rest, at 50 a second beside django-post-office, urgent behind a heap of bulk."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from accounts.models.contact import Kind
from bench import channels, peer, scale, seed, sink, throughput, worker
from bench.results import Bar, Goal, Plot, Result, Spread, Table
from bench.sink import Sink
from bench.worker import until
from documents import lifecycle
from documents.states import State
from notifications import wake
from notifications.models import Delivery, Trigger
from notifications.states import Lane

REST, REST_PER_SECOND = 40, 4.0
LOAD, LOAD_PER_SECOND = 500, 50.0
HEAP, HEAP_REPLY = scale.messages(10_000), 0.02
URGENT, URGENT_PER_SECOND = 80, 5.0
PATIENCE = 60
GROUPS = (
    "Planning and sending begin at most ten times a second each, so that they work for groups: a message waits half of "
    "that twice on average, besides some thirty-five statements for its group; the peer takes each message at once."
)
OURS, PEER = "docflow", "post-office with Celery"


@dataclass(frozen=True)
class Waits:
    """Milliseconds until the sink had each message, from the end and from the start of the call that caused it."""

    end: list[float]
    start: list[float]

    def end_at(self, share: float) -> float:
        return percentile(self.end, share)

    def start_at(self, share: float) -> float:
        return percentile(self.start, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def at_rest(rounds: int) -> Result:
    """Nothing else is under way when a document becomes ready."""
    with sink.running() as target:
        by, clients = _prepare(target, REST)
        with worker.workers():
            _ready(target, clients[:4], by, REST_PER_SECOND)  # the first message opens connections
            turns = [_ready(target, clients, by, REST_PER_SECOND) for _number in range(rounds)]
    p50 = Spread.of(turn.end_at(0.5) for turn in turns)
    cause = "Two wakes through Celery and about thirty-five statements lie between the commit and the sink."
    goal = Goal("READY to handed over, at rest, p50", 50, p50.median, "ms", at_least=False, cause=cause)
    told = "A document becomes ready every quarter of a second; counted from the end of the use case's transaction."
    return Result("rest", "Latency at rest", [goal], [_table({OURS: turns})], told=told)


def under_load(rounds: int) -> Result:
    """50 a second, contenders in turn."""
    with sink.running() as target:
        by, clients = _prepare(target, LOAD)
        rival = peer.Peer(target.smtp, throughput.message())
        rival.queue(1, late=False)
        found: dict[str, list[Waits]] = {OURS: [], PEER: []}
        for _number in range(rounds):
            with worker.workers():
                _ready(target, clients[:4], by, REST_PER_SECOND)
                found[OURS].append(_ready(target, clients, by, LOAD_PER_SECOND))
            found[PEER].append(_peer(target, rival))
    p50 = {name: Spread.of(turn.end_at(0.5) for turn in turns) for name, turns in found.items()}
    p99 = Spread.of(turn.end_at(0.99) for turn in found[OURS])
    share = p50[OURS].median / p50[PEER].median
    goals = [
        Goal(
            "READY to handed over at 50/s, p50, of post-office's Celery mode",
            1 / 3,
            share,
            "×",
            at_least=False,
            cause=GROUPS,
        ),
        Goal("READY to handed over at 50/s, p99", 250, p99.median, "ms", at_least=False, cause=GROUPS),
    ]
    bars = [Bar.of(name, spread, ours=name == OURS) for name, spread in p50.items()]
    plot = Plot("engine-latency", "From READY to the sink at 50 a second, p50", "ms", bars, p50[PEER].median / 3)
    told = (
        "Ours is the use case with journal, planning and decisions; the peer's `mail.send` renders and queues a text."
    )
    return Result("load", "Latency at 50 a second", goals, [_table(found)], [plot], told=told)


def urgent(rounds: int) -> Result:
    """An urgent document overtakes 10,000 bulk messages that a slow relay takes one by one."""
    with sink.running() as target:
        by, clients = _prepare(target, HEAP + URGENT)
        turns = [_overtake(target, clients, by) for _number in range(rounds)]
    p99 = Spread.of(turn.end_at(0.99) for turn in turns)
    goal = Goal(f"Urgent behind {HEAP:,} bulk messages, p99", 5_000, p99.median, "ms", at_least=False)
    told = f"The relay answers after {HEAP_REPLY * 1000:.0f} ms, so that the heap outlasts the urgent ones."
    return Result("urgent", "Urgent behind a heap of bulk", [goal], [_table({OURS: turns})], told=told)


def _overtake(target: Sink, clients: list[User], by: User) -> Waits:
    rule = Trigger.objects.filter(key="ready")
    rule.update(lane=Lane.BULK)
    throughput.queue(clients[URGENT:], by)
    rule.update(lane=Lane.NORMAL)
    with worker.workers():
        target.think(HEAP_REPLY)
        wake.now("send:bulk:email")
        waits = _ready(target, clients[:URGENT], by, URGENT_PER_SECOND, priority="urgent")
        assert Delivery.objects.filter(lane=Lane.BULK, state="queued").exists()  # noqa: S101 - else nothing was overtaken
        target.think(0)
        until(lambda: not Delivery.objects.exclude(state="sent").exists(), PATIENCE)
        worker.until_quiet()
    return waits


def _prepare(target: Sink, number: int) -> tuple[User, list[User]]:
    channels.only("email", target)
    return seed.author(), seed.clients(number, Kind.EMAIL)


def _ready(target: Sink, clients: list[User], by: User, per_second: float, priority: str = "normal") -> Waits:
    """A document for each client becomes ready by its use case, at a steady pace; the clients are the first ones."""
    documents = seed.documents(clients, by, State.PROCESSING, priority)
    target.forget()
    calls, began = [], time.monotonic()
    for n, document in enumerate(documents, start=1):
        time.sleep(max(0.0, began + n / per_second - time.monotonic()))
        start = time.monotonic()
        lifecycle.advance(document)
        calls.append((seed.address(Kind.EMAIL, n), start, time.monotonic()))
    return _waits(target, calls)


def _peer(target: Sink, rival: peer.Peer) -> Waits:
    with rival.celery() as env:
        order = {"number": LOAD, "per_second": LOAD_PER_SECOND}
        with rival.ready("load", order, **env) as process:
            target.forget()
            calls = json.loads(peer.go(process))
        return _waits(target, calls)


def _waits(target: Sink, calls: Sequence[tuple[str, float, float]]) -> Waits:
    until(lambda: {to for to, _at in target.arrived()} >= {to for to, *_times in calls}, PATIENCE)
    arrived = dict(reversed(target.arrived()))
    return Waits(
        end=[1000 * (arrived[to] - end) for to, _start, end in calls],
        start=[1000 * (arrived[to] - start) for to, start, _end in calls],
    )


def _table(found: dict[str, list[Waits]]) -> Table:
    columns = ["ms", "p50", "p95", "p99", "p50 from the call's start", "p99 from the call's start"]
    rows = [
        [
            name,
            *(str(Spread.of(turn.end_at(share) for turn in turns)) for share in (0.5, 0.95, 0.99)),
            *(str(Spread.of(turn.start_at(share) for turn in turns)) for share in (0.5, 0.99)),
        ]
        for name, turns in found.items()
    ]
    return Table("Until the sink has the message, from the end of the call", columns, rows)
