"""What this app tells the others about documents: facts, rights, truth, links, people. Batches only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import subjects
from accounts.models import Contact, Installation
from accounts.subjects import Facts, Pair, Told, Triple
from docflow.common.errors import NotFound, NotPossible
from documents import batches, finding, lifecycle, links, orphans, panels, permissions, processing, routing
from documents.batches import Door, Known
from documents.models import Document, DocumentType, Link, Priority, Task
from documents.models.version import short_fingerprint
from documents.states import GIVEN, GIVEN_ONCE, IN_HAND, SHOWN_WHILE_PREPARED, STAGES, State

# In which states a fact is still true of its version; what is not here stays true for good.
HOLDS: dict[str, tuple[State, ...]] = {
    "document.rejected": (State.REJECTED,),
    "document.failed": (State.FAILED,),
    "document.approval_asked": STAGES,
    "document.returned": (State.REWORK,),
    "document.ready": IN_HAND,
    "document.delivered": IN_HAND,
    "document.acknowledged": (State.ACKNOWLEDGED, State.ARCHIVED),
    "document.declined": (State.DECLINED, State.ARCHIVED),
    "document.recalled": (State.RECALLED, State.ARCHIVED),
    "document.asked": tuple(State),
}
LANGUAGES = ("ru", "en")
FOUND = 10


class Documents:
    """Speaks for the kind "document"."""

    def facts(self, ids: Iterable[UUID]) -> dict[UUID, Facts]:
        """Two queries, however many documents."""
        rows = batches.known(list(ids))
        types = DocumentType.objects.in_bulk({row.type_id for row in rows})
        here = Installation.current()
        house: Facts = {"organisation_name_ru": here.name_ru, "organisation_name_en": here.name_en}
        return {row.id: _facts(row, types[row.type_id]) | house for row in rows}

    def may_see(self, pairs: Iterable[Pair]) -> set[Pair]:
        """The contact's person may know of the document now: client, insider, or an extra address."""
        pairs = set(pairs)
        own = _own(pairs)
        return own | _seen_by_others(pairs - own)

    def holds(self, triples: Iterable[Triple]) -> set[Triple]:
        """Still true of that version: one query."""
        triples = set(triples)
        rows = Document.objects.filter(pk__among={triple[1] for triple in triples})
        now = {pk: (state, version) for pk, state, version in rows.values_list("pk", "state", "version")}
        return {triple for triple in triples if triple[1] in now and _holds(triple, *now[triple[1]])}

    def seen(self, pairs: Iterable[Pair]) -> set[Pair]:
        """The contact's person has opened the current version by any link, or answered for it.

        On types that confirm by a code an opening vouches for nobody: a mail scanner must silence no message.
        """
        return batches.seen(pairs)

    def opened(self, pairs: Iterable[Pair]) -> dict[Pair, datetime]:
        """When the contact's own link to the current version was first opened: one query."""
        pairs = set(pairs)
        opened = Link.objects.filter(
            document__in={pair[1] for pair in pairs}, version__n=F("document__version"), first_opened_at__isnull=False
        )
        rows = opened.values_list("contact_id", "document_id", "first_opened_at")
        return {(contact, document): at for contact, document, at in rows if at and (contact, document) in pairs}

    def links(self, pairs: Iterable[Pair]) -> dict[Pair, str]:
        """For people who work here their own page; for the client and extra addresses a protected link."""
        protected: list[Door] = []
        answer: dict[Pair, str] = {}
        for door in batches.doors(pairs):
            if door.user_id is not None and door.user_id != door.client_id:
                answer[door.pair] = f"{settings.BASE_URL}{_page(door.document_id)}"
            elif door.ready_at is None:
                page = reverse("documents:portal_document", args=[door.document_id])
                answer[door.pair] = f"{settings.BASE_URL}{page}"
            else:
                protected.append(door)
        return answer | links.behind(protected)

    def people(self, ids: Iterable[UUID], role: str) -> dict[UUID, list[UUID]]:
        """Ids of people: client, author, acting (whoever has to decide now)."""
        ids = list(ids)
        if role == "acting":
            return _acting(ids)
        rows = Document.objects.filter(pk__among=ids).values_list("pk", "client_id", "author_id")
        chosen = {"client": 1, "author": 2}[role]
        return {row[0]: [row[chosen]] if row[chosen] else [] for row in rows}

    def url(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        return {pk: _page(pk) for pk in ids}

    def choices(self, fact: str) -> list[tuple[str, str]]:
        """Values for building conditions, from the data where they are free."""
        if fact == "type":
            return [(kind.slug, kind.name) for kind in DocumentType.objects.all()]
        if fact == "priority":
            return [(str(value), str(label)) for value, label in Priority.choices]
        if fact == "state":
            return [(str(value), str(label)) for value, label in State.choices]
        if fact == "purpose":
            used = Document.objects.exclude(purpose="").order_by("purpose").values_list("purpose", flat=True)
            return [(purpose, purpose) for purpose in used.distinct()[:100]]
        return []

    def find(self, text: str) -> list[UUID]:
        """By number first, then by words; newest first."""
        if not text.strip():
            return []
        exact = list(Document.objects.filter(number__iexact=text.strip()).values_list("pk", flat=True)[:FOUND])
        if len(exact) == FOUND:
            return exact
        others = Document.objects.exclude(pk__in=exact) if exact else Document.objects.all()
        return exact + finding.newest([others], text, None, FOUND - len(exact))

    def act(self, subject_id: UUID, act: str, *, by: Contact, at: datetime) -> str:
        """Buttons of messages: `confirm`. A second tap gets the same answer as the first. Raises Refused."""
        document = Document.objects.select_related("type").filter(pk=subject_id).first()
        if document is None:
            raise NotFound(_("There is no such document."))
        if act != "confirm":
            raise NotPossible(_("This button no longer works. Open the document."))
        if document.state == State.ACKNOWLEDGED and permissions.may_answer(by, document):
            return _("Receipt is confirmed already.")
        if document.type.needs_code and by.kind != "telegram":
            raise NotPossible(_("Open the document to confirm it with a code."), code="code_needed")
        lifecycle.acknowledge(document, by=by, how="button")
        return _("Receipt is confirmed.")


def _page(document_id: UUID) -> str:
    return reverse("documents:document", args=[document_id])


def _facts(row: Known, kind: DocumentType) -> Facts:
    return {
        "title": row.title,
        "number": row.number,
        "type": kind.slug,
        "type_name_ru": kind.name_ru,
        "type_name_en": kind.name_en,
        "ending_ru": kind.ending_ru,
        "ending_en": "",
        "state": row.state,
        **_state_names(row.state),
        "priority": row.priority,
        "purpose": row.purpose,
        "client_name": row.client_name or "",
        "client_address_as": row.client_address_as or row.client_name or "",
        "author_name": row.author_name,
        "due_at": row.due_at,
        "ready_at": row.ready_at,
        "version": row.version,
        "confirm": "code" if kind.needs_code else "tap",
        "sensitive": kind.sensitive,
        "extra_addresses": kind.extra_addresses,
        "comment": row.last_words or "",
        "pages": row.pages,
        "reason_ru": row.reason_ru or "",
        "reason_en": row.reason_en or "",
        "fingerprint": short_fingerprint(row.sha256) if row.sha256 else "",
    }


@cache
def _state_names(state: str) -> Facts:
    names: Facts = {}
    for language in LANGUAGES:
        with override(language):
            names[f"state_name_{language}"] = str(State(state).label)
    return names


def _own(pairs: set[Pair]) -> set[Pair]:
    """Those pairs in which the contact is the client's own and the client knows of the document."""
    return {
        (one.contact_id, one.document_id)
        for one in batches.own(pairs)
        if _client_knows(one.state, one.ready_at, one.client_sees)
    }


def _seen_by_others(pairs: set[Pair]) -> set[Pair]:
    if not pairs:
        return set()
    contacts = Contact.objects.select_related("user").prefetch_related("user__work_groups")
    people = contacts.in_bulk([contact for contact, _document in pairs])
    rows = Document.objects.select_related("type").in_bulk([document for _contact, document in pairs])
    tasks = _tasks_by_document(rows)
    return {
        (contact, document)
        for contact, document in pairs
        if contact in people and document in rows and _sees(people[contact], rows[document], tasks.get(document, []))
    }


def _tasks_by_document(ids: Iterable[UUID]) -> dict[UUID, list[Task]]:
    tasks: dict[UUID, list[Task]] = {}
    for task in Task.objects.filter(document__in=list(ids)):
        tasks.setdefault(task.document_id, []).append(task)
    return tasks


def _sees(contact: Contact, document: Document, tasks: list[Task]) -> bool:
    user = contact.user
    if user is None:
        return document.type.extra_addresses and document.state in GIVEN
    if not user.is_active:
        return False
    if user.has_role(*permissions.SEES_ALL) or (user.is_internal and user.pk == document.author_id):
        return True
    if user.pk == document.client_id:
        return _client_knows(document.state, document.ready_at, document.type.client_sees)
    groups = {str(group.pk) for group in user.work_groups.all()}
    return user.is_internal and any(permissions.holds_task(user, task, groups) for task in tasks)


def _client_knows(state: str, ready_at: datetime | None, client_sees: str) -> bool:
    if state in GIVEN:
        return True
    if state in GIVEN_ONCE:
        return ready_at is not None
    return client_sees == "preparing" and state in SHOWN_WHILE_PREPARED


def _holds(triple: Triple, state: str, version: int) -> bool:
    action, _subject, said_of = triple
    if action not in HOLDS:
        return True
    return state in HOLDS[action] and said_of in (None, version)


def _acting(ids: list[UUID]) -> dict[UUID, list[UUID]]:
    tasks = list(Task.objects.filter(document__in=ids, status=Task.Status.OPEN).select_related("document"))
    holders = routing.holders(tasks)
    acting: dict[UUID, list[UUID]] = {pk: [] for pk in ids}
    for task in tasks:
        acting[task.document_id] += [one for one in holders[task.pk] if one != task.document.author_id]
    return acting


def _told(told: Sequence[Told]) -> None:
    """The clients have the message that it is ready: the documents count as delivered."""
    lifecycle.mark_delivered([(one.subject_id, one.version, one.at) for one in told if _is_about_ready(one)])


def _untold(told: Sequence[Told]) -> None:
    """No message that it is ready reached the client: somebody here has to look after it."""
    for one in filter(_is_about_ready, told):
        lifecycle.mark_untold(one.subject_id, version=one.version, at=one.at)


def _is_about_ready(told: Told) -> bool:
    return told.subject_kind == Document.subject_kind and told.data.get("fact") == "document.ready"


def register() -> None:
    """Speak for documents, hear of deliveries, be swept."""
    subjects.register(Document.subject_kind, Documents())
    subjects.panel("client_documents", panels.of_clients)
    subjects.on("delivery.told", _told)
    subjects.on("delivery.untold", _untold)
    subjects.on_sweep("documents", processing.sweep)
    subjects.on_sweep("files", orphans.sweep)
