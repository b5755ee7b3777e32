# ruff: noqa: S608 - statements are put together from constants and from what the ORM compiled; values stay apart
"""Full-text search, newest first, at the same cost for rare words, for words in every text and for pairs of them.

Asked for the newest fifty, the planner either sorts every hit or walks all documents for a pair that hardly exists. So
each vector carries its week and its year as words of their own: the index itself answers for the last week, then for
some weeks, then year by year, and stops when there is enough. Where only few documents may be found, those are read.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from docflow.common import clock, ids
from documents import searching
from documents.models import Document

FEW = 5_000  # documents whose vectors are read at once
WEEKS, YEARS = 8, 6  # asked for one after the other; what is older is asked for at once

# OFFSET 0 keeps the order and the limit out: with them the planner would hope to stumble over hits. The process number
# keeps the work in one process: several would bring the windows in any order.
HITS = """
SELECT document_id AS id FROM documents_documenttext
 WHERE vector @@ ({words}) AND document_id < %s AND pg_backend_pid() > 0 OFFSET 0
"""

Walks = Sequence[QuerySet[Document]]
"""Pieces of what may be found; together they are all of it."""
Statement = tuple[str, list[Any]]


def newest(walks: Walks, q: str, after: UUID | None, limit: int) -> list[UUID]:
    """The ids of documents with these words, from after the given one on; two queries at most."""
    walks = [walk for walk in walks if not walk.query.is_empty()]
    if not walks:
        return []
    future = ids.first_at(clock.now() + timedelta(days=1))
    before = min(after, future) if after else future
    everything = len(walks) == 1 and not walks[0].query.where
    if not everything and _are_few(walks):
        sql, values = _among_few(walks, q, before)
        statement, values = f"{sql} ORDER BY id DESC LIMIT %s", [*values, limit]
    else:
        statement, values = _by_windows([] if everything else walks, q, before, limit)
    return [row[0] for row in _rows(statement, values)]


def _are_few(walks: Walks) -> bool:
    sql, values = _union([walk.order_by()[: FEW + 1] for walk in walks])
    return int(_rows(f"SELECT count(*) FROM ({sql}) AS wanted", values)[0][0]) <= FEW


def _among_few(walks: Walks, q: str, before: UUID) -> Statement:
    sql, values = _union([walk.filter(pk__lt=before).order_by() for walk in walks])
    return (
        f"SELECT w.id FROM ({sql}) AS w CROSS JOIN LATERAL ("
        "SELECT vector FROM documents_documenttext WHERE document_id = w.id OFFSET 0"
        f") AS t WHERE t.vector @@ ({searching.QUERY})",
        [*values, *searching.query(q)],
    )


def _by_windows(walks: Walks, q: str, before: UUID, limit: int) -> Statement:
    """One statement of which no more is carried out than is needed to fill the limit."""
    parts: list[str] = []
    values: list[Any] = []
    hits, (allowed, more) = HITS.format(words=searching.QUERY), _allowed(walks)
    for time, below in _windows(before):
        parts.append(f"(SELECT h.id FROM ({hits}) AS h {allowed} ORDER BY h.id DESC LIMIT %s)")
        values += [*searching.query(q, time), below, *more, limit]
    return f"{' UNION ALL '.join(parts)} LIMIT %s", [*values, limit]


def _windows(before: UUID) -> Iterator[tuple[str, UUID]]:
    """The words of a stretch of time and the id below which its documents are, newest first, none twice."""
    week, year = searching.week_of(before), searching.year_of(before)
    yield _any_of(searching.week_word(week)), before
    below = searching.first_of_week(week)
    yield _any_of(*(searching.week_word(week - n) for n in range(1, WEEKS + 1))), below
    below = searching.first_of_week(week - WEEKS)
    for back in range(YEARS):
        yield _any_of(searching.year_word(year - back)), below
    yield "", min(below, searching.first_of_year(year - YEARS + 1))


def _any_of(*words: str) -> str:
    return " | ".join(f"'{word}'" for word in words)


def _allowed(walks: Walks) -> Statement:
    """The condition that a hit lies in one of the pieces."""
    if not walks:
        return "", []
    tests = [walk.filter(pk=RawSQL("h.id", [])).order_by().values("pk").query.sql_with_params() for walk in walks]
    condition = " OR ".join(f"EXISTS ({sql})" for sql, _values in tests)
    return f"WHERE {condition}", [one for _sql, values in tests for one in values]


def _union(walks: Walks) -> Statement:
    compiled = [walk.values("pk").query.sql_with_params() for walk in walks]
    sql = " UNION ".join(f"({sql})" for sql, _values in compiled)
    return f"SELECT id FROM ({sql}) AS pieces (id)", [one for _sql, values in compiled for one in values]


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
