"""What a trigger did: its runs from the decisions, its revisions with what each changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count

from accounts import subjects
from notifications import builder, desk, sentence
from notifications.models import Decision, Notification, OutboxEvent, Trigger

PAGE = 25
DAYS = 30


@dataclass(frozen=True)
class Run:
    """One fact the trigger was held against."""

    at: datetime
    title: str
    number: str
    url: str
    decisions: list[Decision]


@dataclass(frozen=True)
class Runs:
    rows: list[Run]
    next: str


def counts(now: datetime) -> dict[UUID, int]:
    """Messages of each trigger in the last 30 days."""
    rows = Notification.objects.filter(created_at__gte=now - timedelta(days=DAYS), trigger__isnull=False)
    return dict(rows.values_list("trigger_id").annotate(Count("id")))


def of(trigger: Trigger, *, after: str = "") -> Runs:
    """The newest runs, a page at a time; `after` is the id of the last event shown."""
    events = OutboxEvent.objects.filter(decisions__trigger=trigger).distinct().order_by("-id")
    cursor = _uuid(after)
    if cursor:
        events = events.filter(id__lt=cursor)
    shown = list(events[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    by_event: dict[UUID, list[Decision]] = {}
    decisions = Decision.objects.filter(trigger=trigger, event__in=shown).select_related("user", "contact", "event")
    order = {channel: place for place, channel in enumerate(trigger.channels)}
    for one in sorted(decisions, key=lambda one: (one.at, str(one.user_id), order.get(one.channel, len(order)))):
        by_event.setdefault(one.event_id, []).append(one)
    facts, urls = about(shown)
    rows = [_run(event, by_event.get(event.pk, []), facts, urls) for event in shown]
    return Runs(rows, str(shown[-1].pk) if more else "")


def _run(
    event: OutboxEvent, decisions: list[Decision], facts: Mapping[UUID, Mapping[str, Any]], urls: Mapping[UUID, str]
) -> Run:
    said = facts.get(event.subject_id, {})
    title, number = str(said.get("title") or ""), str(said.get("number") or "")
    return Run(event.created_at, title, number, urls.get(event.subject_id, ""), decisions)


def about(rows: Iterable[Any]) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, str]]:
    """Facts and addresses of the subjects of rows that have `subject_kind` and `subject_id`."""
    by_kind: dict[str, set[UUID]] = {}
    for row in rows:
        if row.subject_id:
            by_kind.setdefault(row.subject_kind, set()).add(row.subject_id)
    facts: dict[UUID, dict[str, Any]] = {}
    urls: dict[UUID, str] = {}
    for kind in by_kind.keys() & set(subjects.kinds()):
        facts |= subjects.of(kind).facts(by_kind[kind])
        urls |= subjects.of(kind).url(by_kind[kind])
    return facts, urls


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Revision:
    """What the trigger said then, and which parts differ from the revision before."""

    number: int
    at: datetime
    by: str
    name: str
    sentence: str
    changed: list[str]


def revisions(trigger: Trigger) -> list[Revision]:
    """All revisions, newest first."""
    kept = list(trigger.revisions.select_related("by"))
    said = [desk.with_content(Trigger(), desk.content_from(one.content)) for one in kept]
    words = builder.words(said)
    older: list[Mapping[str, Any]] = [*(one.content for one in kept[1:]), {}][: len(kept)]
    return [
        Revision(
            number=one.number,
            at=one.at,
            by=one.by.name if one.by else "",
            name=rule.name,
            sentence=sentence.sentence(rule, words),
            changed=_changed(before, one.content),
        )
        for one, rule, before in zip(kept, said, older, strict=True)
    ]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [str(builder.PART_LABELS[name]) for name in after if before and before.get(name) != after[name]]
