"""Codes and one-time links on their way out: urgent, encrypted until sent, wiped afterwards, never repeated.

accounts calls `send` through settings.CODE_SENDER, inside its own transaction.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.models import Contact
from docflow.common import ids
from docflow.common.errors import NotPossible
from notifications import connect, outbox, reach
from notifications.models import Delivery, Notification
from notifications.states import Lane, State

KINDS = {
    "verify": "code.verify",
    "reset": "code.reset",
    "invite": "code.invite",
    "sign_in": "code.sign_in",
    "confirm": "code.confirm",
    "recovery": "code.recovery",
    "link": "code.link",
}
LIFETIME = timedelta(minutes=10)
LINK_LIFETIME = timedelta(hours=4)


def send(*, contact: Contact, purpose: str, secret: str, language: str, context: Mapping[str, str]) -> None:
    """Plan one urgent delivery of a code or link to this very contact, verified or not.

    Raises NotPossible when no channel can carry it.
    """
    kind = KINDS[purpose]
    channel = next((name for name, needs in connect.on().items() if needs == contact.kind), None)
    version = reach.texts([kind]).get(kind, {}).get((channel or "", language))
    if channel is None or version is None:
        raise NotPossible(_("Messages of this kind cannot be sent now. Ask the administrator."), code="channel_off")
    at = outbox.database_time()
    notification = Notification.objects.create(
        kind=kind,
        recipient=f"contact:{contact.pk}",
        role="self",
        user=contact.user,
        dedup=f"code:{ids.new_id()}",
        channels=[channel],
        created_at=at,
    )
    is_link = secret.startswith(("http://", "https://"))
    delivery = Delivery(
        notification=notification,
        channel=channel,
        contact=contact,
        masked=contact.masked,
        language=language,
        template_version_id=version,
        lane=Lane.URGENT,
        state=State.QUEUED,
        due_at=at,
        expires_at=at + (LINK_LIFETIME if is_link else LIFETIME),
        created_at=at,
    )
    delivery.body = json.dumps({"link" if is_link else "code": secret, **context}, ensure_ascii=False)
    delivery.save(force_insert=True)
    outbox.wake_senders([delivery])
