"""A person decides what no program can: whether a message of unknown outcome counts as sent."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from docflow.common.errors import NotAllowed, NotFound, NotPossible
from notifications import events, permissions
from notifications.models import Delivery
from notifications.states import State


def consider_sent(delivery_id: UUID, *, by: Actor) -> Delivery:
    """Close a held delivery as sent, as the person found out elsewhere. Raises NotAllowed, NotFound, NotPossible.

    To send it again instead: `resend.again`, which closes the held one itself.
    """
    if not permissions.may_resend(by):
        raise NotAllowed(_("You may not decide on messages."))
    with transaction.atomic():
        held = (
            permissions.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("notification")
            .filter(pk=delivery_id)
            .first()
        )
        if held is None:
            raise NotFound(_("There is no such message."))
        if held.state != State.HELD:
            raise NotPossible(_("There is nothing to decide here any more."))
        Delivery.objects.filter(pk=held.pk).update(
            state=State.SENT, reason="decided", sent_at=Now(), finished_at=Now(), unsettled=True, body_sealed=b""
        )
        about = held.notification
        if about.subject_id:
            data = {"delivery": str(held.pk), "channel": held.channel, "address": held.masked, "as": "sent"}
            audit.record(
                events.DECIDED, (about.subject_kind, about.subject_id), by=by, version=about.version, data=data
            )
    held.refresh_from_db()
    return held
