"""What follows from a delivery's end: the journal's words on it, the next channel, the address's health.

What has arrived is concluded in the transaction that records it. Other ends are only marked `unsettled` there; this
draws the conclusions in batches, once.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext, override

from accounts import audit, contacts
from docflow.common.lookups import array
from notifications import bounces, connect, events, outbox, planning, reach, why
from notifications.channels import registry
from notifications.models import Delivery, Notification
from notifications.planning import World
from notifications.states import IN_VAIN, STOPPED, State, nobody_reached

BATCH = 500
SETTLE_ARRIVED = """
WITH ended AS (
    SELECT id FROM notifications_delivery WHERE unsettled AND state IN ('sent', 'delivered')
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE notifications_delivery d SET unsettled = false FROM ended WHERE d.id = ended.id RETURNING d.id, d.contact_id
"""
TELL = """
WITH told AS (
    INSERT INTO notifications_told (id, subject_kind, subject_id, version, kind, delivery_id, at)
    SELECT uuidv7(), n.subject_kind, n.subject_id, n.version, n.kind, d.id, clock_timestamp()
    FROM notifications_delivery d CROSS JOIN LATERAL (
        SELECT * FROM notifications_notification WHERE id = d.notification_id OFFSET 0) AS n
    WHERE d.id = ANY(%(ids)s::uuid[])
      AND n.role = 'client' AND n.subject_id IS NOT NULL AND n.dedup = n.kind || ':' || n.version
    ORDER BY n.subject_id, d.id
    ON CONFLICT DO NOTHING RETURNING delivery_id
)
SELECT d.id, n.subject_kind, n.subject_id, n.version, n.kind, n.role, n.user_id
FROM told t JOIN notifications_delivery d ON d.id = t.delivery_id
JOIN notifications_notification n ON n.id = d.notification_id
"""
"""Who arrives first tells the client, once per version and fact: of those the journal speaks.

`OFFSET 0` has each notification found by its key; the planner would read them all.
"""


class First(NamedTuple):
    """A delivery with which the client was told."""

    delivery: UUID
    subject_kind: str
    subject_id: UUID
    version: int | None
    kind: str
    role: str
    user_id: UUID | None


def settle(limit: int = BATCH) -> int:
    """Draw the conclusions of up to `limit` deliveries that arrived, and of as many others; how many there were."""
    return _settle_arrived(limit) + _settle_others(limit)


@transaction.atomic
def _settle_arrived(limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_ARRIVED, {"limit": limit})
        ended = dict(cursor.fetchall())
    if ended:
        arrived(ended)
    return len(ended)


def arrived(deliveries: Mapping[UUID, UUID | None]) -> None:
    """These have arrived, each at its contact: one statement and the journal's entries, in the caller's transaction."""
    bounces.arrived({contact for contact in deliveries.values() if contact})
    with connection.cursor() as cursor:
        cursor.execute(TELL, {"ids": array(deliveries)})
        told = [_told(First._make(row)) for row in cursor.fetchall()]
    if told:
        audit.record_all(events.TOLD, told, by=audit.SYSTEM)


def put_off(deliveries: Collection[UUID]) -> None:
    """The conclusions of these arrivals are drawn by whoever settles next."""
    Delivery.objects.filter(pk__among=deliveries).update(unsettled=True)


def _told(row: First) -> audit.Fact:
    """The first that reached the client, once per version: the journal says so and the subject hears of it."""
    return audit.Fact(
        (row.subject_kind, row.subject_id),
        row.version,
        {"delivery": str(row.delivery), "fact": row.kind},
        {row.role: [row.user_id]} if row.user_id else {},
    )


@transaction.atomic
def _settle_others(limit: int) -> int:
    others = Delivery.objects.filter(unsettled=True).exclude(state__in=(State.SENT, State.DELIVERED)).order_by("id")
    ids = list(others.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    about = Delivery.objects.select_related("notification__user", "notification__event", "contact__user")
    rows = list(about.filter(pk__among=ids).order_by("id"))
    for row in rows:
        if row.state == State.FAILED:
            _failed(row)
        elif row.state in STOPPED:
            _stopped(row)
    Delivery.objects.filter(pk__among=[row.pk for row in rows]).update(unsettled=False)
    _note_untold(rows)
    return len(rows)


def _is_for_client(notification: Notification) -> bool:
    """Whether it tells the client a fact that is told once per version."""
    return notification.role == "client" and notification.dedup == f"{notification.kind}:{notification.version}"


def _failed(row: Delivery) -> None:
    if row.address_dead and row.contact:
        contacts.suspend(row.contact, why.in_both(row.reason), by=audit.SYSTEM)
    bounces.failed(row)
    if row.notification.mode == "first" and _take_next(row):
        return
    if row.notification.subject_id and row.notification.kind != events.FAILED:
        _record(events.FAILED, row, _why(row))


def _note_untold(rows: Iterable[Delivery]) -> None:
    """Where the last of the client's messages has ended and none reached him, the journal says so, once per round.

    Each transaction settles its own rows first and looks under a lock, in one order: the later one sees it all.
    """
    last = {row.notification_id: row for row in rows if row.state in IN_VAIN and _is_for_client(row.notification)}
    for notification, row in sorted(last.items(), key=lambda pair: pair[0]):
        Notification.objects.select_for_update().get(pk=notification)
        ends = list(row.notification.deliveries.values_list("state", "reason", "unsettled"))
        if not any(unsettled for *_end, unsettled in ends) and nobody_reached(end[:2] for end in ends):
            _record(events.UNTOLD, row, {"fact": row.notification.kind})


def _stopped(row: Delivery) -> None:
    """Taken back or replaced: the fact may be told anew. In `first` mode an unusable address is passed by."""
    if row.state == State.SUPPRESSED and row.reason in ("address_suspended", "unverified", "no_address"):
        if row.notification.mode == "first":
            _take_next(row)
        return
    if row.state in (State.WITHDRAWN, State.SUPERSEDED):
        still = row.notification.deliveries.exclude(state__in=(State.WITHDRAWN, State.SUPERSEDED))
        if not still.exists():
            Notification.objects.filter(pk=row.notification_id).update(live=False)


def _take_next(row: Delivery) -> bool:
    """Plan the next channel in the notification's order that can reach the person; whether there was one."""
    notification = row.notification
    order = notification.channels
    later = order[order.index(row.channel) + 1 :] if row.channel in order else []
    if not later or notification.event is None:
        return False
    recipient = _recipient(notification)
    if recipient is None:
        return False
    event = outbox.event_of(notification.event)
    texts = reach.texts([event.action]).get(event.action, {})
    world = World(facts={}, people={}, channels=connect.on(), texts=texts)
    for channel in later:
        verdict, address = planning.judge(channel, recipient, world)
        version = texts.get((channel, address.language)) if address else None
        if verdict == planning.V.PLANNED and address and version:
            return _plan_next(row, channel, address, version)
    return False


def _recipient(notification: Notification) -> planning.Recipient | None:
    if notification.user_id:
        return reach.recipients([notification.user_id]).get(notification.user_id)
    return None


def _plan_next(row: Delivery, channel: str, address: planning.Reach, version: UUID) -> bool:
    at = outbox.database_time()
    planned = Delivery(
        notification_id=row.notification_id,
        channel=channel,
        contact_id=address.contact_id,
        masked=address.masked,
        round=row.round,
        language=address.language,
        template_version_id=version,
        lane=row.lane,
        state=State.QUEUED,
        due_at=at,
        expires_at=max(row.expires_at, at + timedelta(hours=1)),
        created_at=at,
    )
    made = Delivery.objects.bulk_create([planned], ignore_conflicts=True)
    outbox.wake_senders(made)
    return True


def _why(row: Delivery) -> dict[str, Any]:
    """What the author is told: whom, where, why."""
    label = {}
    for language in ("ru", "en"):
        with override(language):
            label[language] = str(registry.describe(row.channel).label)
    user = row.notification.user
    return {
        "delivery": str(row.pk),
        "channel": row.channel,
        "channel_name": label,
        "address": row.masked,
        "reason": {"code": row.reason, **why.in_both(row.reason)},
        "recipient_name": user.name if user else gettext("extra address"),
    }


def _record(action: str, row: Delivery, data: dict[str, Any]) -> None:
    notification = row.notification
    if notification.subject_id is None:
        return
    audit.record(
        action,
        (notification.subject_kind, notification.subject_id),
        by=audit.SYSTEM,
        version=notification.version,
        data=data,
        participants={notification.role: [notification.user_id]} if notification.user_id else {},
    )
