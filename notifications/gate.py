"""The last look before sending, for a whole group at once: is it still true, allowed, wanted, and the address fit?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from accounts import subjects
from accounts.models import Contact
from accounts.models.contact import ADDRESS_PLACE, NOBODYS_ZONE
from docflow.common import crypto
from notifications.marking import Claimed, Stop
from notifications.models import Notification, Trigger
from notifications.states import State

COLUMNS = (
    "id", "address_sealed", "lookup", "label", "verified_at", "health", "user_id", "user__is_active", "user__name",
    "user__address_as", "user__time_zone",
)  # fmt: skip


class Reader(NamedTuple):
    """A contact and its person, as far as gate and letter need them; read a thousand times more often than written."""

    id: UUID
    address_sealed: bytes
    lookup: str
    label: str
    verified_at: datetime | None
    health: str
    user_id: UUID | None
    is_active: bool | None
    user_name: str | None
    address_as: str | None
    user_time_zone: str | None

    @property
    def address(self) -> str:
        return crypto.open_field(self.address_sealed, f"{ADDRESS_PLACE}{self.id}")

    @property
    def time_zone(self) -> str:
        return self.user_time_zone or NOBODYS_ZONE

    @property
    def name(self) -> str:
        return self.label if self.user_name is None else self.user_name

    @property
    def called(self) -> str:
        """How a greeting addresses the person; nothing for an address without one."""
        return self.address_as or self.user_name or ""


def readers(ids: Collection[UUID]) -> dict[UUID, Reader]:
    """The contacts with these ids: one query."""
    return {row[0]: Reader(*row) for row in Contact.objects.filter(pk__among=ids).values_list(*COLUMNS)}


class Passed(NamedTuple):
    """A delivery that may go, with the address it goes to."""

    claimed: Claimed
    contact: Reader


@dataclass(frozen=True)
class Views:
    """What the subjects say of the group now."""

    holding: set[tuple[str, UUID, int | None]]
    allowed: set[tuple[UUID, UUID]]
    seen: set[tuple[UUID, UUID]]
    latest: dict[tuple[str, UUID, str], int]
    named: dict[UUID, list[str]]


def check(group: Sequence[Claimed], *, now: datetime) -> tuple[list[Passed], list[Stop]]:
    """Who passes, and for everybody else the state and reason in which it ends; a constant number of queries."""
    contacts = readers({one.contact_id for one in group if one.contact_id})
    views = _look([one for one in group if one.subject_id])
    passed, stops = [], []
    for one in group:
        contact = contacts.get(one.contact_id) if one.contact_id else None
        verdict = _verdict(one, contact, views, now)
        if verdict is None and contact is not None:
            passed.append(Passed(one, contact))
        else:
            state, reason = verdict or (State.SUPPRESSED, "no_address")
            stops.append(Stop(one.id, one.attempt_no, state, reason))
    return passed, stops


def _look(group: Collection[Claimed]) -> Views:
    views = Views(set(), set(), set(), _latest(group), _named(group))
    for kind in {one.subject_kind for one in group} & set(subjects.kinds()):
        mine = [one for one in group if one.subject_kind == kind and one.subject_id and one.contact_id]
        subject = subjects.of(kind)
        pairs = {(one.contact_id, one.subject_id) for one in mine if one.contact_id and one.subject_id}
        views.holding.update(subject.holds({(one.kind, one.subject_id, one.version) for one in mine if one.subject_id}))
        views.allowed.update(subject.may_see(pairs))
        views.seen.update(subject.seen(pairs))
    return views


def _latest(group: Collection[Claimed]) -> dict[tuple[str, UUID, str], int]:
    """The newest version that each reader was or is to be told of, by kind of fact."""
    ids = {one.subject_id for one in group if one.version is not None}
    rows = Notification.objects.filter(subject_id__among=ids, live=True, version__isnull=False)
    latest: dict[tuple[str, UUID, str], int] = {}
    for kind, subject, recipient, version in rows.values_list("kind", "subject_id", "recipient", "version"):
        if subject and version is not None:
            key = (kind, subject, recipient)
            latest[key] = max(version, latest.get(key, version))
    return latest


def _named(group: Collection[Claimed]) -> dict[UUID, list[str]]:
    """Extra addresses pass only while their trigger still names them."""
    extra = {one.trigger_id for one in group if one.user_id is None and one.trigger_id}
    rows = Trigger.objects.filter(pk__among=extra).values_list("pk", "recipients") if extra else []
    return dict(rows)


def _verdict(one: Claimed, contact: Reader | None, views: Views, now: datetime) -> tuple[State, str] | None:
    if one.expires_at <= now:
        return State.EXPIRED, "too_late"
    if contact is None:
        return State.SUPPRESSED, "no_address"
    if one.subject_id is None:
        return None
    return _of_subject(one, one.subject_id, views) or _of_contact(one, contact, one.subject_id, views)


def _of_subject(one: Claimed, subject_id: UUID, views: Views) -> tuple[State, str] | None:
    latest = views.latest.get((one.kind, subject_id, one.recipient))
    if one.version is not None and latest is not None and latest > one.version:
        return State.SUPERSEDED, "newer_fact"
    if (one.kind, subject_id, one.version) not in views.holding:
        return State.WITHDRAWN, "no_longer_true"
    return None


def _of_contact(one: Claimed, contact: Reader, subject_id: UUID, views: Views) -> tuple[State, str] | None:
    if contact.verified_at is None:
        return State.SUPPRESSED, "unverified"
    if contact.health == "suspended":
        return State.SUPPRESSED, "address_suspended"
    if contact.is_active is False:
        return State.SUPPRESSED, "person_disabled"
    if one.user_id is None and one.trigger_id and one.recipient not in views.named.get(one.trigger_id, []):
        return State.SUPPRESSED, "not_named"
    if (contact.id, subject_id) not in views.allowed:
        return State.SUPPRESSED, "no_right"
    if one.round == 1 and one.role == "client" and (contact.id, subject_id) in views.seen:
        return State.SUPPRESSED, "already_opened"
    return None
