"""The registry in which each app speaks for its own model, so that apps need not know each other.

Everything takes and gives batches; each call costs a constant number of queries.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from accounts.audit import Actor
from accounts.models import Contact

Fact = str | int | bool | datetime | date | Decimal | None
Facts = dict[str, Fact]
Pair = tuple[UUID, UUID]
"""A contact's id and a subject's id."""
Triple = tuple[str, UUID, int | None]
"""An action, a subject's id and the version it was said of."""


class Subject(Protocol):
    """What an app tells the others about one of its models."""

    def facts(self, ids: Iterable[UUID]) -> dict[UUID, Facts]:
        """Flat typed values for conditions and templates; `x_ru` and `x_en` are one value in two languages."""

    def may_see(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Those pairs in which the contact's person has the right to the subject now."""

    def holds(self, triples: Iterable[Triple]) -> set[Triple]:
        """Those facts that are still true of that version."""

    def seen(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Those pairs in which the contact's person has already opened or confirmed the present version."""

    def opened(self, pairs: Iterable[Pair]) -> dict[Pair, datetime]:
        """When each contact's own link to the present version was first opened; pairs that were not are absent."""

    def links(self, pairs: Iterable[Pair]) -> dict[Pair, str]:
        """A protected link for each pair: made on the first ask, the same one afterwards."""

    def people(self, ids: Iterable[UUID], role: str) -> dict[UUID, list[UUID]]:
        """Who holds `role` (client, author, acting) for each subject, as ids of people."""

    def url(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        """The staff page of each subject, as a path."""

    def choices(self, fact: str) -> list[tuple[str, str]]:
        """The values that a fact may take, with their names, for building conditions; empty when free."""

    def find(self, text: str) -> list[UUID]:
        """Up to ten subjects that an administrator may mean by a number or words of a title, the exact one first."""

    def act(self, subject_id: UUID, act: str, *, by: Contact, at: datetime) -> str:
        """Do what a button asks; the sentence to show. Raises Refused."""


@dataclass(frozen=True)
class Told:
    """What a handler of an action is given."""

    action: str
    subject_kind: str
    subject_id: UUID
    version: int | None
    entry_id: UUID
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Sequence[Told]], None]
Panel = Callable[[str, Sequence[UUID], Actor], Mapping[UUID, Any]]
"""Given the kind and ids of subjects and who looks: what the panel shows for each."""

_subjects: dict[str, Subject] = {}
_handlers: dict[str, list[Handler]] = {}
_panels: dict[str, Panel] = {}
_sweeps: dict[str, Callable[[], object]] = {}


def register(kind: str, subject: Subject) -> None:
    """Let `subject` speak for all things of this kind."""
    _subjects[kind] = subject


def of(kind: str) -> Subject:
    """Who speaks for this kind. Raises KeyError."""
    return _subjects[kind]


def kinds() -> list[str]:
    """The kinds that somebody speaks for."""
    return list(_subjects)


def on(action: str, handler: Handler) -> None:
    """Run `handler` after the facts, from the outbox: in batches, each at least once, so it must be idempotent."""
    _handlers.setdefault(action, []).append(handler)


def handlers(action: str) -> list[Handler]:
    """Who wants to hear of this action."""
    return _handlers.get(action, [])


def handled() -> set[str]:
    """The actions that somebody wants to hear of."""
    return set(_handlers)


def panel(name: str, provider: Panel) -> None:
    """Offer a panel to other apps' pages and lists."""
    _panels[name] = provider


def panels(name: str, kind: str, ids: Sequence[UUID], by: Actor) -> Mapping[UUID, Any]:
    """What the panel shows for each subject; empty when nobody offers it."""
    provider = _panels.get(name)
    return provider(kind, ids, by) if provider else {}


def on_sweep(name: str, sweep: Callable[[], object]) -> None:
    """Have the sweeper process call `sweep` on each round; it must be quick and idempotent."""
    _sweeps[name] = sweep


def sweeps() -> Mapping[str, Callable[[], object]]:
    """Everything the sweeper calls, by name."""
    return _sweeps
