"""Sending again: a logged message in a new round, or a fact of which nobody could be told, planned anew."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from docflow.common.errors import NotAllowed, NotFound, NotPossible
from notifications import connect, events, outbox, permissions, planning, reach, wake
from notifications.models import Delivery, OutboxEvent
from notifications.states import OPEN, Lane, State


def again(delivery_id: UUID, *, by: Actor) -> Delivery:
    """A new delivery to the same person on the same channel, at his present address and in the present text.

    A delivery held for a decision is decided by it. Raises NotFound, NotAllowed, NotPossible while one is under way.
    """
    if not permissions.may_resend(by):
        raise NotAllowed(_("You may not send messages again."))
    with transaction.atomic():
        first = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("notification__event", "contact__user", "template_version__template")
            .filter(pk=delivery_id)
            .first()
        )
        if first is None or not permissions.visible(by, [first]):
            raise NotFound(_("There is no such message."))
        _check(first)
        made = _next_round(first, by)
        if first.state == State.HELD:
            Delivery.objects.filter(pk=first.pk).update(
                state=State.WITHDRAWN, reason="resent", finished_at=made.created_at
            )
        _record(first, made, by)
        outbox.wake_senders([made])
    return made


def plan_again(event_id: UUID, *, by: Actor) -> OutboxEvent:
    """Plan a fact anew whose client could not be told at all, now that he may have an address.

    Raises NotAllowed, NotFound, NotPossible when a message of it exists or there is still no way to him.
    """
    if not permissions.may_resend(by):
        raise NotAllowed(_("You may not send messages again."))
    with transaction.atomic():
        event = OutboxEvent.objects.select_for_update().filter(pk=event_id).first()
        unplanned = event is not None and event.decisions.filter(recipient="client", notification=None).first()
        if event is None or not unplanned:
            raise NotFound(_("There is no such message."))
        if event.notifications.filter(role="client").exists() or event.planned_at is None:
            raise NotPossible(_("This message is still on its way."), code="under_way")
        if unplanned.user_id is None or not _can_be_reached(unplanned.user_id):
            raise NotPossible(_("There is no working address. Correct it first."), code="no_address")
        OutboxEvent.objects.filter(pk=event.pk).update(planned_at=None, due_at=Now())
        data = {"event": str(event.pk), "fact": event.action}
        audit.record(events.RESENT, (event.subject_kind, event.subject_id), by=by, version=event.version, data=data)
        wake.after_commit(wake.PLAN)
    return event


def _can_be_reached(user_id: UUID) -> bool:
    kinds = set(connect.on().values())
    person = reach.recipients([user_id]).get(user_id)
    return person is not None and any(one.kind in kinds and one.verified and one.healthy for one in person.reaches)


def _check(first: Delivery) -> None:
    if first.notification.subject_id is None:
        raise NotPossible(_("A code is not sent twice. Ask for a new one."))
    underway = first.notification.deliveries.filter(channel=first.channel, state__in=OPEN).exclude(state=State.HELD)
    if underway.exists():
        raise NotPossible(_("This message is still on its way."), code="under_way")


def _next_round(first: Delivery, by: Actor) -> Delivery:
    address = _address(first)
    version = (
        reach.texts([first.notification.kind]).get(first.notification.kind, {}).get((first.channel, first.language))
    )
    last = first.notification.deliveries.aggregate(last=Max("round"))["last"]
    at = outbox.database_time()
    made = Delivery(
        notification=first.notification,
        channel=first.channel,
        contact_id=address.contact_id,
        masked=address.masked,
        round=last + 1,
        resend_of=first,
        resent_by=audit.person(by),
        language=first.language,
        template_version_id=version or first.template_version_id,
        lane=first.lane,
        state=State.QUEUED,
        due_at=at,
        expires_at=at + planning.PATIENCE[Lane(first.lane)],
        created_at=at,
    )
    made.save(force_insert=True)
    return made


def _address(first: Delivery) -> planning.Reach:
    """The person's best address of this kind now; the extra address itself."""
    user_id, contact = first.notification.user_id, first.contact
    kind = contact.kind if contact else first.channel
    people = reach.recipients([user_id]) if user_id else {}
    if user_id and user_id in people:
        usable = [one for one in people[user_id].reaches if one.kind == kind and one.verified and one.healthy]
        if usable:
            return usable[0]
    if contact is None or contact.health == "suspended":
        raise NotPossible(_("There is no working address. Correct it first."), code="no_address")
    return planning.Reach(contact.pk, contact.kind, contact.masked, contact.language, True, True)


def _record(first: Delivery, made: Delivery, by: Actor) -> None:
    about = first.notification
    if about.subject_id:
        data = {"delivery": str(made.pk), "again": str(first.pk), "channel": made.channel, "address": made.masked}
        audit.record(events.RESENT, (about.subject_kind, about.subject_id), by=by, version=about.version, data=data)
