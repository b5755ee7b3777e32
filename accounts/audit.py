"""The journal and the event spine: `record` and `record_all` write the one row that is both.

Notifications hear of it through `recorded`, the only signal in the project, inside the same transaction.
Seals live in accounts.seals.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.dispatch import Signal
from django.utils.functional import Promise

from accounts.models import ApiKey, Contact, User
from docflow.common import ids
from docflow.common.lookups import array, texts, words

recorded = Signal()


@dataclass(frozen=True)
class System:
    """docflow itself, acting without a person."""

    name: str = "docflow"


SYSTEM = System()
Actor = User | Contact | ApiKey | System


@dataclass(frozen=True)
class Action:
    """A kind of fact: its name serves journal, triggers, webhooks, API and tests alike."""

    name: str
    label: str | Promise
    subject: str
    sample: Mapping[str, Any] = field(default_factory=dict)
    participants: tuple[str, ...] = ()
    notifiable: bool = False


INSERT = """
INSERT INTO accounts_auditentry (
    id, action, subject_kind, subject_id, version, actor_kind, actor_id, actor_name, data, participants)
SELECT id, %(action)s, subject_kind, subject_id, version, %(actor_kind)s, %(actor_id)s::uuid, %(actor_name)s, data,
       participants
FROM unnest(%(id)s::uuid[], %(subject_kind)s::text[], %(subject_id)s::uuid[], %(version)s::int[], %(data)s::jsonb[],
            %(participants)s::jsonb[]) AS fact (id, subject_kind, subject_id, version, data, participants)
RETURNING at
"""
NEVER = datetime.max.replace(tzinfo=UTC)
_actions: dict[str, Action] = {}


@dataclass(slots=True)
class Entry:
    """What was written, as those hear of it who listen: the columns of AuditEntry, without the weight of a model."""

    id: UUID
    action: str
    subject_kind: str
    subject_id: UUID
    version: int | None
    data: dict[str, Any]
    participants: dict[str, list[str]]
    at: datetime


def declare(*declared: Action) -> None:
    """Make actions known. Raises ValueError when a name is taken by another action."""
    for action in declared:
        if _actions.setdefault(action.name, action) is not action:
            raise ValueError(f"{action.name} is declared twice")


def actions() -> Mapping[str, Action]:
    """All declared actions by name."""
    return _actions


def person(by: Actor) -> User | None:
    """The human behind an actor, if there is one."""
    if isinstance(by, User):
        return by
    return by.user if isinstance(by, ApiKey | Contact) else None


@dataclass(frozen=True)
class Fact:
    """What happened to one thing; `participants` maps a role to the ids of people."""

    subject: tuple[str, UUID]
    version: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    participants: Mapping[str, Iterable[UUID]] = field(default_factory=dict)


def record(
    action: str,
    subject: Model | tuple[str, UUID],
    *,
    by: Actor,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
    participants: Mapping[str, Iterable[UUID]] | None = None,
) -> Entry:
    """Write the fact, in the transaction that makes it true.

    Raises TransactionManagementError outside `atomic()`, KeyError for an undeclared action.
    """
    about = subject if isinstance(subject, tuple) else (_kind(subject), subject.pk)
    return record_all(action, [Fact(about, version, data or {}, participants or {})], by=by)[0]


def record_all(action: str, facts: Sequence[Fact], *, by: Actor) -> list[Entry]:
    """As `record`, the same action on many things: two statements, however many. Returns the entries in order."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("audit.record belongs inside the transaction of the change it records")
    declared = _actions[action]
    entries = _insert([_entry(action, fact) for fact in facts], _who(by))
    recorded.send(sender=None, entries=entries, action=declared)
    return entries


def _insert(entries: list[Entry], who: Mapping[str, Any]) -> list[Entry]:
    """One statement, and so one moment; the database says which. An insert by the ORM costs five times as much."""
    values = {
        "action": entries[0].action if entries else "",
        "id": array([one.id for one in entries]),
        "subject_kind": texts([one.subject_kind for one in entries]),
        "subject_id": array([one.subject_id for one in entries]),
        "version": words(["NULL" if one.version is None else one.version for one in entries]),
        "data": texts([_json(one.data) for one in entries]),
        "participants": texts([_json(one.participants) for one in entries]),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {**who, **values})
        (at,) = cursor.fetchone() or (NEVER,)
    for one in entries:
        one.at = at
    return entries


_json = json.JSONEncoder(default=str).encode


def _entry(action: str, fact: Fact) -> Entry:
    kind, subject_id = fact.subject
    participants = {role: [str(one) for one in people] for role, people in fact.participants.items()}
    return Entry(ids.new_id(), action, kind, subject_id, fact.version, _plain(fact.data), participants, NEVER)


def _kind(subject: Model) -> str:
    return str(getattr(subject, "subject_kind", subject._meta.model_name))


def _who(by: Actor) -> dict[str, Any]:
    if isinstance(by, System):
        return {"actor_kind": "system", "actor_id": None, "actor_name": by.name}
    if isinstance(by, Contact):
        return {"actor_kind": "contact", "actor_id": by.pk, "actor_name": by.user.name if by.user else by.masked}
    kind = "key" if isinstance(by, ApiKey) else "user"
    name = f"{by.user.name} ({by.name})" if isinstance(by, ApiKey) else by.name
    return {"actor_kind": kind, "actor_id": by.pk, "actor_name": name[:200]}


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | Promise):
        return str(value)
    return value
