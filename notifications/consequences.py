"""What follows from a delivery's end: the journal's words on it, the next channel, the address's health.

Ends are only marked `unsettled` while sending; this draws the conclusions in batches, once.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext, override

from accounts import audit, contacts
from docflow.common import ids
from notifications import bounces, connect, events, outbox, planning, reach, why
from notifications.channels import registry
from notifications.models import Delivery, Notification
from notifications.planning import World
from notifications.states import IN_VAIN, STOPPED, State, nobody_reached

BATCH = 200
CLAIM_TOLD = """
INSERT INTO notifications_told (id, subject_kind, subject_id, version, kind, delivery_id, at)
VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp()) ON CONFLICT DO NOTHING RETURNING id
"""


@transaction.atomic
def settle(limit: int = BATCH) -> int:
    """Draw the conclusions of up to `limit` ended deliveries; how many there were."""
    rows = list(
        Delivery.objects.filter(unsettled=True)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("notification__user", "notification__event", "contact__user")
        .order_by("id")[:limit]
    )
    for row in rows:
        _conclude(row)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(unsettled=False)
    _note_untold(rows)
    return len(rows)


def _conclude(row: Delivery) -> None:
    if row.state in (State.SENT, State.DELIVERED):
        bounces.arrived(row)
        _told(row)
    elif row.state == State.FAILED:
        _failed(row)
    elif row.state in STOPPED:
        _stopped(row)


def _is_for_client(notification: Notification) -> bool:
    """Whether it tells the client a fact that is told once per version."""
    return notification.role == "client" and notification.dedup == f"{notification.kind}:{notification.version}"


def _told(row: Delivery) -> None:
    """The first that reached the client, once per version: the journal says so and the subject hears of it."""
    notification = row.notification
    if not _is_for_client(notification):
        return
    values = (
        ids.new_id(),
        notification.subject_kind,
        notification.subject_id,
        notification.version,
        notification.kind,
        row.pk,
    )
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_TOLD, values)
        if cursor.fetchone() is None:
            return
    _record(events.TOLD, row, {"delivery": str(row.pk), "fact": notification.kind})


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
