"""Sealing the journal: a hash chain in rows of its own, and signed checkpoints outside the database.

Only entries older than every running transaction are sealed, so writers never wait for each other and no
entry can slip in before the last seal. hash(n) = SHA-256(hash(n-1) + seq + canonical JSON of the entry).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from accounts.models import AuditEntry, AuditSeal
from docflow.common import clock, crypto

LOCK = 0x646F6366  # one sealer at a time, an advisory lock of ours
BATCH = 1000
START = bytes(32)


@dataclass(frozen=True)
class Fault:
    """What a check of the journal found."""

    seq: int
    what: str


def seal() -> int:
    """Seal what can be sealed; how many entries were. A second sealer at the same time does nothing."""
    sealed = 0
    while batch := _seal_batch():
        sealed += batch
        if batch < BATCH:
            break
    if sealed:
        _write_checkpoint()
    return sealed


def _seal_batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = AuditSeal.objects.order_by("-seq").first()
        seq, previous = (last.seq, bytes(last.hash)) if last else (0, START)
        seals = []
        for entry in _unsealed():
            seq += 1
            previous = _link(previous, seq, entry)
            seals.append(AuditSeal(seq=seq, entry_id=entry.pk, hash=previous))
        AuditSeal.objects.bulk_create(seals)
    return len(seals)


def _unsealed() -> list[AuditEntry]:
    return list(
        AuditEntry.objects.raw(
            """
            SELECT e.* FROM accounts_auditentry e
            WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              AND e.xid >= COALESCE((SELECT x.xid FROM accounts_auditseal s
                                     JOIN accounts_auditentry x ON x.id = s.entry_id
                                     ORDER BY s.seq DESC LIMIT 1), 0)
              AND NOT EXISTS (SELECT 1 FROM accounts_auditseal s WHERE s.entry_id = e.id)
            ORDER BY e.xid, e.id LIMIT %s
            """,
            [BATCH],
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
    yield from _verify_checkpoints(hashes)


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
