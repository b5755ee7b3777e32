"""The dry run: what a trigger would have done on the facts of the last days. Writes nothing, sends nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import subjects
from docflow.common import clock
from notifications import builder, outbox, runs, triggers
from notifications.models import Decision, OutboxEvent, Trigger
from notifications.planning import Chosen, Event, Plan

V = Decision.Verdict
DAYS = 30
LIMIT = 500
SHOWN = 50


@dataclass(frozen=True)
class Told:
    """One person of one line: on which channels, or why not on the others."""

    name: str
    going: list[Chosen]
    reserve: list[Chosen]
    missed: list[Chosen]


@dataclass(frozen=True)
class Line:
    """One past fact and what the trigger would have made of it."""

    event: Event
    title: str
    number: str
    url: str
    matches: bool
    failing: list[Sequence[Any]]
    nobody: list[str]
    told: list[Told]


@dataclass(frozen=True)
class Coincidence:
    trigger: Trigger
    messages: int


@dataclass(frozen=True)
class Gap:
    """How many people a channel cannot reach, and why."""

    channel: str
    verdict: str
    people: int


@dataclass
class Rehearsal:
    """The whole dry run, newest first."""

    lines: list[Line]
    total: int
    matched: int
    clipped: bool
    by_channel: list[tuple[str, int]] = field(default_factory=list)
    people: int = 0
    messages: int = 0
    gaps: list[Gap] = field(default_factory=list)
    coincidences: list[Coincidence] = field(default_factory=list)

    @property
    def shown(self) -> list[Line]:
        """The matching ones first, as far as a page shows them."""
        return sorted(self.lines, key=lambda line: not line.matches)[:SHOWN]

    @property
    def hidden(self) -> int:
        return max(0, len(self.lines) - SHOWN)


def rehearse(trigger: Trigger) -> Rehearsal:
    """What the trigger, saved or not, would have done on the last month's facts, the others left aside."""
    rows = past(trigger.action)
    events = [outbox.event_of(row) for row in rows]
    data = [row.entry.data for row in rows]
    plans = outbox.alone(events, data, _as_if_on(trigger)) if events else []
    lines = _lines(events, plans)
    made = Rehearsal(
        lines=lines, total=len(lines), matched=sum(line.matches for line in lines), clipped=len(rows) == LIMIT
    )
    _count(made, plans)
    made.coincidences = _coincidences(trigger, events, data, plans)
    return made


def past(action: str) -> list[OutboxEvent]:
    """The facts of this kind of the last month, newest first; found by the journal's index."""
    since = clock.now() - timedelta(days=DAYS)
    rows = OutboxEvent.objects.filter(entry__action=action, entry_id__gte=first_id(since))
    return list(rows.select_related("entry").order_by("-entry_id")[:LIMIT])


def first_id(at: datetime) -> UUID:
    """The smallest id that could have been given at this moment: ids begin with the time."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _as_if_on(trigger: Trigger) -> Trigger:
    """A copy that counts as switched on; it is never saved."""
    fields = {one.attname: getattr(trigger, one.attname) for one in Trigger._meta.concrete_fields}
    return Trigger(**{**fields, "state": Trigger.State.ON})


def _lines(events: Sequence[Event], plans: Sequence[Plan]) -> list[Line]:
    facts, urls = runs.about(events)
    return [
        _line(event, plan, facts.get(event.subject_id, {}), urls.get(event.subject_id, ""))
        for event, plan in zip(events, plans, strict=True)
    ]


def _line(event: Event, plan: Plan, facts: dict[str, Any], url: str) -> Line:
    failing = [one for chosen in plan.decisions for one in chosen.detail.get("failing", [])]
    return Line(
        event=event,
        title=str(facts.get("title") or ""),
        number=str(facts.get("number") or ""),
        url=url,
        matches=not failing,
        failing=failing,
        nobody=[one.role for one in plan.decisions if one.verdict == V.NOBODY],
        told=_told(plan.decisions),
    )


def _told(decisions: Iterable[Chosen]) -> list[Told]:
    people: dict[str, Told] = {}
    for one in decisions:
        if one.recipient is None:
            continue
        told = people.setdefault(one.recipient.key, Told(one.recipient.name, [], [], []))
        if one.verdict == V.PLANNED:
            told.going.append(one)
        elif one.verdict == V.NEXT:
            told.reserve.append(one)
        elif one.verdict != V.MERGED:
            told.missed.append(one)
    return list(people.values())


def _count(made: Rehearsal, plans: Iterable[Plan]) -> None:
    chosen = [one for plan in plans for one in plan.decisions if one.recipient]
    made.by_channel = list(Counter(one.channel for one in chosen if one.verdict == V.PLANNED).items())
    made.people = len({one.recipient.key for one in chosen if one.recipient and one.verdict == V.PLANNED})
    made.messages = sum(len(plan.notifications) for plan in plans)
    missed: dict[tuple[str, str], set[str]] = {}
    for one in chosen:
        if one.recipient and one.verdict in (V.NO_CONTACT, V.UNVERIFIED, V.UNHEALTHY, V.NO_CHANNEL, V.NO_TEMPLATE):
            missed.setdefault((one.channel, one.verdict), set()).add(one.recipient.key)
    made.gaps = [Gap(channel, verdict, len(people)) for (channel, verdict), people in missed.items()]


def _coincidences(
    trigger: Trigger, events: Sequence[Event], data: Sequence[dict[str, Any]], plans: Sequence[Plan]
) -> list[Coincidence]:
    mine = _who(events, plans)
    others = Trigger.objects.filter(action=trigger.action, state=Trigger.State.ON).exclude(pk=trigger.pk)
    if not mine or not events:
        return []
    found = [Coincidence(one, len(mine & _who(events, outbox.alone(events, data, one)))) for one in others]
    return [one for one in found if one.messages]


def _who(events: Sequence[Event], plans: Sequence[Plan]) -> set[tuple[UUID, str]]:
    return {
        (event.id, notification.recipient.key)
        for event, plan in zip(events, plans, strict=True)
        for notification in plan.notifications
    }


@dataclass(frozen=True)
class Check:
    """The trigger held against one document."""

    title: str
    number: str
    url: str
    conditions: list[tuple[Sequence[Any], bool, Any]]
    told: list[Told]
    nobody: list[str]

    @property
    def applies(self) -> bool:
        return all(holds for _condition, holds, _value in self.conditions)


def check(trigger: Trigger, text: str) -> Check | None:
    """Condition by condition on the document that `text` means; None when there is no such document."""
    kind = builder.kind_of(trigger.action)
    if not text.strip() or kind not in subjects.kinds():
        return None
    found = subjects.of(kind).find(text.strip())[:1]
    if not found:
        return None
    subject_id = found[0]
    facts = subjects.of(kind).facts([subject_id]).get(subject_id, {})
    event = Event(subject_id, trigger.action, kind, subject_id, int(facts.get("version") or 1), clock.now())  # type: ignore[arg-type]  # a number
    unconditional = _as_if_on(trigger)
    unconditional.conditions = []
    plan = outbox.alone([event], [{}], unconditional)[0]
    return Check(
        title=str(facts.get("title") or ""),
        number=str(facts.get("number") or ""),
        url=subjects.of(kind).url([subject_id]).get(subject_id, ""),
        conditions=[(one, triggers.holds(one, facts), facts.get(str(one[0]))) for one in trigger.conditions],
        told=_told(plan.decisions),
        nobody=[one.role for one in plan.decisions if one.verdict == V.NOBODY],
    )
