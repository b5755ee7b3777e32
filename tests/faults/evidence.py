"""What the three ledgers say, read once all is quiet: the senders' log, the providers' ledger, the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.load import Upload
from tests.faults.product import Product


@dataclass(frozen=True)
class Document:
    id: str
    title: str
    state: str
    version: int
    sha256: str


@dataclass(frozen=True)
class Delivery:
    """One message to one address; `subject` is the document it is about."""

    id: str
    subject: str | None
    kind: str
    role: str
    version: int | None
    channel: str
    lane: str
    round: int
    state: str
    reason: str
    owner: int | None
    attempt_no: int
    tries: int
    possible_duplicate: bool
    unsettled: bool
    due_at: datetime
    finished_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Attempt:
    delivery: str
    number: int
    owner: int
    opened_at: datetime
    finished_at: datetime | None
    outcome: str | None
    reason: str
    possible_duplicate: bool


@dataclass(frozen=True)
class Step:
    """Machine work on a document."""

    document: str
    kind: str
    outcome: str
    attempt_no: int
    due_at: datetime
    lease_until: datetime | None


@dataclass(frozen=True)
class Entry:
    """One line of the journal."""

    id: str
    subject: str
    action: str
    at: datetime
    sealed: bool


@dataclass(frozen=True)
class Fact:
    """One row of the outbox."""

    action: str
    due_at: datetime
    error: str
    failures: int


@dataclass(frozen=True)
class Word:
    """A provider's receipt for one delivery."""

    delivery: str
    status: str
    applied: bool


@dataclass(frozen=True)
class Call:
    """A message that reached a provider; `key` is the id of our delivery."""

    at: datetime
    provider: str
    to: str
    key: str | None
    accepted: bool


@dataclass
class Evidence:
    """Everything the checker judges."""

    uploads: list[Upload]
    calls: list[Call]
    now: datetime
    documents: list[Document] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    unplanned: list[Fact] = field(default_factory=list)
    receipts: list[Word] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    """Deliveries that the API shows to staff as possible duplicates, with the attempt in question."""
    journal_faults: str = ""
    sweep_after: timedelta | None = None
    """How long what was not woken waits for the sweeper; given when no fault disturbed the run."""
    connections: int = 8
    """How many calls one process may have under way in one lane of one channel."""


TABLES: dict[str, tuple[type[Any], str]] = {
    "documents": (
        Document,
        """SELECT d.id::text, d.title, d.state, d.version, v.sha256 FROM documents_document d
           JOIN documents_documentversion v ON v.document_id = d.id AND v.n = d.version""",
    ),
    "deliveries": (
        Delivery,
        """SELECT d.id::text, n.subject_id::text, n.kind, n.role, n.version, d.channel, d.lane, d.round, d.state,
                  d.reason, d.owner, d.attempt_no, d.tries, d.possible_duplicate, d.unsettled, d.due_at,
                  d.finished_at, d.created_at
           FROM notifications_delivery d JOIN notifications_notification n ON n.id = d.notification_id""",
    ),
    "attempts": (
        Attempt,
        """SELECT delivery_id::text, number, owner, opened_at, finished_at, outcome, reason, possible_duplicate
           FROM notifications_attempt ORDER BY delivery_id, number""",
    ),
    "steps": (
        Step,
        """SELECT v.document_id::text, s.kind, s.outcome, s.attempt_no, s.due_at, s.lease_until
           FROM documents_step s JOIN documents_documentversion v ON v.id = s.version_id""",
    ),
    "entries": (
        Entry,
        """SELECT e.id::text, e.subject_id::text, e.action, e.at, s.seq IS NOT NULL FROM accounts_auditentry e
           LEFT JOIN accounts_auditseal s ON s.entry_id = e.id ORDER BY e.id""",
    ),
    "unplanned": (
        Fact,
        "SELECT action, due_at, error, failures FROM notifications_outboxevent WHERE planned_at IS NULL",
    ),
    "receipts": (
        Word,
        """SELECT delivery_id::text, status, applied_at IS NOT NULL FROM notifications_receipt
           WHERE delivery_id IS NOT NULL""",
    ),
}

# What a healthy product still works on; none of it may stay.
OPEN = """
SELECT 'outbox ' || action FROM notifications_outboxevent WHERE planned_at IS NULL
UNION ALL SELECT 'document ' || state FROM documents_document WHERE state IN ('checking', 'processing')
UNION ALL SELECT 'step ' || kind FROM documents_step WHERE outcome = ''
UNION ALL SELECT 'delivery ' || channel || ' ' || state FROM notifications_delivery
          WHERE state IN ('planned', 'queued', 'sending', 'retrying', 'unknown')
             OR (state = 'sent' AND finished_at IS NULL) OR unsettled
UNION ALL SELECT 'entry ' || action FROM accounts_auditentry e
          WHERE NOT EXISTS (SELECT 1 FROM accounts_auditseal s WHERE s.entry_id = e.id)
"""


def open_work(product: Product) -> list[str]:
    """What is still under way, in a few words each."""
    return [str(row[0]) for row in product.rows(OPEN)]


def gather(product: Product, uploads: Iterable[Upload]) -> Evidence:
    """Read all three ledgers. The database's part is one snapshot."""
    connection = product.connect()
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            [(now,)] = cursor.fetchall()
            found = Evidence(list(uploads), calls(product), now)
            for name, (kind, statement) in TABLES.items():
                cursor.execute(statement)
                setattr(found, name, [kind(*row) for row in cursor.fetchall()])
    finally:
        connection.close()
    found.connections = int(product.waits["ENGINE_CONNECTIONS"])
    found.shown = shown(product, found)
    verified = product.run("manage.py", "audit_verify")
    found.journal_faults = "" if verified.returncode == 0 else verified.stdout + verified.stderr
    return found


def shown(product: Product, found: Evidence) -> set[str]:
    """What staff are told of the deliveries that are marked."""
    marked = {one.delivery for one in found.attempts if one.possible_duplicate}
    documents = {one.subject for one in found.deliveries if one.id in marked and one.subject}
    told = [one for document in documents for one in product.ask(f"/api/v1/documents/{document}/deliveries")["results"]]
    return {
        one["id"]
        for one in told
        if one["possible_duplicate"] and any(attempt["possible_duplicate"] for attempt in one["attempts"])
    }


def calls(product: Product) -> list[Call]:
    """The providers' ledger. Its times are cut to milliseconds, so up to one is added back."""
    return [
        Call(
            datetime.fromisoformat(line["at"]) + timedelta(milliseconds=1),
            line["provider"],
            line["to"],
            line["key"],
            line["outcome"] == "accepted",
        )
        for line in product.ledger()
    ]
