"""Which documents somebody may see, and how lists and search walk them. Deny by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from accounts.audit import Actor, System
from accounts.models import ApiKey, Contact, User
from documents import finding, permissions, routing
from documents.models import ClientSees, Document, DocumentType, Link, Task
from documents.states import GIVEN, GIVEN_ONCE, OPEN_TO_CLIENT, SHOWN_WHILE_PREPARED, State

PAGE = 50
COUNT_CAP = 1000
FOUND_CAP = 200  # a search counts no further: each hit is looked at
TASKS_CAP = 100

OPEN_TO_READ = Q(state__in=OPEN_TO_CLIENT, ready_at__isnull=False)
"""`permissions.is_open_to_client` as a condition."""


def visible_to(by: Actor) -> QuerySet[Document]:
    """The documents that the actor may know of; every list, search, page and API answer starts here."""
    first, *others = _parts(by)
    return Document.objects.filter(pk__in=_joined([first, *others])) if others else first


def _joined(parts: Sequence[QuerySet[Document]]) -> QuerySet[Document, Any]:
    first, *others = (part.values("pk") for part in parts)
    return first.union(*others) if others else first


def _parts(by: Actor) -> list[QuerySet[Document]]:
    """The same in pieces that may overlap: joined by OR they would be found only by looking at every document."""
    if isinstance(by, System):
        return [Document.objects.all()]
    if isinstance(by, ApiKey) and not by.scopes:
        return [Document.objects.none()]
    user = permissions.acting_person(by)
    if user is None:
        return [_linked_to(by) if isinstance(by, Contact) else Document.objects.none()]
    if isinstance(by, Contact):
        return [_as_client(user)]
    if user.has_role(*permissions.SEES_ALL):
        return [Document.objects.all()]
    return [*_as_insider(user), _as_client(user)]


def _linked_to(contact: Contact) -> QuerySet[Document]:
    links = Link.objects.filter(document=OuterRef("pk"), contact=contact, revoked_at__isnull=True)
    return Document.objects.filter(Exists(links), state__in=GIVEN, type__extra_addresses=True)


def _as_insider(user: User) -> list[QuerySet[Document]]:
    """What he wrote himself and what he has or had to decide."""
    if not user.is_internal:
        return []
    given = Task.objects.filter(routing.held_by(user) | Q(closed_by=user))
    return [Document.objects.filter(author=user), Document.objects.filter(pk__in=given.values("document"))]


def _as_client(user: User) -> QuerySet[Document]:
    """His own: what he was given, and what is being prepared where the type shows that."""
    given = Q(state__in=GIVEN) | Q(state__in=GIVEN_ONCE, ready_at__isnull=False)
    prepared = Q(state__in=SHOWN_WHILE_PREPARED, type__client_sees=ClientSees.PREPARING)
    return Document.objects.filter(given | prepared, client=user)


def tasks_of(user: User) -> QuerySet[Task]:
    """Open tasks that this person can decide, the most urgent first: given to him, his groups or roles, not his own."""
    urgent = Case(When(document__priority="urgent", then=0), default=1)
    return (
        _asked_of(user)
        .select_related("document__type", "document__client__organisation", "document__author")
        .order_by(urgent, F("due_at").asc(nulls_last=True), "pk")
    )


def _asked_of(user: User) -> QuerySet[Task]:
    return Task.objects.filter(routing.held_by(user), status=Task.Status.OPEN).exclude(document__author=user)


def count_tasks(user: User) -> str:
    """How many tasks wait for the person, as `many_tasks` says it; nothing when none does."""
    found = len(_asked_of(user).order_by().values_list("pk")[: TASKS_CAP + 1])
    return many_tasks(found) if found else ""


def many_tasks(found: int) -> str:
    """What was counted up to one above `TASKS_CAP`, as people read it: "7", "100+"."""
    return f"{TASKS_CAP}+" if found > TASKS_CAP else str(found)


def done_by(user: User) -> QuerySet[Task]:
    """What the person decided, newest first."""
    return (
        Task.objects.filter(closed_by=user)
        .select_related("document__type", "document__client__organisation", "document__author")
        .order_by("-closed_at")
    )


@dataclass(frozen=True)
class Filter:
    """What a list is asked for; an empty value does not narrow it."""

    q: str = ""
    states: tuple[str, ...] = ()
    or_untold: bool = False
    """Beside these states also what is ready while nobody could be told."""
    type: str = ""
    client: UUID | None = None
    after: UUID | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.states or self.type or self.client)


@dataclass(frozen=True)
class Slice:
    """One page of a list."""

    rows: list[Any]
    next: UUID | None
    total: tuple[int, bool] | None = None
    """As `count` says it, where it is known without asking again: of a search from its start."""


def page(by: Actor, wanted: Filter, *, size: int = PAGE, rows: QuerySet[Document, Any] | None = None) -> Slice:
    """What `by` may see of it, newest first from after the given id, by key and never by offset; two to four queries.

    `rows` are documents with whatever the caller wants to come along.
    """
    total = None
    if not wanted.q.strip():
        ids = _newest(_walks(by, wanted), wanted.after, size + 1)
    elif wanted.after:
        ids = _with_words(by, wanted, wanted.after, size + 1)
    else:
        ids = _with_words(by, wanted, None, max(size, FOUND_CAP) + 1)
        total = _capped(len(ids), FOUND_CAP)
    if rows is None:
        rows = Document.objects.select_related("type", "client__organisation", "author")
    found = list(rows.filter(pk__in=ids[:size]).order_by("-id"))
    return Slice(found, ids[size - 1] if len(ids) > size else None, total)


def _walks(by: Actor, wanted: Filter) -> list[QuerySet[Document]]:
    """What is wanted, but for the words, in pieces: the newest of each are found at once by an index."""
    return [piece for part in _parts(by) for piece in _by_state(_narrowed(part, wanted), wanted, apart=True)]


def _narrowed(rows: QuerySet[Document], wanted: Filter) -> QuerySet[Document]:
    if wanted.type:
        rows = rows.filter(type=DocumentType.objects.filter(slug=wanted.type).values("pk")[:1])
    if wanted.client:
        rows = rows.filter(client=wanted.client)
    return rows


def _by_state(rows: QuerySet[Document], wanted: Filter, *, apart: bool) -> list[QuerySet[Document]]:
    """The wanted states, each by itself where the newest come first, and together where nothing depends on order."""
    if not wanted.states:
        return [rows]
    apart = apart and not wanted.client
    states = [Q(state=state) for state in wanted.states] if apart else [Q(state__in=wanted.states)]
    if wanted.or_untold:
        states.append(Q(untold_at__isnull=False, state=State.READY))
    return [rows.filter(one) for one in states]


def _newest(walks: Sequence[QuerySet[Document]], after: UUID | None, limit: int) -> list[UUID]:
    steps = [(walk.filter(pk__lt=after) if after else walk).order_by("-pk")[:limit] for walk in walks]
    found = _joined(steps).order_by("-pk")[:limit] if len(steps) > 1 else steps[0]
    return list(found.values_list("pk", flat=True))


def _with_words(by: Actor, wanted: Filter, after: UUID | None, limit: int) -> list[UUID]:
    """The words are looked for in what `by` may read; of what he may only know of, in its name, else he could guess."""
    walks, user = _walks(by, wanted), permissions.acting_person(by)
    if user is None or user.is_internal:
        return finding.newest(walks, wanted.q, after, limit)
    words = wanted.q.strip()
    named = Q(title__icontains=words) | Q(number__icontains=words)
    read = finding.newest([walk.filter(OPEN_TO_READ) for walk in walks], wanted.q, after, limit)
    known = _newest([walk.filter(named).exclude(OPEN_TO_READ) for walk in walks], after, limit)
    return sorted({*read, *known}, reverse=True)[:limit]


def count(by: Actor, wanted: Filter, *, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """How many match, and whether that is only a lower bound: whole tables are never counted."""
    if wanted.q.strip():
        cap = min(cap, FOUND_CAP)
        return _capped(len(_with_words(by, wanted, None, cap + 1)), cap)
    pieces = [piece for part in _parts(by) for piece in _by_state(_narrowed(part, wanted), wanted, apart=False)]
    return _capped(_joined([piece.order_by()[: cap + 1] for piece in pieces]).count(), cap)


def _capped(found: int, cap: int) -> tuple[int, bool]:
    return min(found, cap), found > cap
