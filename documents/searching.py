"""The text that search reads: Russian and English stems beside the exact forms, ё folded to е.

Kept in the transaction of whatever changes it. Queries are in `documents.queries`.
"""

from uuid import UUID

from django.db import connection

LONGEST_TEXT = 700_000  # characters; a vector is limited to 1 MB

# As the SQL below: ё is е, and № parts a number from its word. The length stays.
FOLDED = str.maketrans("ёЁ№", "еЕ ")

# The Russian configuration stems words in Latin letters as English ones.
VECTOR = """
SELECT setweight(to_tsvector('russian', head), 'A') || setweight(to_tsvector('simple', head), 'A')
    || to_tsvector('russian', body) || to_tsvector('simple', body)
  FROM (SELECT translate(%(head)s, 'ёЁ№', 'еЕ ') AS head, translate(%(body)s, 'ёЁ№', 'еЕ ') AS body) AS folded
"""

STORE = f"""
INSERT INTO documents_documenttext (document_id, version, text, vector)
VALUES (%(id)s, %(version)s, %(body)s, ({VECTOR}))
ON CONFLICT (document_id) DO UPDATE
   SET version = excluded.version, text = excluded.text, vector = excluded.vector
"""  # noqa: S608 - put together from constants

HEAD = """
SELECT d.title, d.number, coalesce(c.name, ''), coalesce(o.name, ''), t.text
  FROM documents_document d
  LEFT JOIN accounts_user c ON c.id = d.client_id
  LEFT JOIN accounts_organisation o ON o.id = c.organisation_id
  LEFT JOIN documents_documenttext t ON t.document_id = d.id
 WHERE d.id = %(id)s
"""


def index(document_id: UUID, version: int, *, text: str | None = None) -> None:
    """Make the document findable by its title, number, client and text; without `text` the old text stays."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD, {"id": document_id})
        title, number, client, organisation, kept = cursor.fetchone()
        body = clean(kept or "" if text is None else text)
        head = " ".join([title, number, number_parts(number), client, organisation])
        cursor.execute(STORE, {"id": document_id, "version": version, "head": head, "body": body})


def number_parts(number: str) -> str:
    """`D-2025-00418` is also found by `00418` and by `418`."""
    parts = "".join(sign if sign.isalnum() else " " for sign in number).split()
    return " ".join([*parts, *(part.lstrip("0") for part in parts if part.startswith("0"))])


def clean(text: str) -> str:
    """What the database can hold."""
    return text.replace("\0", " ")[:LONGEST_TEXT]


def fold(query: str) -> str:
    """The query in the spelling of the vector."""
    return clean(query).translate(FOLDED)


def config_for(query: str) -> str:
    """The configuration to read the query by: stop words alone are looked for as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT numnode(websearch_to_tsquery('russian', %s))", [fold(query)])
        return "russian" if cursor.fetchone()[0] else "simple"
