"""The planner's eyes: who the words for recipients mean, at which addresses they are, and in which texts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import subjects
from accounts.models import Contact, Group, User
from accounts.models.contact import ADDRESS_PLACE, NOBODYS_LANGUAGE, Health, mask
from docflow.common import crypto
from notifications.models import Notification, Template, Trigger
from notifications.planning import Event, Reach, Recipient, Rule

SUBJECT_ROLES = ("client", "author", "acting")
COLUMNS = ("id", "kind", "address_sealed", "label", "verified_at", "health")


@dataclass(frozen=True)
class Directory:
    """Recipients by word: for all subjects alike, and for one subject where the word depends on it."""

    common: Mapping[str, list[Recipient]]
    by_subject: Mapping[tuple[str, UUID], list[Recipient]]

    def of(self, event: Event, words: Iterable[str]) -> dict[str, list[Recipient]]:
        return {
            word: self.by_subject.get((word, event.subject_id), [])
            if word in SUBJECT_ROLES
            else self.common.get(word, [])
            for word in words
        }


def rule(trigger: Trigger) -> Rule:
    """The trigger as the planner takes it."""
    return Rule(
        id=trigger.id,
        name=trigger.title,
        revision=trigger.revision,
        conditions=trigger.conditions,
        recipients=trigger.recipients,
        channels=trigger.channels,
        mode=trigger.mode,
        delay=trigger.delay,
        lane=trigger.lane,
        shadow=trigger.state == Trigger.State.SHADOW,
        once=trigger.once,
    )


def directory(events: Collection[Event], words: Collection[str]) -> Directory:
    """Everybody whom these words mean for these events, with their addresses; a constant number of queries."""
    ids_of = _people_of_subjects(events, words)
    alike = [word for word in words if word not in SUBJECT_ROLES and not word.startswith("contact:")]
    common = {word: _common_ids(word) for word in alike}
    wanted = {one for ids in (*ids_of.values(), *common.values()) for one in ids}
    people = recipients(wanted)
    extra = _extra([UUID(word.partition(":")[2]) for word in words if word.startswith("contact:")])
    return Directory(
        common={**{word: [people[one] for one in ids if one in people] for word, ids in common.items()}, **extra},
        by_subject={key: [people[one] for one in ids if one in people] for key, ids in ids_of.items()},
    )


def _people_of_subjects(events: Collection[Event], words: Collection[str]) -> dict[tuple[str, UUID], list[UUID]]:
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for event in events:
        by_kind[event.subject_kind].add(event.subject_id)
    found: dict[tuple[str, UUID], list[UUID]] = {}
    for kind, ids in by_kind.items():
        if kind not in subjects.kinds():
            continue
        for role in SUBJECT_ROLES:
            if role in words:
                found |= {(role, one): people for one, people in subjects.of(kind).people(ids, role).items()}
    return found


def _common_ids(word: str) -> list[UUID]:
    kind, _colon, value = word.partition(":")
    if kind == "role":
        return list(User.objects.filter(is_active=True, roles__contains=[value]).values_list("id", flat=True))
    if kind == "group":
        return list(Group.members.through.objects.filter(group_id=value).values_list("user_id", flat=True))
    return [UUID(value)] if kind == "user" else []


def recipients(ids: Collection[UUID]) -> dict[UUID, Recipient]:
    """Active people by id, with their addresses in their own order, doubtful ones last: two queries."""
    people = User.objects.filter(id__among=ids, is_active=True).values_list("id", "name", "language")
    found = {who: (name, language) for who, name, language in people}
    addresses: dict[UUID, list[Reach]] = defaultdict(list)
    for who, *address in _sorted(Contact.objects.filter(user_id__among=found).values_list("user_id", *COLUMNS)):
        addresses[who].append(_reach(found[who][1], *address))
    return {
        who: Recipient(f"user:{who}", who, name, language, tuple(addresses[who]))
        for who, (name, language) in found.items()
    }


def _sorted(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row[-1] == Health.SUSPECT)


def _extra(ids: Collection[UUID]) -> dict[str, list[Recipient]]:
    found: dict[str, list[Recipient]] = {}
    for language, *address in Contact.objects.filter(id__among=ids).values_list("user__language", *COLUMNS):
        one = _reach(language or NOBODYS_LANGUAGE, *address)
        key, label = f"contact:{one.contact_id}", address[COLUMNS.index("label")]
        found[key] = [Recipient(key, None, label, one.language, (one,))]
    return found


def _reach(
    language: str, contact_id: UUID, kind: str, sealed: bytes, label: str, verified_at: datetime | None, health: str
) -> Reach:
    address = crypto.open_field(sealed, f"{ADDRESS_PLACE}{contact_id}")
    masked = mask(kind, address, label)
    return Reach(contact_id, kind, masked, language, verified_at is not None, health != Health.SUSPENDED)


def texts(actions: Collection[str]) -> dict[str, dict[tuple[str, str], UUID]]:
    """Current template versions: by action, then by channel and language."""
    found: dict[str, dict[tuple[str, str], UUID]] = defaultdict(dict)
    for row in Template.objects.filter(action__in=actions, current__isnull=False):
        if row.current_id:
            found[row.action][row.channel, row.language] = row.current_id
    return found


def told(events: Collection[Event]) -> frozenset[tuple[UUID, str, str]]:
    """Live notifications of these subjects, as subject, fact and recipient."""
    about = {event.subject_id for event in events}
    rows = Notification.objects.filter(subject_id__among=about, live=True).values_list(
        "subject_id", "dedup", "recipient"
    )
    return frozenset((subject, fact, who) for subject, fact, who in rows if subject)
