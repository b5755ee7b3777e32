"""In the product's environment: `python -m bench.pages_inside ROUNDS`, words and pages as JSON on standard input.

Counts the statements of each page and times our searches and lists beside the usual ways, all at the same database.
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.paginator import Paginator
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

PLAIN = "SELECT document_id FROM documents_documenttext WHERE vector @@ ({}) ORDER BY document_id DESC LIMIT 51"

LONGEST = 5
"""Seconds after which the usual search is broken off, and counted as having taken no longer."""


def main(rounds: int, asked: dict[str, Any]) -> dict[str, Any]:
    from accounts.models import User  # noqa: PLC0415 - needs the settings

    people = {part: User.objects.by_email(email) for part, email in asked["people"].items()}
    return {
        "statements": {name: _statements(people[part], path) for name, (part, path) in asked["pages"].items()},
        "searches": {kind: _searches(people["staff"], words, rounds) for kind, words in asked["words"].items()},
        "lists": _lists(people["staff"], asked["places"], rounds),
    }


def _statements(person: Any, path: str) -> int:
    browser = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    browser.force_login(person, backend="accounts.backends.EmailBackend")
    browser.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = browser.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return len(captured)


def _searches(person: Any, words: list[str], rounds: int) -> dict[str, list[float]]:
    from documents import finding, searching  # noqa: PLC0415
    from documents.models import Document  # noqa: PLC0415

    def plain(q: str) -> None:
        with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}s'")
            cursor.execute(PLAIN.format(searching.QUERY), searching.query(q))
            cursor.fetchall()

    ours = lambda q: finding.newest([Document.objects.all()], q, None, 51)  # noqa: E731
    return _in_turn({"ours": ours, "plain": plain}, words * rounds)


def _lists(person: Any, places: list[str], rounds: int) -> dict[str, list[float]]:
    from documents import queries  # noqa: PLC0415
    from documents.models import Document  # noqa: PLC0415

    rows = Document.objects.select_related("type", "client__organisation", "author").order_by("-id")
    chance = Random(7)

    def stock(_place: str) -> None:
        book = Paginator(rows, 50)
        list(book.page(chance.randrange(1, book.num_pages)))

    ours = lambda place: queries.page(person, queries.Filter(after=place))  # noqa: E731
    return _in_turn({"ours": ours, "stock": stock}, places * rounds)


def _in_turn(contenders: dict[str, Callable[[str], object]], asked: list[str]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for one in asked:
        for name, ask in contenders.items():
            began = time.perf_counter()
            ask(one)
            taken[name].append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    django.setup()
    json.dump(main(int(sys.argv[1]), json.load(sys.stdin)), sys.stdout)
