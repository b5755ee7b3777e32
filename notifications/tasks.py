"""Celery's entry points: wake-ups that carry no ids. All truth is in the rows."""

import logging
import time
from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup

from notifications import consequences, dispatch, incoming, outbox, wake
from notifications.channels import registry
from notifications.marking import Lost

log = logging.getLogger(__name__)

LONGEST = 60.0


@shared_task(name="notifications.tasks.plan", queue="plan")  # type: ignore[untyped-decorator]
def plan() -> None:
    """Plan what happened and draw the conclusions of what was sent, until nothing waits."""
    wake.heard(wake.PLAN)
    until = time.monotonic() + LONGEST
    while outbox.plan() + consequences.settle() + incoming.handle():
        if time.monotonic() >= until:
            wake.now(wake.PLAN)
            return


@shared_task(name="notifications.tasks.send", queue="send")  # type: ignore[untyped-decorator]
def send(lane: str, channel: str) -> None:
    """Send what is due in one lane of one channel."""
    name = f"send:{lane}:{channel}"
    wake.heard(name)
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
