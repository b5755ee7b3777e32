"""Why a document was found: the words around the first hit, for the rows of one page of a list."""

import re
from collections.abc import Iterable, Iterator
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

PARTING = re.compile("[\n\r\t\u00a0«„“\"'([/\\-–—№]")

# Texts are long and headlines slow: the stems find a place, and only what stands around it is looked at closely.
TEXTS = """
SELECT document_id, left(text, %(looked)s), NULL FROM documents_documenttext WHERE document_id = ANY(%(ids)s)
UNION ALL SELECT NULL, NULL, tsvector_to_array(to_tsvector('russian', %(words)s))
"""
HEADLINES = """
WITH asked AS MATERIALIZED (
    SELECT config, websearch_to_tsquery(config, %(query)s) AS query
      FROM (SELECT CASE WHEN numnode(websearch_to_tsquery('russian', %(query)s)) > 0
                        THEN 'russian'::regconfig ELSE 'simple'::regconfig END AS config) AS chosen
)
SELECT ts_headline(config, around, query, %(options)s)
  FROM unnest(%(around)s) WITH ORDINALITY AS windows (around, n), asked ORDER BY n
"""


def of(ids: Iterable[UUID], query: str) -> dict[UUID, list[Piece]]:
    """The found words in their context, for documents whose text has them; two queries for all."""
    folded = searching.fold(query)
    words = WORDS.findall(folded.lower())
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, {"ids": list(ids), "looked": LOOKED, "words": " ".join(words)})
        *texts, (_id, _text, stems) = cursor.fetchall()
        places = {pk: found for pk, text, _stems in texts if (found := _around(text, {*stems, *words}))}
        if not places:
            return {}
        around = [searching.fold(one) for one in places.values()]
        cursor.execute(HEADLINES, {"around": around, "query": folded, "options": OPTIONS})
        headlines = [headline for (headline,) in cursor.fetchall()]
    return {
        pk: list(_pieces(window, headline))
        for (pk, window), headline in zip(places.items(), headlines, strict=True)
        if START in headline
    }


def _around(text: str, stems: Iterable[str]) -> str:
    """What stands around the first word that begins like one of these; English stems may end in an i for a y."""
    plain = " " + PARTING.sub(" ", text.lower().replace("ё", "е"))
    hits = [plain.find(f" {stem}") for one in stems if (stem := one.rstrip("i"))]
    place = min((hit for hit in hits if hit >= 0), default=None)
    if place is None:
        return ""
    begin = max(place - BEFORE, 0)
    return text[begin : begin + WINDOW].replace(START, " ").replace(STOP, " ")


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
