"""Which documents somebody may see, and how lists and search walk them. Deny by default."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from accounts.audit import Actor, System
from accounts.models import ApiKey, Contact, User
from documents import permissions, routing, searching
from documents.models import ClientSees, Document, DocumentText, Link, Task
from documents.states import GIVEN, GIVEN_ONCE, SHOWN_WHILE_PREPARED, State

PAGE = 50
COUNT_CAP = 1000

# Up to so many hits are sorted; more than that, and walking the newest first finds enough at once.
HIT_CAP = 3000


def visible_to(by: Actor) -> QuerySet[Document]:
    """The documents that the actor may know of; every list, search, page and API answer starts here."""
    if isinstance(by, System):
        return Document.objects.all()
    if isinstance(by, ApiKey) and not by.scopes:
        return Document.objects.none()
    user = permissions.acting_person(by)
    if user is None:
        return _linked_to(by) if isinstance(by, Contact) else Document.objects.none()
    if isinstance(by, Contact):
        return Document.objects.filter(_as_client(user))
    if user.has_role(*permissions.SEES_ALL):
        return Document.objects.all()
    return Document.objects.filter(_as_insider(user) | _as_client(user))


def _linked_to(contact: Contact) -> QuerySet[Document]:
    links = Link.objects.filter(document=OuterRef("pk"), contact=contact, revoked_at__isnull=True)
    return Document.objects.filter(Exists(links), state__in=GIVEN, type__extra_addresses=True)


def _as_insider(user: User) -> Q:
    """What he wrote himself and what he has or had to decide."""
    if not user.is_internal:
        return Q(pk__in=[])
    given = Task.objects.filter(document=OuterRef("pk")).filter(routing.held_by(user) | Q(closed_by=user))
    return Q(author=user) | Q(Exists(given))


def _as_client(user: User) -> Q:
    """His own: what he was given, and what is being prepared where the type shows that."""
    given = Q(state__in=GIVEN) | Q(state__in=GIVEN_ONCE, ready_at__isnull=False)
    prepared = Q(state__in=SHOWN_WHILE_PREPARED, type__client_sees=ClientSees.PREPARING)
    return Q(client=user) & (given | prepared)


def tasks_of(user: User) -> QuerySet[Task]:
    """Open tasks that this person can decide: given to him, his groups or roles, on others' documents."""
    return (
        Task.objects.filter(routing.held_by(user), status=Task.Status.OPEN)
        .exclude(document__author=user)
        .select_related("document__type", "document__client__organisation", "document__author")
    )


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

    rows: list[Document]
    next: UUID | None


def narrowed(rows: QuerySet[Document], wanted: Filter) -> QuerySet[Document]:
    """The rows that match, in no order yet."""
    if wanted.states:
        wanted_states = Q(state__in=wanted.states)
        if wanted.or_untold:
            wanted_states |= Q(untold_at__isnull=False, state=State.READY)
        rows = rows.filter(wanted_states)
    if wanted.type:
        rows = rows.filter(type__slug=wanted.type)
    if wanted.client:
        rows = rows.filter(client=wanted.client)
    return rows


def page(rows: QuerySet[Document], wanted: Filter, *, size: int = PAGE) -> Slice:
    """Newest first from after the given id, by key and never by offset."""
    rows = narrowed(rows, wanted)
    rows = matching(rows, wanted.q) if wanted.q.strip() else rows.order_by("-id")
    if wanted.after:
        rows = rows.filter(pk__lt=wanted.after)
    found = list(rows.select_related("type", "client__organisation", "author")[: size + 1])
    more = len(found) > size
    return Slice(found[:size], found[size - 1].pk if more else None)


def matching(rows: QuerySet[Document], q: str) -> QuerySet[Document]:
    """Full-text search in two steps, or the planner walks the whole table for a rare word (performance.md §5)."""
    query = search_query(q)
    rows = rows.filter(text__vector=query)
    hits = DocumentText.objects.filter(vector=query)[: HIT_CAP + 1].count()
    if hits > HIT_CAP:
        return rows.order_by("-id")
    return rows.order_by(Cast("id", CharField()).desc())


def search_query(q: str) -> SearchQuery:
    """Word forms in both languages; when only stop words were typed, these as they are."""
    return SearchQuery(searching.fold(q), config=searching.config_for(q), search_type="websearch")


def count(rows: QuerySet[Document], wanted: Filter) -> tuple[int, bool]:
    """How many match, and whether that is only a lower bound: whole tables are never counted."""
    rows = narrowed(rows, wanted)
    if wanted.q.strip():
        rows = rows.filter(text__vector=search_query(wanted.q))
    found = rows.order_by()[: COUNT_CAP + 1].count()
    return min(found, COUNT_CAP), found > COUNT_CAP
