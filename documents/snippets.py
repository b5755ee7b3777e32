"""Why a document was found: the words around the first hit, for the rows of one page of a list."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from documents import searching

Piece = tuple[str, bool]
"""Some text, and whether it is what was looked for."""

BEFORE, WINDOW = 150, 600
LOOKED = 20_000  # characters: some eight pages; a page of fifty long texts must not wait for its snippets
START, STOP = "\ue000", "\ue001"  # for private use, and taken out of the text first
OPTIONS = f"StartSel={START}, StopSel={STOP}, MinWords=8, MaxWords=22, ShortWord=0"
WORDS = re.compile(r"(?<![-\w])\w+")

SIGNS = "ёЁ\n\r\t\u00a0«„“\"'([/-–—№"
SPACES = "еЕ".ljust(len(SIGNS))

# Texts are long and headlines slow, so a stem at the beginning of a word finds the place (English ones may end in
# an i that stands for a y), and only what stands around it is looked at closely.
AROUND_HITS = """
WITH wanted AS (
    SELECT ' ' || rtrim(word, 'i') AS word
      FROM unnest(tsvector_to_array(to_tsvector('russian', %(words)s)) || regexp_split_to_array(%(words)s, ' ')) AS word
     WHERE rtrim(word, 'i') <> ''
), folded AS MATERIALIZED (
    SELECT document_id, text, ' ' || lower(translate(text, %(signs)s, %(spaces)s)) AS plain
      FROM (SELECT document_id, left(text, %(looked)s) AS text
              FROM documents_documenttext WHERE document_id = ANY(%(ids)s)) AS beginnings
), placed AS (
    SELECT document_id, text, (
        SELECT min(strpos(plain, word)) FROM wanted WHERE strpos(plain, word) > 0
    ) AS hit FROM folded
), windows AS (
    SELECT document_id, translate(substr(text, greatest(hit - %(before)s, 1), %(window)s), %(marks)s, '  ') AS around
      FROM placed WHERE hit IS NOT NULL
)
SELECT document_id, around, ts_headline(config, translate(around, %(fold)s, %(folded)s),
                                        websearch_to_tsquery(config, %(query)s), %(options)s)
  FROM windows, (SELECT CASE WHEN numnode(websearch_to_tsquery('russian', %(query)s)) > 0
                             THEN 'russian'::regconfig ELSE 'simple'::regconfig END AS config) AS chosen
"""


def of(ids: Iterable[UUID], query: str) -> dict[UUID, list[Piece]]:
    """The found words in their context, for documents whose text has them; one query for all."""
    folded = searching.fold(query)
    values: dict[str, Any] = {
        "words": " ".join(WORDS.findall(folded.lower())),
        "ids": list(ids),
        "signs": SIGNS,
        "spaces": SPACES,
        "looked": LOOKED,
        "before": BEFORE,
        "window": WINDOW,
        "marks": START + STOP,
        "query": folded,
        "fold": searching.FOLDING[0],
        "folded": searching.FOLDING[1],
        "options": OPTIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(AROUND_HITS, values)
        rows = cursor.fetchall()
    return {pk: list(_pieces(around, headline)) for pk, around, headline in rows if START in headline}


def _pieces(around: str, headline: str) -> Iterator[Piece]:
    """The headline in the spelling of the text: folding keeps the length, so places are the same."""
    bare = headline.replace(START, "").replace(STOP, "")
    at = searching.fold(around).find(bare)
    source = around[at : at + len(bare)] if at >= 0 else bare
    done = 0
    for n, part in enumerate(re.split(f"[{START}{STOP}]", headline)):
        if part:
            yield source[done : done + len(part)], bool(n % 2)
        done += len(part)
