"""Addresses that refuse for the moment: three messages in a week that came to nothing make one doubtful.

A hard refusal suspends at once (`consequences`); a message that arrives takes the doubt away.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext, override

from accounts import audit, contacts
from accounts.models import Contact
from accounts.models.contact import Health
from notifications import why
from notifications.models import Delivery
from notifications.states import State

SOFT = ("mailbox_full", "unreachable")
ENOUGH = 3
WITHIN = timedelta(days=7)
ARRIVED = Q(state=State.DELIVERED) | Q(state=State.SENT, finished_at__isnull=False, reason="")


def failed(row: Delivery) -> None:
    """A delivery has failed for good; is that the one too many for its address?"""
    if row.contact and row.reason in SOFT and _count(row.contact) >= ENOUGH:
        contacts.doubt(row.contact, _words(row.reason), by=audit.SYSTEM)


def arrived(ids: Collection[UUID]) -> None:
    """Something has arrived at these contacts, so their addresses are in order."""
    for contact in Contact.objects.filter(pk__among=ids, health=Health.SUSPECT):
        contacts.restore(contact, by=audit.SYSTEM)


def _count(contact: Contact) -> int:
    """Soft refusals since something last arrived there, at most a week back."""
    recent = contact.deliveries.filter(finished_at__gt=Now() - WITHIN)
    soft = recent.filter(state=State.FAILED, reason__in=SOFT)
    last = recent.filter(ARRIVED).order_by("-finished_at").values_list("finished_at", flat=True).first()
    return (soft.filter(finished_at__gt=last) if last else soft).count()


def _words(reason: str) -> dict[str, str]:
    said = {}
    for language in ("ru", "en"):
        with override(language):
            sentence = gettext("Three messages in a week did not arrive there; the last time: %(reason)s")
            said[language] = sentence % {"reason": why.sentence(reason)}
    return said
