"""From one fact to deliveries and decisions: a pure function, the database at its edges (see outbox, reach)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from docflow.common import ids
from notifications import triggers
from notifications.models import Decision
from notifications.states import Lane

V = Decision.Verdict
UNREACHABLE = (V.NO_CONTACT, V.UNVERIFIED, V.UNHEALTHY, V.NO_CHANNEL, V.NO_TEMPLATE)
PATIENCE = {Lane.URGENT: timedelta(hours=4), Lane.NORMAL: timedelta(hours=24), Lane.BULK: timedelta(hours=72)}


@dataclass(frozen=True)
class Reach:
    """One address as the planner sees it."""

    contact_id: UUID
    kind: str
    masked: str
    language: str
    verified: bool
    healthy: bool


@dataclass(frozen=True)
class Recipient:
    """A person, or an extra address that a trigger names; `key` is user:<id> or contact:<id>."""

    key: str
    user_id: UUID | None
    name: str
    language: str
    reaches: tuple[Reach, ...]


@dataclass(frozen=True)
class Rule:
    """A trigger, as data."""

    id: UUID
    name: str
    revision: int
    conditions: Sequence[Sequence[Any]]
    recipients: Sequence[str]
    channels: Sequence[str]
    mode: str
    delay: int
    lane: str
    shadow: bool
    once: bool


@dataclass(frozen=True)
class Event:
    """The fact, as data."""

    id: UUID
    action: str
    subject_kind: str
    subject_id: UUID
    version: int | None
    at: datetime


@dataclass(frozen=True)
class World:
    """Everything the planner may know of one event."""

    facts: Mapping[str, Any]
    people: Mapping[str, Sequence[Recipient]]
    channels: Mapping[str, str]
    """Channels that are on, with the kind of address each needs."""
    texts: Mapping[tuple[str, str], UUID]
    """Template version by channel and language."""
    told: frozenset[tuple[str, str]] = frozenset()
    """Pairs of fact (see `dedup`) and recipient that already have a live notification."""


@dataclass
class PlannedDelivery:
    channel: str
    reach: Reach
    template_version: UUID
    lane: str
    delay: int
    patience: timedelta
    id: UUID = field(default_factory=ids.new_id)


@dataclass
class PlannedNotification:
    rule: Rule
    recipient: Recipient
    role: str
    dedup: str
    channels: list[str]
    deliveries: list[PlannedDelivery] = field(default_factory=list)
    id: UUID = field(default_factory=ids.new_id)


@dataclass(frozen=True)
class Chosen:
    """One decision: who, where, and why or why not."""

    rule: Rule
    verdict: str
    recipient: Recipient | None = None
    role: str = ""
    channel: str = ""
    contact_id: UUID | None = None
    notification_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    notifications: list[PlannedNotification] = field(default_factory=list)
    decisions: list[Chosen] = field(default_factory=list)


def dedup(event: Event, rule: Rule) -> str:
    """The name of the fact: once per version, or this very event."""
    if rule.once and event.version is not None:
        return f"{event.action}:{event.version}"
    return f"event:{event.id}"


def plan(event: Event, rules: Iterable[Rule], world: World) -> Plan:
    """Who is told of the event on which channels, with a decision for everyone considered."""
    made = Plan()
    by_recipient: dict[str, PlannedNotification] = {}
    for rule in rules:
        failing = triggers.failing(rule.conditions, world.facts)
        if failing:
            made.decisions.append(Chosen(rule, V.CONDITIONS, detail={"failing": [list(one) for one in failing]}))
            continue
        for role in rule.recipients:
            _tell(made, by_recipient, event, rule, role, world)
    made.notifications = [notification for notification in by_recipient.values() if notification.deliveries]
    return made


def leaves_client_untold(made: Plan) -> bool:
    """Whether rules wanted to tell the client and none could: no address, channel or text that works."""
    wanted = [one for one in made.decisions if one.role == "client" and one.recipient and not one.rule.shadow]
    return bool(wanted) and all(one.verdict in UNREACHABLE and one.rule.once for one in wanted)


def _tell(
    made: Plan, by_recipient: dict[str, PlannedNotification], event: Event, rule: Rule, role: str, world: World
) -> None:
    people = world.people.get(role, ())
    if not people:
        made.decisions.append(Chosen(rule, V.NOBODY, role=role))
    for recipient in people:
        fact = dedup(event, rule)
        earlier = by_recipient.get(recipient.key)
        if (fact, recipient.key) in world.told:
            made.decisions.append(Chosen(rule, V.DUPLICATE, recipient, role))
        elif earlier is not None:
            _merge(made, earlier, rule, role, world)
        else:
            notification = PlannedNotification(rule, recipient, role, fact, list(rule.channels))
            chosen, notification.deliveries = choose(rule, recipient, role, world, notification.id)
            made.decisions.extend(chosen)
            if notification.deliveries and not rule.shadow:
                by_recipient[recipient.key] = notification


def _merge(made: Plan, earlier: PlannedNotification, rule: Rule, role: str, world: World) -> None:
    """Several rules for one fact make one message; a later rule can only add channels."""
    detail = {"with": str(earlier.rule.id)}
    recipient = earlier.recipient
    made.decisions.append(Chosen(rule, V.MERGED, recipient, role, notification_id=earlier.id, detail=detail))
    further = [channel for channel in rule.channels if channel not in earlier.channels]
    if further and rule.mode == "all" and not rule.shadow:
        chosen, deliveries = choose(replace(rule, channels=further), recipient, role, world, earlier.id)
        made.decisions.extend(chosen)
        earlier.deliveries.extend(deliveries)
        earlier.channels.extend(further)


def choose(
    rule: Rule, recipient: Recipient, role: str, world: World, notification_id: UUID
) -> tuple[list[Chosen], list[PlannedDelivery]]:
    """The channels for one person: all of them, or the first that can work with the rest in reserve."""
    decisions: list[Chosen] = []
    deliveries: list[PlannedDelivery] = []
    for channel in rule.channels:
        verdict, reach = judge(channel, recipient, world)
        version = world.texts.get((channel, reach.language if reach else recipient.language))
        if verdict == V.PLANNED and version is None:
            verdict = V.NO_TEMPLATE
        if verdict == V.PLANNED and rule.mode == "first" and deliveries:
            verdict = V.NEXT
        if verdict == V.PLANNED and reach and version:
            deliveries.append(_delivery(rule, channel, reach, version, world))
            if rule.shadow:
                verdict = V.SHADOW
        told = notification_id if verdict in (V.PLANNED, V.NEXT) and not rule.shadow else None
        decisions.append(
            Chosen(rule, verdict, recipient, role, channel, reach.contact_id if reach else None, notification_id=told)
        )
    if not deliveries:
        decisions = [_without_notification(one) for one in decisions]
    return decisions, deliveries


def _without_notification(one: Chosen) -> Chosen:
    return Chosen(one.rule, one.verdict, one.recipient, one.role, one.channel, one.contact_id, None, one.detail)


def judge(channel: str, recipient: Recipient, world: World) -> tuple[str, Reach | None]:
    """Whether this channel can reach the person, and at which address: the first usable one in his order."""
    kind = world.channels.get(channel)
    if kind is None:
        return V.NO_CHANNEL, None
    reaches = [reach for reach in recipient.reaches if reach.kind == kind]
    if not reaches:
        return V.NO_CONTACT, None
    verified = [reach for reach in reaches if reach.verified]
    if not verified:
        return V.UNVERIFIED, reaches[0]
    healthy = [reach for reach in verified if reach.healthy]
    return (V.PLANNED, healthy[0]) if healthy else (V.UNHEALTHY, verified[0])


def _delivery(rule: Rule, channel: str, reach: Reach, version: UUID, world: World) -> PlannedDelivery:
    lane = lane_of(rule.lane, world.facts)
    return PlannedDelivery(channel, reach, version, lane, rule.delay, PATIENCE[Lane(lane)])


def lane_of(lane: str, facts: Mapping[str, Any]) -> str:
    """The rule's lane; what is urgent itself overtakes."""
    urgent = lane == Lane.NORMAL and facts.get("priority") == "urgent"
    return Lane.URGENT if urgent else lane
