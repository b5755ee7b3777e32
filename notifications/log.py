"""The delivery log: filters that come from an address, one page of rows at a time, failures by reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from accounts import contacts, subjects
from accounts.audit import Actor
from accounts.models import Contact, User
from docflow.common import clock
from docflow.common.errors import NotValid
from notifications import permissions, runs, why
from notifications.channels import registry
from notifications.models import Delivery, Trigger
from notifications.states import CLAIMABLE, STOPPED, State

PAGE = 50
EXPORTED = 10_000
GROUPS: dict[str, tuple[Promise, tuple[State, ...]]] = {
    "failed": (pgettext_lazy("deliveries", "Not delivered"), (State.FAILED,)),
    "decide": (pgettext_lazy("deliveries", "Need a decision"), (State.HELD, State.UNKNOWN)),
    "way": (pgettext_lazy("deliveries", "On the way"), (*CLAIMABLE, State.SENDING)),
    "arrived": (pgettext_lazy("deliveries", "Handed over or delivered"), (State.SENT, State.DELIVERED)),
    "stopped": (pgettext_lazy("deliveries", "Not sent"), STOPPED),
}
PERIODS: dict[str, tuple[Promise, timedelta | None]] = {
    "day": (pgettext_lazy("period", "24 hours"), timedelta(days=1)),
    "week": (pgettext_lazy("period", "7 days"), timedelta(days=7)),
    "month": (pgettext_lazy("period", "30 days"), timedelta(days=30)),
    "all": (pgettext_lazy("period", "All time"), None),
}


@dataclass(frozen=True)
class Filters:
    """What is asked for; what makes no sense counts as not asked."""

    state: str = ""
    channel: str = ""
    trigger: UUID | None = None
    client: str = ""
    document: str = ""
    reason: str = ""
    ref: str = ""
    period: str = "month"

    @property
    def any(self) -> bool:
        return self != Filters(period=self.period)


def filters(asked: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    state, channel, period = asked.get("state", ""), asked.get("channel", ""), asked.get("period", "")
    return Filters(
        state=state if state in GROUPS or state in State.values else "",
        channel=channel if channel in registry.KINDS else "",
        trigger=uuid_or_none(asked.get("trigger", "")),
        client=asked.get("client", "").strip()[:200],
        document=asked.get("document", "").strip()[:200],
        reason=asked.get("reason", "").strip()[:60],
        ref=asked.get("ref", "").strip()[:200],
        period=period if period in PERIODS else "month",
    )


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def find(asked: Filters, by: Actor) -> QuerySet[Delivery]:
    """The deliveries that fit and that `by` may see, newest first."""
    rows = permissions.visible_to(by).order_by("-created_at", "-id")
    length = PERIODS[asked.period][1]
    if length:
        rows = rows.filter(created_at__gte=clock.now() - length)
    if asked.state:
        rows = rows.filter(state__in=GROUPS[asked.state][1] if asked.state in GROUPS else (asked.state,))
    exact = {"channel": asked.channel, "notification__trigger_id": asked.trigger, "reason": asked.reason}
    rows = rows.filter(**{name: value for name, value in {**exact, "provider_ref": asked.ref}.items() if value})
    if asked.client:
        rows = rows.filter(_client(asked.client))
    if asked.document:
        rows = rows.filter(notification__subject_id__in=_documents(asked.document))
    return rows


def _client(text: str) -> Q:
    """By name, or by the exact address."""
    people = list(User.objects.filter(name__icontains=text).values_list("id", flat=True)[:200])
    return Q(notification__user_id__in=people) | Q(contact_id__in=_contacts(text))


def _contacts(text: str) -> list[UUID]:
    found: list[UUID] = []
    for kind in ("email", "phone"):
        try:
            key = contacts.lookup(kind, contacts.normal(kind, text))
        except NotValid:
            continue
        found += Contact.objects.filter(kind=kind, lookup=key).values_list("id", flat=True)
    return found


def _documents(text: str) -> list[UUID]:
    return [one for kind in subjects.kinds() for one in subjects.of(kind).find(text)]


@dataclass(frozen=True)
class Row:
    """One line of the log."""

    delivery: Delivery
    title: str
    number: str
    url: str
    recipient: str
    reason: str
    to_handed: timedelta | None
    to_delivered: timedelta | None


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str


def page(rows: QuerySet[Delivery], *, after: str = "", size: int = PAGE) -> Page:
    """One page by keyset: a constant number of queries, however long the log is."""
    place = _place(after)
    if place:
        at, last = place
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    found = list(_with_relations(rows)[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(described(found), _cursor(found[-1]) if more else "")


def _with_relations(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return rows.select_related("notification__trigger", "notification__user", "notification__event", "contact")


def described(deliveries: list[Delivery]) -> list[Row]:
    """The deliveries with their documents and times."""
    facts, urls = runs.about([one.notification for one in deliveries])
    return [_row(one, facts, urls) for one in deliveries]


def _row(one: Delivery, facts: Mapping[UUID, Mapping[str, Any]], urls: Mapping[UUID, str]) -> Row:
    about = one.notification
    said = facts.get(about.subject_id, {}) if about.subject_id else {}
    since = about.event.created_at if about.event else one.created_at
    name = about.user.name if about.user else one.contact.label if one.contact else ""
    return Row(
        delivery=one,
        title=str(said.get("title") or ""),
        number=str(said.get("number") or ""),
        url=urls.get(about.subject_id, "") if about.subject_id else "",
        recipient=name,
        reason=why.sentence(one.reason) if one.reason else "",
        to_handed=one.sent_at - since if one.sent_at else None,
        to_delivered=one.delivered_at - since if one.delivered_at else None,
    )


def _cursor(last: Delivery) -> str:
    return f"{last.created_at.astimezone(UTC):%Y%m%d%H%M%S%f}-{last.id.hex}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    moment, _dash, key = cursor.partition("-")
    found = uuid_or_none(key)
    try:
        at = datetime.strptime(moment, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at, found) if found else None


@dataclass(frozen=True)
class Failures:
    """How many deliveries of a channel failed for one reason."""

    channel: str
    reason: str
    words: str
    count: int
    address_dead: bool


def failures(asked: Filters, by: Actor) -> list[Failures]:
    """The failed ones of the period by reason, most first: one query."""
    rows = find(Filters(**{**asked.__dict__, "state": "failed", "reason": ""}), by).order_by()
    counted = rows.values("channel", "reason").annotate(n=Count("id"), dead=Count("id", filter=Q(address_dead=True)))
    return [
        Failures(one["channel"], one["reason"], why.sentence(one["reason"]), one["n"], one["dead"] > 0)
        for one in counted.order_by("-n", "channel", "reason")[:8]
    ]


def triggers() -> list[Trigger]:
    """For the choice of a trigger."""
    return list(Trigger.objects.only("id", "name", "key"))


def one(delivery_id: UUID, by: Actor) -> Delivery | None:
    """One delivery with everything its page shows."""
    rows = _with_relations(permissions.visible_to(by)).select_related("template_version__template", "resent_by")
    return rows.prefetch_related("attempts", "resends").filter(pk=delivery_id).first()
