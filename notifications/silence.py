"""Messages on which the provider still owes a word: it is asked, ever less often, and at last its silence is said.

Its call may have found nobody at home, and where docflow cannot be reached from outside it never comes.
"""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from notifications import connect, outbox, receipts, wake
from notifications.channels.base import ChannelError
from notifications.models import Delivery
from notifications.states import State

log = logging.getLogger(__name__)

BATCH = 50
LONGEST = 5.0  # seconds for one round; the rest of the sweep must not wait for a slow provider


def ask(limit: int = BATCH) -> int:
    """Ask for what is due to be asked for, a few seconds at most; for how many."""
    now, until = outbox.database_time(), time.monotonic() + LONGEST
    due = _due(now, limit)
    for number, row in enumerate(due):
        if time.monotonic() > until:
            return number
        _ask(row)
        if row.sent_at and now - row.sent_at >= timedelta(seconds=settings.ENGINE["silence"]):
            _give_up(row)
    return len(due)


@transaction.atomic
def _due(now: datetime, limit: int) -> list[Delivery]:
    """Take the due ones for ourselves by moving their time: each pause is half of the time that has passed."""
    waited = now - timedelta(seconds=settings.ENGINE["receipt_wait"])
    rows = list(
        Delivery.objects.filter(state=State.SENT, finished_at__isnull=True, sent_at__lte=waited, due_at__lte=now)
        .select_for_update(skip_locked=True)
        .order_by("due_at")[:limit]
    )
    for row in rows:
        sent = row.sent_at or now
        row.due_at = min(now + (now - sent) / 2, max(now, sent + timedelta(seconds=settings.ENGINE["silence"])))
    Delivery.objects.bulk_update(rows, ["due_at"])
    return rows


def _ask(row: Delivery) -> None:
    try:
        status = connect.channel(row.channel).status(row.provider_ref)
    except ChannelError as error:
        extra = {"event": "silence.asked", "delivery": str(row.pk), "reason": error.reason}
        log.info("a provider cannot be asked for a receipt", extra=extra)
        return
    if status is not None:
        receipts.accept(row.channel, status, delivery_id=row.pk)


@transaction.atomic
def _give_up(row: Delivery) -> None:
    """It stays `sent` for good: handed over is the most that will be known."""
    silent = Delivery.objects.filter(pk=row.pk, state=State.SENT, finished_at__isnull=True)
    if silent.update(finished_at=Now(), reason="no_receipt", unsettled=True):
        wake.after_commit(wake.CONCLUDE)
