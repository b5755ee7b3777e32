"""Fill an installation with documents by the million: `python -m bench.loading COUNT`, in the product's environment.

Rows are made straight in the tables, as the owner of the server may, since a million uploads would take a day. They
are what uploads leave: texts with the product's own search vector, versions, people with sealed addresses, and for
one block of a thousand documents in ten the whole story (journal, steps, pages, tasks, deliveries). Only sealed files
are missing.
"""

import hashlib
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import django
import psycopg2

from bench import loading_rows, loading_texts
from documents import searching

CLIENTS = 50_000
COMPANIES = 4_000
AUTHORS = 40
YEARS = timedelta(days=4 * 365)
TEXTS = 100_000  # different ones: a company's papers repeat themselves
WORKERS = 2
PORTION = 50_000


def uuid7(at: datetime, mark: str) -> UUID:
    """An id of that moment, the same for the same mark."""
    noise = int.from_bytes(hashlib.md5(mark.encode(), usedforsecurity=False).digest()[:10], "big")
    value = (int(at.timestamp() * 1000) << 80) | noise
    return UUID(int=(value & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62))


TYPES = {"ru": ("contract", "act", "invoice", "letter"), "en": ("contract", "invoice", "letter")}


def papers(first: int, last: int) -> Iterator[str]:
    """The lines that COPY takes into the table `stage`."""
    for n in range(first, last + 1):
        paper = loading_texts.paper(n)
        yield f"{n}\t{paper.language}\t{TYPES[paper.language][paper.kind]}\t{paper.title}\t{paper.text}\n"


