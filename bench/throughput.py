"""10,000 queued e-mails to one sink: docflow with one and two workers, django-post-office by its own command."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from accounts.models import User
from accounts.models.contact import Kind
from bench import channels, meter, peer, scale, seed, sink, worker
from bench.results import Bar, Goal, Plot, Result, Spread, Table, number
from bench.sink import Sink
from docflow.common import valkey
from documents.states import State
from notifications import outbox, preview, wake
from notifications.models import Delivery, Template

MESSAGES = scale.messages(10_000)
PATIENCE = 120
OURS, OURS_TWICE = "docflow, one worker", "docflow, two workers"
PEER, PEER_LATE, PEER_TWICE = (
    "post-office as installed",
    "post-office, rendering when it sends",
    "post-office, two processes",
)

MORE_WORK = (
    "Of each message the engine asks whether it is still true, allowed and wanted, makes its link, and writes attempt, "
    "outcome and conclusion under their indexes and foreign keys; post-office writes its row and a line of log."
)


@dataclass(frozen=True)
class Round:
    """One contender's turn. `quiet` is the CPU until every conclusion was drawn as well."""

    per_second: float
    cpu: float
    quiet: float
    by_name: dict[str, float]
    planned: tuple[float, float] = (0.0, 0.0)
    """Seconds and CPU that planning took beforehand."""


def measure(rounds: int) -> Result:
    """The main comparison; contenders in turn."""
    with sink.running() as target:
        channels.only("email", target)
        by = seed.author()
        clients = seed.clients(MESSAGES, Kind.EMAIL)
        rival = peer.Peer(target.smtp, message())
        contenders: dict[str, Callable[[], Round]] = {
            OURS: lambda: _ours(target, clients, by, 1),
            PEER: lambda: _peers(target, rival, processes=1, late=False),
            OURS_TWICE: lambda: _ours(target, clients, by, 2),
            PEER_LATE: lambda: _peers(target, rival, processes=1, late=True),
            PEER_TWICE: lambda: _peers(target, rival, processes=2, late=False),
        }
        found: dict[str, list[Round]] = {name: [] for name in contenders}
        for _number in range(rounds):
            for name, turn in contenders.items():
                found[name].append(turn())
                one = found[name][-1]
                print(f"   {name}: {one.per_second:,.0f}/s, {one.cpu * 1e6:,.0f} µs, {one.quiet * 1e6:,.0f} µs")
    return _result(found)


def message() -> dict[str, str]:
    """Our letter that a document is ready, as a template of the peer's: byte for byte but for what differs."""
    version = Template.objects.select_related("current").get(action="document.ready", channel="email", language="ru")
    words = version.current
    assert words  # noqa: S101 - seeded
    facts = dict(preview.sample("document.ready"), title="Договор поставки оборудования {{ n }}", number="{{ n }}-26")
    link, name = "http://127.0.0.1:8000/s/{{ code }}", "Мария Сергеевна"
    made = preview.render(
        "document.ready", "email", "ru", subject=words.subject, text=words.text, html=words.html,
        buttons=words.buttons, facts=facts, link=link, address_as=name,
    )  # fmt: skip
    return {"subject": made.subject, "text": made.text, "html": made.html or ""}


def queue(clients: list[User], by: User) -> tuple[float, float]:
    """A ready document for each client, planned; the seconds and the CPU that planning took."""
    seed.say_ready(seed.documents(clients, by, State.READY))
    worker.tidy()
    with meter.Meter() as planning:
        while outbox.plan():
            pass
    return planning.used.seconds, planning.used.cpu


def _ours(target: Sink, clients: list[User], by: User, processes: int) -> Round:
    planned = queue(clients, by)
    with worker.workers(processes):
        target.forget()
        used = meter.Meter()
        used.start()
        began = time.monotonic()
        wake.now("send:normal:email")
        target.wait(MESSAGES, PATIENCE)
        seconds, sent = target.last() - began, used.stop()
        worker.until_quiet()
        quiet = used.stop()
    assert target.count() == MESSAGES == len({to for to, _at in target.arrived()})  # noqa: S101 - none lost or doubled
    assert not Delivery.objects.exclude(state="sent").exists()  # noqa: S101
    valkey.client().flushdb()
    return Round(MESSAGES / seconds, sent.cpu / MESSAGES, quiet.cpu / MESSAGES, sent.by_name, planned)


def _peers(target: Sink, rival: peer.Peer, *, processes: int, late: bool) -> Round:
    rival.queue(MESSAGES, late=late)
    worker.tidy()
    target.forget()
    with rival.ready("send", {"processes": processes}) as process:
        with meter.Meter() as used:
            began = time.monotonic()
            peer.go(process)
        seconds = target.last() - began
    assert target.count() == MESSAGES  # noqa: S101
    cpu = used.used.cpu / MESSAGES
    return Round(MESSAGES / seconds, cpu, cpu, used.used.by_name)


def _result(found: dict[str, list[Round]]) -> Result:
    speed = {name: Spread.of(one.per_second for one in turns) for name, turns in found.items()}
    cpu = {name: Spread.of(one.cpu * 1e6 for one in turns) for name, turns in found.items()}
    quiet = {name: Spread.of(one.quiet * 1e6 for one in turns) for name, turns in found.items()}
    times = speed[OURS].median / speed[PEER].median
    goals = [
        Goal(
            f"One worker against django-post-office as installed, {MESSAGES:,} e-mails", 5, times, "×", cause=MORE_WORK
        ),
        Goal(
            "CPU per e-mail of all processes, of post-office's",
            25,
            share(cpu[OURS], cpu[PEER]),
            "%",
            at_least=False,
            cause=MORE_WORK,
        ),
        Goal("Two workers against one", 1.25, speed[OURS_TWICE].median / speed[OURS].median, "×"),
    ]
    rows = [
        [name, str(speed[name]), number(speed[name].median / speed[PEER].median), str(cpu[name]), str(quiet[name])]
        for name in found
    ]
    columns = ["contender", "messages/s", "× post-office", "CPU µs/message", "… with all conclusions drawn"]
    plots = [
        Plot("engine-throughput", f"{MESSAGES:,} queued e-mails to one sink", "messages/s", list(_bars(speed)),
             goal=5 * speed[PEER].median),
        Plot("engine-cpu", "CPU of all processes for one e-mail", "µs", list(_bars(cpu)),
             goal=cpu[PEER].median / 4),
    ]  # fmt: skip
    return Result("throughput", f"{MESSAGES:,} queued e-mails", goals, [Table("", columns, rows), _where(found)], plots)


def share(one: Spread, other: Spread) -> float:
    return 100 * one.median / other.median


def _bars(values: dict[str, Spread]) -> Iterator[Bar]:
    return (Bar.of(name, spread, ours=name in (OURS, OURS_TWICE)) for name, spread in values.items())


def _where(found: dict[str, list[Round]]) -> Table:
    names = sorted({name for turns in found.values() for one in turns for name in one.by_name})
    rows = [[who, *(_each(turns, name) for name in names)] for who, turns in found.items()]
    planned = Spread.of(seconds / MESSAGES * 1e6 for seconds, _cpu in [one.planned for one in found[OURS]])
    note = f"Planning one of them beforehand (conditions, people, decisions, rows) took {planned} µs."
    return Table("CPU, µs for one message", ["contender", *names], rows, note)


def _each(turns: list[Round], name: str) -> str:
    return f"{Spread.of(one.by_name.get(name, 0) / MESSAGES * 1e6 for one in turns).median:.0f}"
