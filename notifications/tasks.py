"""Celery's entry points: wake-ups that carry no ids. All truth is in the rows."""

import logging
import time
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup

from notifications import consequences, dispatch, incoming, outbox, wake
from notifications.channels import registry
from notifications.marking import Lost

log = logging.getLogger(__name__)

LONGEST = 60.0
PACE = 0.1
"""Seconds between two beginnings of the same work: a group costs little more than one message."""
GATHER = 0.2
"""Seconds for which what nobody waits for may gather: conclusions, and facts that only handlers hear of."""
_began: dict[str, float] = {}


@shared_task(name="notifications.tasks.plan", queue="plan")  # type: ignore[untyped-decorator]
def plan() -> None:
    """Plan what happened, until nothing waits."""
    _hear(wake.PLAN)
    _go_on(wake.PLAN, outbox.plan, outbox.BATCH)


@shared_task(name="notifications.tasks.conclude", queue="plan")  # type: ignore[untyped-decorator]
def conclude() -> None:
    """Draw the conclusions of what was sent, and give handlers their facts."""
    time.sleep(GATHER)
    _hear(wake.CONCLUDE)
    _go_on(wake.CONCLUDE, consequences.settle, consequences.BATCH)
    _go_on(wake.PLAN, outbox.plan, outbox.BATCH)


@shared_task(name="notifications.tasks.incoming", queue="plan")  # type: ignore[untyped-decorator]
def come_in() -> None:
    """Do what people asked for in a messenger."""
    _hear(wake.INCOMING)
    _go_on(wake.INCOMING, incoming.handle, incoming.BATCH)


def _hear(name: str) -> None:
    """Begin, at the pace; until then no further wake is needed, and from then on each commit has one of its own."""
    time.sleep(max(0.0, _began.get(name, 0.0) + PACE - time.monotonic()))
    _began[name] = time.monotonic()
    wake.heard(name)


def _go_on(name: str, work: Callable[[], int], full: int) -> None:
    """While there is a full batch: whatever commits from here on has a wake of its own."""
    until = time.monotonic() + LONGEST
    while work() >= full:
        if time.monotonic() >= until:
            wake.now(name)
            return


@shared_task(name="notifications.tasks.send", queue="send")  # type: ignore[untyped-decorator]
def send(lane: str, channel: str) -> None:
    """Send what is due in one lane of one channel."""
    name = f"send:{lane}:{channel}"
    _hear(name)
    began = time.monotonic()
    try:
        dispatch.of(lane, channel).run()
    except Lost as error:
        log.warning("sending stopped", extra={"event": "send.lost", "channel": channel, "error": str(error)[:200]})
        return
    if time.monotonic() - began >= dispatch.LONGEST:
        wake.now(name)


@celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def warm_up(instance: Any, **_rest: Any) -> None:
    """Load the providers' libraries before the first message, in workers that send."""
    if "send" in instance.app.amqp.queues.consume_from:
        for kind in registry.KINDS:
            registry.channel_class(kind)
