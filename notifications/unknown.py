"""Deliveries of unknown outcome, once the provider has had its time: looked up, repeated once with a mark, or held."""

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from notifications import composing, connect, gate, metrics, wake
from notifications.channels import registry
from notifications.channels.base import ChannelError, Receipt
from notifications.gate import Passed
from notifications.marking import Claimed
from notifications.models import Attempt, Delivery
from notifications.states import Outcome, State

log = logging.getLogger(__name__)

BATCH = 50
ASK_AGAIN = 60.0
LONGEST = 20.0


def resolve(limit: int = BATCH) -> int:
    """Decide what is due to be decided; how many. No row is locked while a provider is asked.

    A provider that answers slowly must not hold up the rest of the sweep: what it has no time for comes again.
    """
    due, until = _due(limit), time.monotonic() + LONGEST
    for number, row in enumerate(due):
        if time.monotonic() > until:
            return number
        _decide(row)
    return len(due)


@transaction.atomic
def _due(limit: int) -> list[Delivery]:
    """Take the due ones for ourselves by moving their time; another sweeper then passes them by."""
    rows = list(
        Delivery.objects.filter(state=State.UNKNOWN, due_at__lte=Now())
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("notification", "contact__user")
        .order_by("due_at")[:limit]
    )
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=Now() + timedelta(seconds=ASK_AGAIN))
    return rows


def _decide(row: Delivery) -> None:
    policy = registry.describe(row.channel).unknown_policy
    if policy == "lookup":
        try:
            receipt = _look_up(row)
        except ChannelError as error:
            log.info(
                "look-up failed", extra={"event": "unknown.lookup", "delivery": str(row.pk), "reason": error.reason}
            )
            return
        if receipt is not None:
            _found(row, receipt)
        else:
            _repeat(row, marked=False)
    elif policy == "repeat":
        _repeat(row, marked=True)
    else:
        _hold(row)


def _look_up(row: Delivery) -> Receipt | None:
    """Ask the provider for the very message; its text is the same because the link's code is recomputable."""
    readers = gate.readers([row.contact_id] if row.contact_id else [])
    if not readers:
        return None
    claimed = _as_claimed(row)
    messages, _broken = composing.compose([Passed(claimed, one) for one in readers.values()], row.channel)
    since = row.attempts.order_by("-number").values_list("opened_at", flat=True).first()
    if row.pk not in messages or since is None:
        return None
    return connect.channel(row.channel).look_up(messages[row.pk], since)


def _as_claimed(row: Delivery) -> Claimed:
    about = row.notification
    return Claimed(
        row.pk, row.notification_id, row.attempt_no - 1, row.tries, row.expires_at, row.created_at, row.language,
        row.lane, row.template_version_id, row.contact_id, row.round, bytes(row.body_sealed), row.possible_duplicate,
        about.kind, about.subject_kind, about.subject_id, about.version, about.role, about.event_id, about.user_id,
        about.recipient, about.trigger_id, row.crashes,
    )  # fmt: skip


def _found(row: Delivery, receipt: Receipt) -> None:
    final = not registry.describe(row.channel).has_receipts
    with transaction.atomic():
        changed = _still(row).update(
            state=State.SENT,
            reason="",
            provider_ref=receipt.provider_ref[:200],
            answer=receipt.answer[:500],
            due_at=Now(),
            sent_at=Now(),
            finished_at=Now() if final else None,
            unsettled=final,
            body_sealed=b"",
        )
        if changed:
            Attempt.objects.filter(delivery=row, number=row.attempt_no).update(
                outcome=Outcome.OK, answer=receipt.answer[:500], finished_at=Now()
            )
    metrics.recovered.labels("found").inc()


def _repeat(row: Delivery, *, marked: bool) -> None:
    """Once, with the mark where the first may have arrived; a second unknown end is held for a person."""
    unknowns = row.attempts.filter(outcome=Outcome.UNKNOWN).count()
    if row.body_sealed and marked:
        _fail(row)
    elif marked and unknowns > 1:
        _hold(row)
    else:
        changed = _still(row).update(
            state=State.RETRYING, due_at=Now(), possible_duplicate=row.possible_duplicate or marked
        )
        if changed:
            wake.now(f"send:{row.lane}:{row.channel}")


def _hold(row: Delivery) -> None:
    _still(row).update(state=State.HELD, reason="unknown_outcome")


def _fail(row: Delivery) -> None:
    """A code is never repeated: the person asks for a new one."""
    _still(row).update(state=State.FAILED, reason="code_in_doubt", finished_at=Now(), unsettled=True, body_sealed=b"")


def _still(row: Delivery) -> QuerySet[Delivery]:
    """The row, while nobody else has decided."""
    return Delivery.objects.filter(pk=row.pk, state=State.UNKNOWN, attempt_no=row.attempt_no)
