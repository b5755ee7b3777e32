"""Providers' words on what they accepted: kept raw, matched when possible, applied under a lock, never backwards."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from notifications import wake
from notifications.channels.base import Status
from notifications.models import Attempt, Delivery, Receipt
from notifications.states import Outcome, State

log = logging.getLogger(__name__)

UNMATCHED_FOR = timedelta(hours=24)
BATCH = 200
ON_ITS_WAY, DELIVERED, FAILED = ("queued", "sent"), "delivered", "failed"
IN_DOUBT = (State.UNKNOWN, State.RETRYING, State.HELD)


def accept(provider: str, status: Status, *, delivery_id: UUID) -> Receipt | None:
    """Put down what came, once per reference and status, and apply it if its delivery is known; None for a repeat."""
    verdict = status.verdict
    with transaction.atomic():
        receipt, new = Receipt.objects.get_or_create(
            provider=provider,
            event_key=f"{status.provider_ref}:{status.status}"[:200],
            defaults={
                "provider_ref": status.provider_ref[:200],
                "status": status.status,
                "code": status.code[:20],
                "raw": {
                    "status": status.said,
                    "reason": verdict.reason if verdict else "",
                    "address_dead": verdict.address_dead if verdict else False,
                },
                "delivery_id": delivery_id,
                "received_at": Now(),
            },
        )
        if new:
            apply(receipt)
    return receipt if new else None


def apply(receipt: Receipt) -> bool:
    """Let the receipt change its delivery, if that is known; whether it was matched. Inside a transaction.

    While our own call is still under way the receipt waits: it has overtaken our record.
    """
    by_ref = Q(channel=receipt.provider, provider_ref=receipt.provider_ref)
    found = Q(pk=receipt.delivery_id) if receipt.delivery_id else by_ref
    delivery = Delivery.objects.select_for_update(of=("self",)).filter(found, channel=receipt.provider).first()
    if delivery is None or delivery.state == State.SENDING or not _belongs(delivery, receipt):
        return False
    _change(delivery, receipt)
    Receipt.objects.filter(pk=receipt.pk).update(applied_at=Now(), delivery_id=delivery.pk)
    return True


def _belongs(delivery: Delivery, receipt: Receipt) -> bool:
    """Our own record may not know the reference yet; a different one belongs to another attempt."""
    return delivery.provider_ref in ("", receipt.provider_ref)


def _change(delivery: Delivery, receipt: Receipt) -> None:
    if receipt.status == FAILED:
        _fail(delivery, receipt)
    elif receipt.status == DELIVERED:
        _deliver(delivery, receipt)
    elif receipt.status in ON_ITS_WAY:
        _prove(delivery, receipt)


def _deliver(delivery: Delivery, receipt: Receipt) -> None:
    """Delivered stands against everything but itself; after a failure it is a correction."""
    if delivery.state not in (*IN_DOUBT, State.SENT, State.FAILED):
        return
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.DELIVERED,
        reason="",
        owner=None,
        lease_until=None,
        provider_ref=receipt.provider_ref,
        delivered_at=Now(),
        finished_at=Now(),
        unsettled=True,
        body_sealed=b"",
    )
    _close_attempt(delivery, Outcome.OK)
    wake.after_commit(wake.CONCLUDE)


def _fail(delivery: Delivery, receipt: Receipt) -> None:
    if delivery.state not in (State.SENT, State.UNKNOWN):
        return
    reason, dead = receipt.raw.get("reason") or "refused", bool(receipt.raw.get("address_dead"))
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.FAILED,
        reason=str(reason)[:60],
        address_dead=dead,
        provider_ref=receipt.provider_ref,
        answer=receipt.code,
        finished_at=Now(),
        unsettled=True,
        body_sealed=b"",
    )
    _close_attempt(delivery, Outcome.PERMANENT)
    wake.after_commit(wake.CONCLUDE)


def _prove(delivery: Delivery, receipt: Receipt) -> None:
    """A receipt proves the acceptance that we could not see: nothing is repeated, and nobody has to decide."""
    if delivery.state not in IN_DOUBT:
        return
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.SENT,
        reason="",
        provider_ref=receipt.provider_ref,
        due_at=Now(),
        sent_at=Now(),
        body_sealed=b"",
    )
    _close_attempt(delivery, Outcome.OK)


def _close_attempt(delivery: Delivery, outcome: str) -> None:
    Attempt.objects.filter(delivery=delivery, number=delivery.attempt_no).filter(
        Q(outcome__isnull=True) | Q(outcome=Outcome.UNKNOWN)
    ).update(outcome=outcome, finished_at=Now())


def match_late(limit: int = BATCH) -> int:
    """Apply receipts that came before our own record of the call; after a day they are given up."""
    with transaction.atomic():
        waiting = Receipt.objects.filter(applied_at__isnull=True, received_at__gt=Now() - UNMATCHED_FOR)
        rows = list(waiting.select_for_update(skip_locked=True).order_by("received_at")[:limit])
        return sum(apply(row) for row in rows)