class Lines:
    """Lines as COPY wants to read them."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.rest = lines, bytearray()

    def read(self, size: int = 0, /) -> bytes:
        """No more than that, and nothing at the end."""
        while len(self.rest) < size and (line := next(self.lines, "")):
            self.rest += line.encode()
        found, self.rest = bytes(self.rest[:size]), self.rest[size:]
        return found

    def readline(self, _size: int = 0, /) -> bytes:
        """Part of what a file is; COPY never asks for it."""
        raise NotImplementedError


def connect() -> "psycopg2.extensions.connection":
    """As the server's owner, without the checks that rows made by us cannot fail."""
    connection = psycopg2.connect(os.environ["LOADING_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
    return connection


def read_texts(number: int, count: int) -> None:
    """A worker's share of the texts, with the product's own search vector."""
    connection, part = connect(), TEXTS // WORKERS
    with connection.cursor() as cursor:
        cursor.execute(loading_rows.STAGE)
        cursor.copy_expert("COPY stage FROM STDIN", Lines(papers(number * part, number * part + part - 1)), size=2**20)
        cursor.execute(loading_rows.READ, dict(zip(("signs", "folded"), searching.FOLDING, strict=True)))
    connection.close()


def make_rows(number: int, count: int) -> None:
    """A worker's share of the documents and all that belongs to them, in portions."""
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.17)")
        for first in range(1 + number * PORTION, count + 1, WORKERS * PORTION):
            cursor.execute(loading_rows.STAGE)
            last = min(first + PORTION - 1, count)
            cursor.execute(
                loading_rows.PAPER,
                {"first": first, "last": last, "count": count, "clients": CLIENTS, "authors": AUTHORS, "texts": TEXTS},
            )
            for statement in loading_rows.ROWS:
                cursor.execute(statement)
    connection.close()


def people(now: datetime) -> None:
    """Companies, authors, clients with an address; the first client and approver are the demo's own."""
    from accounts.models import Contact, User  # noqa: PLC0415 - needs the settings

    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute(loading_rows.PEOPLE)
        for statement in ("COPY accounts_organisation (id, name) FROM STDIN",):
            cursor.copy_expert(
                statement, Lines(f"{uuid7(now, f'o{n}')}\tООО «{company(n)}»\n" for n in range(COMPANIES))
            )
        for model, columns, lines in (
            (User, loading_rows.USER_COLUMNS, users(now)),
            (Contact, loading_rows.CONTACT_COLUMNS, addresses(now)),
        ):
            cursor.copy_expert(f"COPY {model._meta.db_table} ({columns}) FROM STDIN", Lines(lines))
        numbers = (f"{n}\t{person_id(n, now)}\n" for n in range(1, CLIENTS + 1))
        cursor.copy_expert("COPY loading_clients FROM STDIN", Lines(numbers))
        numbers = (f"{n}\t{person_id(-1 - n, now)}\n" for n in range(AUTHORS))
        cursor.copy_expert("COPY loading_authors FROM STDIN", Lines(numbers))
        cursor.execute(loading_rows.DEMO_PEOPLE)
    connection.close()


def company(n: int) -> str:
    names = loading_texts.RUSSIAN.companies
    return names[n] if n < len(names) else f"{names[n % len(names)]}-{n // len(names) + 1}"


def person_id(n: int, now: datetime) -> UUID:
    """Clients count from 1, authors down from -1."""
    return uuid7(now - YEARS, f"p{n}")


def users(now: datetime) -> Iterator[str]:
    from accounts.models import Role, User  # noqa: PLC0415 - needs the settings

    for n in (*range(-AUTHORS, 0), *range(1, CLIENTS + 1)):
        language, name, _company = loading_texts.person(n)
        user = User(id=person_id(n, now))
        user.email = f"p{n}@load.example"
        role = Role.CLIENT if n > 0 else Role.STAFF
        of = str(uuid7(now, f"o{n % COMPANIES}")) if n > 0 else "\\N"
        yield "\t".join(
            ("!", str(user.pk), "\\\\x" + user.email_sealed.hex(), user.email_lookup, name, "", "", language,
             "Europe/Moscow", "system", f"{{{role}}}", "t", "f", of)
        ) + "\n"  # fmt: skip


def addresses(now: datetime) -> Iterator[str]:
    from accounts.models import Contact  # noqa: PLC0415 - needs the settings
    from docflow.common import crypto  # noqa: PLC0415

    for n in range(1, CLIENTS + 1):
        email = f"p{n}@load.example"
        contact = Contact(id=uuid7(now - YEARS, f"c{n}"))
        contact.address = email
        yield "\t".join(
            (str(contact.pk), str(person_id(n, now)), "email", "\\\\x" + contact.address_sealed.hex(),
             crypto.lookup(email, "email"), "", "0", now.isoformat(), "staff", "", "ok", "", "")
        ) + "\n"  # fmt: skip


def load(count: int) -> None:
    """All of it, into tables without secondary indexes, which are built at the end."""
    now = datetime.now(UTC)
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute(loading_rows.TYPE)
        cursor.execute(loading_rows.INDEXES, [list(loading_rows.BIG)])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        _tell("people", lambda: people(now))
        cursor.execute(loading_rows.TEXTS_TABLE)
        _tell("texts", lambda: _by_workers(read_texts, count))
        cursor.execute("CREATE INDEX ON loading_texts (number)")
        cursor.execute("ANALYZE loading_texts, loading_clients, loading_authors")
        _tell("rows", lambda: _by_workers(make_rows, count))
        for name, definition in indexes:
            _tell(name, partial(cursor.execute, definition))
        for statement in loading_rows.AFTER:
            _tell(statement, partial(cursor.execute, statement))
    connection.close()
    _tell("seals", seal)


def seal() -> None:
    """The journal's seals, in turn with the product's own sweeper."""
    from accounts import seals  # noqa: PLC0415 - needs the settings
    from accounts.models import AuditEntry, AuditSeal  # noqa: PLC0415

    sealer = seals.Sealer(math.inf)
    while AuditSeal.objects.count() < AuditEntry.objects.count() - seals.BATCH:
        sealer.seal()
        time.sleep(0.2)


def _by_workers(work: Callable[[int, int], None], count: int) -> None:
    running = [multiprocessing.Process(target=work, args=(number, count)) for number in range(WORKERS)]
    for one in running:
        one.start()
    for one in running:
        one.join()
        if one.exitcode:
            raise SystemExit("a worker has failed")


def _tell(what: str, do: Callable[[], object]) -> None:
    began = time.monotonic()
    do()
    if (took := time.monotonic() - began) >= 1:
        print(f"  {what}: {took:.0f} s", flush=True)


if __name__ == "__main__":
    django.setup()
    load(int(sys.argv[1]))
