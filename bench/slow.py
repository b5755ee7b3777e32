"""64 connections to a provider that answers after 50 ms, through Twilio's and Telegram's own libraries."""

import time
from dataclasses import dataclass

from accounts.models import User
from accounts.models.contact import Kind
from bench import channels, meter, scale, seed, sink, worker
from bench.results import Bar, Goal, Plot, Result, Spread, Table
from bench.sink import Sink
from documents.states import State
from notifications import outbox, wake
from notifications.models import Delivery

CONNECTIONS = 64
REPLY = 0.05
BEST = CONNECTIONS / REPLY
MESSAGES = scale.messages(5_000)
PATIENCE = 120
KINDS = {"sms": Kind.PHONE, "telegram": Kind.TELEGRAM}
LABELS = {"sms": "SMS through Twilio's library", "telegram": "Telegram through python-telegram-bot"}

CAUSE = "Gate, text and the provider's own library take more of the one interpreter than 64 connections wait."


@dataclass(frozen=True)
class Round:
    per_second: float
    cpu: float


def measure(rounds: int) -> Result:
    """Both channels in turn, one worker process."""
    with sink.running() as target:
        by = seed.author()
        clients = seed.clients(MESSAGES, *KINDS.values())
        found: dict[str, list[Round]] = {channel: [] for channel in KINDS}
        for _number in range(rounds):
            for channel in KINDS:
                found[channel].append(_turn(target, channel, clients, by))
    speed = {channel: Spread.of(one.per_second for one in turns) for channel, turns in found.items()}
    goals = [
        Goal(f"{LABELS[channel]}: 64 connections, 50 ms, of connections / reply time", 80,
             100 * spread.median / BEST, "%", cause=CAUSE)
        for channel, spread in speed.items()
    ]  # fmt: skip
    rows = [
        [LABELS[channel], str(speed[channel]), f"{100 * speed[channel].median / BEST:.0f} %",
         str(Spread.of(1e6 * one.cpu for one in turns))]
        for channel, turns in found.items()
    ]  # fmt: skip
    columns = ["channel", "messages/s", "of connections / reply time", "CPU µs/message"]
    bars = [Bar.of(LABELS[channel], spread) for channel, spread in speed.items()]
    plot = Plot(
        "engine-slow-providers", "64 connections to a provider that takes 50 ms", "messages/s", bars, 0.8 * BEST
    )
    return Result("slow", "Slow providers", goals, [Table("", columns, rows)], [plot])


def _turn(target: Sink, channel: str, clients: list[User], by: User) -> Round:
    channels.only(channel, target)
    seed.say_ready(seed.documents(clients, by, State.READY))
    while outbox.plan():
        pass
    worker.tidy()
    with worker.workers(ENGINE_CONNECTIONS=str(CONNECTIONS)):
        target.forget()
        target.think(REPLY)
        with meter.Meter() as used:
            began = time.monotonic()
            wake.now(f"send:normal:{channel}")
            target.wait(MESSAGES, PATIENCE)
            seconds = target.last() - began
        worker.until_quiet()
    assert target.count() == MESSAGES  # noqa: S101
    assert not Delivery.objects.exclude(state="sent").exists()  # noqa: S101
    return Round(MESSAGES / seconds, used.used.cpu / MESSAGES)
