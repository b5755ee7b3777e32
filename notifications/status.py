"""How each channel is doing, for the channels page: one query per kind of number, however much was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from docflow.common import clock
from notifications import connect, why
from notifications.channels import registry
from notifications.channels.base import missing
from notifications.connect import Setup
from notifications.models import Attempt, ChannelSettings, Delivery, OutboxEvent, ProviderState, Receipt
from notifications.states import CLAIMABLE, State

DAY = timedelta(hours=24)
QUEUED = (*CLAIMABLE, State.SENDING)


@dataclass(frozen=True)
class Card:
    """One channel as the page shows it."""

    kind: str
    label: str
    help: str
    setup: Setup
    configured: bool
    wanted: bool
    sent: int
    failed: int
    queued: int
    waiting_since: datetime | None
    held: int
    state: ProviderState | None
    error: str
    paused: bool

    @property
    def rate(self) -> int | None:
        """Per cent of what ended well of all that ended in 24 hours; None while nothing has."""
        ended = self.sent + self.failed
        return round(100 * self.sent / ended) if ended else None


@dataclass(frozen=True)
class Health:
    """The engine's own state: facts not planned yet, facts that cannot be planned, receipts without a message."""

    waiting: int
    oldest: datetime | None
    stuck: int
    error: str
    unknown: int
    unmatched: int
    lost_calls: int

    @property
    def is_well(self) -> bool:
        return not (self.stuck or self.unknown or (self.oldest and clock.now() - self.oldest > timedelta(minutes=1)))


def cards() -> list[Card]:
    """Every channel; four queries."""
    setups = connect.setups()
    rows = ChannelSettings.objects.in_bulk()
    states = ProviderState.objects.in_bulk()
    counts = _counts(clock.now() - DAY)
    return [
        _card(kind, setups[kind], rows.get(kind), states.get(kind), counts.get(kind, {})) for kind in registry.KINDS
    ]


def _counts(since: datetime) -> dict[str, Mapping[str, object]]:
    recent = Q(created_at__gte=since)
    open_states = Q(state__in=(*QUEUED, State.HELD))
    rows = Delivery.objects.filter(recent | open_states).values("channel")
    counted = rows.annotate(
        sent=Count("id", filter=recent & Q(state__in=(State.SENT, State.DELIVERED))),
        failed=Count("id", filter=recent & Q(state=State.FAILED)),
        queued=Count("id", filter=Q(state__in=QUEUED)),
        held=Count("id", filter=Q(state=State.HELD)),
        waiting_since=Min("due_at", filter=Q(state__in=QUEUED)),
    ).order_by()
    return {row["channel"]: row for row in counted}


def _card(
    kind: str, setup: Setup, row: ChannelSettings | None, state: ProviderState | None, counts: Mapping[str, object]
) -> Card:
    label, text = registry.LABELS[kind]
    configured = bool(setup.values) and not missing(registry.describe(kind).fields, setup.values)
    numbers = {name: counts.get(name) or 0 for name in ("sent", "failed", "queued", "held")}
    return Card(
        kind=kind,
        label=str(label),
        help=str(text),
        setup=setup,
        configured=configured,
        wanted=row is None or row.enabled is not False,
        waiting_since=counts.get("waiting_since"),  # type: ignore[arg-type]  # a moment or nothing
        state=state,
        error=why.sentence(state.last_error) if state and state.last_error else "",
        paused=bool(state and state.open_until and state.open_until > clock.now()),
        **numbers,  # type: ignore[arg-type]  # numbers
    )


def health() -> Health:
    """What a person must look at."""
    outbox = OutboxEvent.objects.filter(planned_at__isnull=True).aggregate(
        waiting=Count("id"), oldest=Min("created_at"), stuck=Count("id", filter=Q(failures__gt=0))
    )
    worst = OutboxEvent.objects.filter(planned_at__isnull=True, failures__gt=0).order_by("-failures").first()
    unknown = Delivery.objects.filter(state__in=(State.UNKNOWN, State.HELD)).count()
    unmatched = Receipt.objects.filter(applied_at__isnull=True).count()
    since = clock.now() - DAY
    lost = Attempt.objects.filter(outcome="unknown", opened_at__gte=since).count()
    return Health(**outbox, error=worst.error if worst else "", unknown=unknown, unmatched=unmatched, lost_calls=lost)
