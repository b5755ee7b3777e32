"""What other apps' pages show of deliveries: a block for one subject, icons for a list. Constant queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts import subjects
from accounts.audit import Actor
from accounts.permissions import is_administrator
from accounts.subjects import Pair
from notifications import permissions, why
from notifications.channels import registry
from notifications.models import Attempt, Decision, Delivery, Notification
from notifications.states import OPEN, State, nobody_reached

TONES = {"ok": "green", "transient": "amber", "permanent": "red", "unknown": "amber", "": "blue"}
ORDER = {kind: number for number, kind in enumerate(("telegram", "sms", "email"))}
REACHED = (State.SENT, State.DELIVERED)
TROUBLED = (State.FAILED, State.RETRYING, State.UNKNOWN, State.HELD)
WHY_NOT = ("no_contact", "unverified", "unhealthy", "no_channel", "no_template", "nobody")


@dataclass(frozen=True)
class AttemptRow:
    """One call as a person reads it."""

    at: datetime
    tone: str
    text: str
    answer: str
    possible_duplicate: bool


@dataclass(frozen=True)
class DeliveryRow:
    """One message to one address."""

    id: UUID
    channel: str
    label: str
    address: str
    state: str
    at: datetime | None
    opened_at: datetime | None
    attempt_no: int
    next_at: datetime | None
    reason: str
    provider_ref: str
    attempts: list[AttemptRow]
    open: bool
    resend_url: str | None
    fix_url: str | None = None


@dataclass
class Panel:
    """The delivery block of one subject."""

    deliveries: list[DeliveryRow] = field(default_factory=list)
    channels: int = 0
    trigger_name: str = ""
    trigger_url: str = ""
    why: str = ""
    others: list[str] = field(default_factory=list)
    untold: bool = False
    """Nobody could be told, and nothing is under way."""
    again_url: str | None = None


def register() -> None:
    """Offer both panels."""
    subjects.panel("deliveries", deliveries)
    subjects.panel("delivery_icons", icons)


def deliveries(kind: str, ids: Sequence[UUID], by: Actor) -> Mapping[UUID, Panel]:
    """What the client of each subject was told and how; newest round of each channel first."""
    rows = _rows(kind, ids, by)
    reasons = _decisions(kind, ids)
    may_resend = permissions.may_resend(by)
    opened = subjects.of(kind).opened(_pairs(rows))
    return {one: _panel(rows[one], reasons[one], opened, may_resend, is_administrator(by)) for one in ids}


def icons(kind: str, ids: Sequence[UUID], by: Actor) -> Mapping[UUID, list[tuple[str, str]]]:
    """The state of each channel for lists, in one query."""
    latest: dict[UUID, dict[str, str]] = defaultdict(dict)
    about = Notification.objects.filter(subject_kind=kind, subject_id__in=ids, role="client", live=True)
    found = Delivery.objects.filter(notification__in=about).order_by("created_at")
    for subject_id, channel, state in found.values_list("notification__subject_id", "channel", "state"):
        if subject_id:
            latest[subject_id][channel] = state
    return {one: sorted(latest[one].items(), key=lambda pair: ORDER.get(pair[0], 9)) for one in ids}


def _rows(kind: str, ids: Sequence[UUID], by: Actor) -> dict[UUID, list[Delivery]]:
    found = (
        permissions.visible_to(by)
        .filter(notification__subject_kind=kind, notification__subject_id__in=ids, notification__role="client")
        .select_related("notification__trigger")
        .prefetch_related(Prefetch("attempts", Attempt.objects.order_by("number")))
        .order_by("-created_at")
    )
    rows: dict[UUID, list[Delivery]] = defaultdict(list)
    for delivery in found:
        if delivery.notification.subject_id:
            rows[delivery.notification.subject_id].append(delivery)
    return rows


def _pairs(rows: Mapping[UUID, list[Delivery]]) -> list[Pair]:
    return [(row.contact_id, one) for one, found in rows.items() for row in found if row.contact_id]


def _decisions(kind: str, ids: Sequence[UUID]) -> dict[UUID, list[Decision]]:
    found = (
        Decision.objects.filter(event__subject_kind=kind, event__subject_id__in=ids, recipient="client")
        .filter(verdict__in=WHY_NOT)
        .select_related("event")
        .order_by("-at")
    )
    rows: dict[UUID, list[Decision]] = defaultdict(list)
    for decision in found:
        rows[decision.event.subject_id].append(decision)
    return rows


def _panel(
    rows: Iterable[Delivery],
    decisions: Sequence[Decision],
    opened: Mapping[Pair, datetime],
    may_resend: bool,
    admin: bool,
) -> Panel:
    rows = list(rows)
    newest = max((row.notification.created_at for row in rows), default=None)
    shown = sorted(
        (row for row in rows if row.notification.created_at == newest),
        key=lambda row: (ORDER.get(row.channel, 9), -row.round),
    )
    panel = Panel([_row(row, opened, may_resend) for row in shown], len({row.channel for row in shown}))
    panel.untold = nobody_reached((row.state, row.reason) for row in shown)
    if shown and (trigger := shown[0].notification.trigger):
        panel.trigger_name = trigger.title
        panel.trigger_url = _trigger_url(trigger.pk) if admin else ""
    _explain(panel, decisions, newest, may_resend)
    return panel


def _explain(panel: Panel, decisions: Sequence[Decision], newest: datetime | None, may_resend: bool) -> None:
    """Why channels were left out; decisions newer than any message mean that there was no way to tell at all."""
    last = max((decision.at for decision in decisions), default=None)
    if last is None or (newest is not None and last < newest):
        return
    sentences = [f"{why.verdict(decision)}." for decision in decisions if decision.at == last]
    if panel.deliveries:
        panel.others = sentences
    else:
        panel.why = " ".join(sentences)
    if newest is None or last > newest:
        panel.untold = True
        panel.again_url = reverse("notifications:plan_again", args=[decisions[0].event_id]) if may_resend else None


def _trigger_url(trigger_id: UUID) -> str:
    try:
        return reverse("desk:trigger", args=[trigger_id])
    except NoReverseMatch:
        return ""


def _row(row: Delivery, opened: Mapping[Pair, datetime], may_resend: bool) -> DeliveryRow:
    attempts = [_attempt(one) for one in row.attempts.all()]
    troubled = len(attempts) > 1 or row.state in TROUBLED
    return DeliveryRow(
        id=row.pk,
        channel=row.channel,
        label=str(registry.LABELS[row.channel][0]) if row.channel in registry.LABELS else row.channel,
        address=row.masked,
        state=row.state,
        at=row.delivered_at or row.sent_at or row.finished_at or (None if row.state in OPEN else row.created_at),
        opened_at=_opened_at(row, opened),
        attempt_no=row.attempt_no,
        next_at=row.due_at if row.state in (State.RETRYING, State.PLANNED, State.UNKNOWN) else None,
        reason=why.sentence(row.reason) if row.reason and row.state not in (State.SENDING, State.QUEUED) else "",
        provider_ref=row.provider_ref,
        attempts=attempts if troubled else [],
        open=troubled,
        resend_url=reverse("notifications:resend", args=[row.pk]) if may_resend and row.state not in OPEN else None,
        fix_url=_fix_url(row) if may_resend else None,
    )


def _fix_url(row: Delivery) -> str | None:
    """Where the address that messages do not reach can be corrected."""
    about = row.notification
    dead = row.state == State.FAILED and row.address_dead and about.user_id
    return reverse("accounts:client", args=[about.user_id]) if dead else None


def _opened_at(row: Delivery, opened: Mapping[Pair, datetime]) -> datetime | None:
    """Only a message that arrived can have been opened; a link opened by another way is not its merit."""
    if row.state not in REACHED or row.contact_id is None or row.notification.subject_id is None:
        return None
    return opened.get((row.contact_id, row.notification.subject_id))


def _attempt(attempt: Attempt) -> AttemptRow:
    words = {"ok": _("Accepted by the provider"), "": _("The call is under way")}
    outcome = attempt.outcome or ""
    text = words.get(outcome) or (why.sentence(attempt.reason) if attempt.reason else _("Refused"))
    return AttemptRow(
        at=attempt.finished_at or attempt.opened_at,
        tone=TONES[outcome],
        text=text,
        answer=attempt.answer,
        possible_duplicate=attempt.possible_duplicate,
    )
