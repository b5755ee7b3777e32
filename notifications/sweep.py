"""The guarantee behind the wakes, without a broker: what waited too long is done here, what died is recovered."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models.functions import Now

from accounts import subjects
from docflow.common import pulse
from notifications import consequences, dispatch, incoming, outbox, receipts, recovery, silence, unknown
from notifications.marking import Lost
from notifications.models import Delivery
from notifications.states import CLAIMABLE

log = logging.getLogger(__name__)

MOST_BATCHES = 50


class Sweeper:
    """Rounds of everything that must happen even if nobody wakes anybody. Sending runs beside, a thread per lane."""

    def __init__(self) -> None:
        self.sending: dict[tuple[str, str], threading.Thread] = {}

    def round(self) -> None:
        """One round; a part that fails is logged and does not stop the others."""
        for name, part in {**PARTS, **subjects.sweeps(), "send": self.send}.items():
            _safely(name, part)
            pulse.beat("sweeper")

    def send(self) -> None:
        """Start a drain for each lane and channel in which something has waited too long."""
        late = Now() - timedelta(seconds=settings.ENGINE["sweep_after"])
        due = Delivery.objects.filter(owner__isnull=True, state__in=CLAIMABLE, due_at__lt=late)
        for lane, channel in set(due.values_list("lane", "channel").distinct()):
            running = self.sending.get((lane, channel))
            if running is None or not running.is_alive():
                thread = threading.Thread(
                    target=_drain, args=(lane, channel), name=f"sweep {lane} {channel}", daemon=True
                )
                self.sending[lane, channel] = thread
                thread.start()

    def wait(self, seconds: float) -> None:
        """Let the drains under way come to their end."""
        for thread in self.sending.values():
            thread.join(seconds)


def _drain(lane: str, channel: str) -> None:
    try:
        dispatch.of(lane, channel).run(older_than=settings.ENGINE["sweep_after"])
    except Lost as error:
        log.warning("sending stopped", extra={"event": "send.lost", "channel": channel, "error": str(error)[:200]})
    finally:
        connection.close()


def _safely(name: str, part: Callable[[], object]) -> None:
    close_old_connections()
    try:
        part()
    except Exception:
        log.exception("a part of the sweep failed", extra={"event": "sweep.failed", "part": name})


def plan() -> None:
    """Facts that nobody has planned for a while."""
    for _number in range(MOST_BATCHES):
        if not outbox.plan(older_than=settings.ENGINE["sweep_after"]):
            return


def conclude() -> None:
    """Ends of deliveries from which nobody has drawn the conclusions."""
    for _number in range(MOST_BATCHES):
        if not consequences.settle():
            return


PARTS: dict[str, Callable[[], object]] = {
    "plan": plan,
    "recover": recovery.recover,
    "unknown": unknown.resolve,
    "receipts": receipts.match_late,
    "silence": silence.ask,
    "conclude": conclude,
    "incoming": incoming.handle,
    "listen": incoming.listen,
}
