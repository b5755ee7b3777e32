"""Sealing the journal: a hash chain in rows of its own, and signed checkpoints outside the database.

Only entries older than every running transaction are sealed, so writers never wait for each other and no
entry can slip in before the last seal. Transaction numbers are those of one cluster: after a restore into another
they begin anew, so a sealer looks at the whole journal now and then.

hash(n) = SHA-256(hash(n-1) + seq + canonical JSON of the entry).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.models import AuditEntry, AuditSeal
from docflow.common import clock, crypto

LOCK = 0x646F6366  # one sealer at a time, an advisory lock of ours
BATCH = 1000
LONGEST = 3.0
"""Seconds after which a sealer lets others have their turn."""
START = bytes(32)
WHOLE_EVERY = 3600.0
LOOSE = timedelta(hours=1)
"""An entry that is not sealed after so long is a fault: nobody would notice if it went."""


@dataclass(frozen=True)
class Fault:
    """What a check of the journal found."""

    seq: int
    what: str


class Place(NamedTuple):
    """A place in the journal's order: all that lies before it is sealed."""

    xid: int
    id: UUID


FIRST = UUID(int=0)
BEGINNING = Place(0, FIRST)


class Batch(NamedTuple):
    """How many were sealed together, and the place of the last of them."""

    size: int
    end: Place


class Sealer:
    """Seals what can be sealed. Its first look in a process, and one in every hour, goes through the whole journal."""

    def __init__(self, seconds: float = LONGEST) -> None:
        self.seconds = seconds
        self.whole_at = 0.0
        self.place: Place | None = None

    def seal(self) -> int:
        """How many entries were sealed, in a few seconds; what is left comes next. A second sealer does nothing."""
        now, sealed = time.monotonic(), 0
        if now >= self.whole_at:
            self.place, self.whole_at = BEGINNING, now + WHOLE_EVERY
        while batch := _seal_batch(self.place):
            sealed += batch.size
            self.place = batch.end if batch.size == BATCH else None
            if self.place is None or time.monotonic() >= now + self.seconds:
                break
        if sealed:
            _write_checkpoint()
        return sealed


_sealer = Sealer()
seal = _sealer.seal


def _seal_batch(after: Place | None) -> Batch | None:
    """Seal what comes after that place, by default after the last seal; None while somebody else does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        last = AuditSeal.objects.order_by("-seq").first()
        seq, previous = (last.seq, bytes(last.hash)) if last else (0, START)
        seals, place = [], after or _reached(last)
        for entry in _unsealed(place):
            seq += 1
            previous = _link(previous, seq, entry)
            seals.append(AuditSeal(seq=seq, entry_id=entry.pk, hash=previous))
            place = Place(entry.xid, entry.pk)
        AuditSeal.objects.bulk_create(seals)
    return Batch(len(seals), place)


def _reached(last: AuditSeal | None) -> Place:
    """Where the last seal's transaction begins; the beginning when it is from a cluster that was further on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT xid FROM accounts_auditentry
               WHERE id = %s AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint""",
            [last.entry_id if last else None],
        )
        row = cursor.fetchone()
    return Place(row[0], FIRST) if row else BEGINNING


def _unsealed(after: Place) -> list[AuditEntry]:
    """Entries without a seal whose transactions are over: of this cluster, or restored from one that was further on."""
    return list(
        AuditEntry.objects.raw(
            """
            SELECT e.* FROM accounts_auditentry e
            WHERE (e.xid, e.id) > (%s, %s)
              AND (e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                   OR e.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
              AND NOT EXISTS (SELECT 1 FROM accounts_auditseal s WHERE s.entry_id = e.id)
            ORDER BY e.xid, e.id LIMIT %s
            """,
            [*after, BATCH],
        )
    )


def canonical(entry: AuditEntry) -> bytes:
    """The entry as bytes that are the same on every machine."""
    content = {
        "id": str(entry.pk),
        "at": entry.at.isoformat(),
        "action": entry.action,
        "subject": [entry.subject_kind, str(entry.subject_id), entry.version],
        "actor": [entry.actor_kind, str(entry.actor_id), entry.actor_name],
        "data": entry.data,
        "participants": entry.participants,
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _link(previous: bytes, seq: int, entry: AuditEntry) -> bytes:
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + canonical(entry)).digest()


def checkpoint_file() -> Path:
    """Where signed checkpoints are appended, outside the database."""
    return Path(settings.DATA_DIR) / "journal-checkpoints.jsonl"


def _write_checkpoint() -> None:
    last = AuditSeal.objects.order_by("-seq").first()
    if last is None:
        return
    body = {"seq": last.seq, "hash": bytes(last.hash).hex(), "at": clock.now().isoformat()}
    signature = crypto.sign(json.dumps(body, sort_keys=True).encode()).hex()
    with checkpoint_file().open("a", encoding="ascii") as file:
        file.write(json.dumps({**body, "signature": signature}) + "\n")


def verify() -> Iterator[Fault]:
    """Walk the whole chain and all checkpoints; every fault found, nothing when all is well."""
    hashes: dict[int, str] = {}
    previous, expected = START, 0
    for stored in AuditSeal.objects.order_by("seq").iterator(chunk_size=BATCH):
        expected += 1
        if stored.seq != expected:
            yield Fault(expected, "seal missing")
            expected = stored.seq
        entry = AuditEntry.objects.filter(pk=stored.entry_id).first()
        if entry is None:
            yield Fault(stored.seq, "entry missing")
        elif _link(previous, stored.seq, entry) != bytes(stored.hash):
            yield Fault(stored.seq, "entry or seal changed")
        previous = bytes(stored.hash)
        hashes[stored.seq] = previous.hex()
    yield from _verify_all_are_sealed(expected)
    yield from _verify_checkpoints(hashes)


def _verify_all_are_sealed(last: int) -> Iterator[Fault]:
    sealed = AuditSeal.objects.filter(entry_id=OuterRef("pk"))
    loose = AuditEntry.objects.filter(~Exists(sealed), at__lt=Now() - LOOSE).count()
    if loose:
        yield Fault(last, f"{loose} entries older than an hour are not sealed")


def _verify_checkpoints(hashes: dict[int, str]) -> Iterator[Fault]:
    if not checkpoint_file().exists():
        return
    for line in checkpoint_file().read_text(encoding="ascii").splitlines():
        body = json.loads(line)
        signature = bytes.fromhex(body.pop("signature"))
        if not crypto.verify(json.dumps(body, sort_keys=True).encode(), signature):
            yield Fault(body["seq"], "checkpoint not signed by this installation")
        elif hashes.get(body["seq"]) != body["hash"]:
            yield Fault(body["seq"], "journal differs from the signed checkpoint")
