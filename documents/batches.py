"""What every message asks about its document, for a whole group at once: one statement for each question.

Written out because the engine asks so for each message it sends, and the ORM's price would be paid for each.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.subjects import Pair
from docflow.common.lookups import array

FACTS = """
SELECT d.id, d.title, d.number, d.type_id, d.state, d.priority, d.purpose, c.name, c.address_as, a.name, d.due_at,
       d.ready_at, d.version, v.pages, v.reason ->> 'ru', v.reason ->> 'en', v.sha256,
       (SELECT w.text FROM documents_comment w WHERE w.document_id = d.id AND w.version = d.version
        ORDER BY w.id DESC LIMIT 1)
FROM documents_document d
JOIN accounts_user a ON a.id = d.author_id
LEFT JOIN accounts_user c ON c.id = d.client_id
LEFT JOIN documents_documentversion v ON v.document_id = d.id AND v.n = d.version
WHERE d.id = ANY(%s::uuid[])
"""
OWN = """
SELECT c.id, d.id, d.state, d.ready_at, t.client_sees
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (contact, document)
JOIN accounts_contact c ON c.id = asked.contact
JOIN accounts_user u ON u.id = c.user_id AND u.is_active
JOIN documents_document d ON d.id = asked.document AND d.client_id = u.id
JOIN documents_documenttype t ON t.id = d.type_id
"""
SEEN = """
SELECT c.id, d.id
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (contact, document)
JOIN accounts_contact c ON c.id = asked.contact
JOIN documents_document d ON d.id = asked.document
JOIN documents_documenttype t ON t.id = d.type_id
WHERE (d.state IN ('acknowledged', 'declined') AND d.client_id = c.user_id)
   OR (t.confirm <> 'code' AND EXISTS (
       SELECT 1 FROM documents_link l
       JOIN documents_documentversion v ON v.id = l.version_id AND v.n = d.version
       JOIN accounts_contact o ON o.id = l.contact_id
       WHERE l.document_id = d.id AND l.first_opened_at IS NOT NULL AND (o.id = c.id OR o.user_id = c.user_id)))
"""
DOORS = """
SELECT c.id, d.id, c.user_id, d.client_id, d.ready_at, v.id, t.link_access, t.link_days, l.id
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (contact, document)
JOIN accounts_contact c ON c.id = asked.contact
JOIN documents_document d ON d.id = asked.document
JOIN documents_documenttype t ON t.id = d.type_id
LEFT JOIN documents_documentversion v ON v.document_id = d.id AND v.n = d.version
LEFT JOIN documents_link l ON l.version_id = v.id AND l.contact_id = c.id AND l.revoked_at IS NULL
"""


class Known(NamedTuple):
    """A document with its people and its present version."""

    id: UUID
    title: str
    number: str
    type_id: UUID
    state: str
    priority: str
    purpose: str
    client_name: str | None
    client_address_as: str | None
    author_name: str
    due_at: datetime | None
    ready_at: datetime | None
    version: int
    pages: int | None
    reason_ru: str | None
    reason_en: str | None
    sha256: str | None
    last_words: str | None


class Own(NamedTuple):
    """A document whose client the contact's person is."""

    contact_id: UUID
    document_id: UUID
    state: str
    ready_at: datetime | None
    client_sees: str


class Door(NamedTuple):
    """How a contact comes to a document: who they are, what its type allows, the live link if there is one."""

    contact_id: UUID
    document_id: UUID
    user_id: UUID | None
    client_id: UUID | None
    ready_at: datetime | None
    version_id: UUID | None
    access: str
    days: int
    link_id: UUID | None

    @property
    def pair(self) -> Pair:
        return self.contact_id, self.document_id


def known(ids: Collection[UUID]) -> list[Known]:
    """These documents, as far as they exist."""
    return [Known(*row) for row in _rows(FACTS, [array(ids)])] if ids else []


def own(pairs: Iterable[Pair]) -> list[Own]:
    """Those pairs in which the contact's person is active and the document's client."""
    return [Own(*row) for row in _of_pairs(OWN, pairs)]


def seen(pairs: Iterable[Pair]) -> set[Pair]:
    """Those in which the person opened the present version by any link, or answered for the document."""
    return set(_of_pairs(SEEN, pairs))


def doors(pairs: Iterable[Pair]) -> list[Door]:
    """How each contact comes to its document; pairs of which either does not exist are absent."""
    return [Door(*row) for row in _of_pairs(DOORS, pairs)]


def _of_pairs(statement: str, pairs: Iterable[Pair]) -> list[Any]:
    asked = list(pairs)
    if not asked:
        return []
    return _rows(statement, [array([pair[0] for pair in asked]), array([pair[1] for pair in asked])])


def _rows(statement: str, values: Sequence[str]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
