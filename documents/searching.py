"""The text that search reads: Russian and English stems beside the exact forms, ё folded to е, and when it came.

Kept in the transaction of whatever changes it. Queries are in `documents.queries`.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from docflow.common import ids

LONGEST_TEXT = 700_000  # characters; a vector is limited to 1 MB

# ё is е, and these signs part words: without a locale the database's parser takes them for letters. The length stays.
SIGNS = "~№«»„“”‘’‚‹›–—‒―…·•§°©®™×€£₽\u00a0\u2009\u200a\u202f\u2011\u2212"
FOLDING = ("ёЁ" + SIGNS, "еЕ" + " " * len(SIGNS))
_SIGN = re.compile(f"[{re.escape(SIGNS)}]")

# The Russian configuration stems words in Latin letters as English ones.
VECTOR = """
setweight(to_tsvector('russian', {head}), 'A') || setweight(to_tsvector('simple', {head}), 'A')
    || to_tsvector('russian', {body}) || to_tsvector('simple', {body})
"""

STORE = f"""
INSERT INTO documents_documenttext (document_id, version, text, vector)
VALUES (%(id)s, %(version)s, %(text)s, {VECTOR.format(head="%(head)s", body="%(body)s")} || array_to_tsvector(%(time)s))
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
        head = fold(" ".join([title, number, number_parts(number), client, organisation]))
        time = [week_word(week_of(document_id)), year_word(year_of(document_id))]
        values: dict[str, Any] = {
            "id": document_id,
            "version": version,
            "text": body,
            "head": head,
            "body": fold(body),
            "time": time,
        }
        cursor.execute(STORE, values)


def number_parts(number: str) -> str:
    """`D-2025-00418` is also found by `00418` and by `418`."""
    parts = "".join(sign if sign.isalnum() else " " for sign in number).split()
    return " ".join([*parts, *(part.lstrip("0") for part in parts if part.startswith("0"))])


def clean(text: str) -> str:
    """What the database can hold."""
    return text.replace("\0", " ")[:LONGEST_TEXT]


def fold(text: str) -> str:
    """In the spelling of the vector."""
    return _SIGN.sub(" ", clean(text).replace("ё", "е").replace("Ё", "Е"))


# Stop words alone are looked for as they are; where nothing at all is left, nothing is found.
QUERY = """
CASE WHEN numnode(websearch_to_tsquery('russian', %s)) > 0 THEN websearch_to_tsquery('russian', %s) && %s::tsquery
     WHEN numnode(websearch_to_tsquery('simple', %s)) > 0 THEN websearch_to_tsquery('simple', %s) && %s::tsquery
     ELSE '' END
"""


def query(q: str, time: str = "") -> list[str]:
    """What QUERY asks for: the words as they were typed and, if given, words of time."""
    return [fold(q), fold(q), time] * 2


# When a document came in stands in its vector as words that nobody can type, for ~ is folded: see documents.finding.
WEEK = timedelta(weeks=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def week_of(document_id: UUID) -> int:
    """Weeks since 1970."""
    return (ids.time_of(document_id) - EPOCH) // WEEK


def year_of(document_id: UUID) -> int:
    """The year in UTC."""
    return ids.time_of(document_id).year


def week_word(week: int) -> str:
    return f"~w{week}"


def year_word(year: int) -> str:
    return f"~y{year}"


def first_of_week(week: int) -> UUID:
    """No document of that week has a lower id."""
    return ids.first_at(EPOCH + max(week, 0) * WEEK)


def first_of_year(year: int) -> UUID:
    """No document of that year has a lower id."""
    return ids.first_at(max(datetime(year, 1, 1, tzinfo=UTC), EPOCH))
