"""Rows of machine work: opened with a version, claimed under a lease, closed only by who holds the lease.

What the steps do is in `documents.processing`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from documents.models import Document, DocumentVersion, Step

LEASE = timedelta(seconds=25)
MAX_ATTEMPTS = 3

# Renewed for as long as the work lasts, so a dead owner is noticed within one lease.
RENEW_EVERY = LEASE / 3


class LeaseLost(Exception):
    """Another worker has taken this step over, or it is needed no more: the result must be thrown away."""


@dataclass(frozen=True)
class Claim:
    """The right to finish one step."""

    step_id: UUID
    version_id: UUID
    kind: str
    owner: UUID
    attempt_no: int


def open_for(version: DocumentVersion, *kinds: str) -> None:
    """Plan the work on a version, due now."""
    Step.objects.bulk_create([Step(version=version, kind=kind) for kind in kinds], ignore_conflicts=True)


def withdraw(document: Document) -> None:
    """The machine need not go on with this document; who is at it will lose the lease."""
    Step.objects.filter(version__document=document, outcome="").update(
        outcome=Step.Outcome.WITHDRAWN, finished_at=Now(), owner=None
    )


def reopen_parked(document: Document) -> None:
    """Give parked work of the current version its tries back."""
    _current(document).filter(outcome=Step.Outcome.PARKED).update(
        outcome="", error="", attempt_no=0, owner=None, lease_until=None, due_at=Now(), finished_at=None
    )


def is_done(document: Document, *kinds: str) -> bool:
    """Whether these kinds of work ended well on the current version."""
    return _current(document).filter(kind__in=kinds, outcome=Step.Outcome.OK).count() == len(kinds)


def _current(document: Document) -> QuerySet[Step]:
    return Step.objects.filter(version__document=document, version__n=document.version)


CLAIM = """
UPDATE documents_step SET owner = %(owner)s, lease_until = clock_timestamp() + %(lease)s,
       attempt_no = attempt_no + 1, started_at = clock_timestamp()
 WHERE id = (SELECT id FROM documents_step
              WHERE outcome = '' AND due_at <= clock_timestamp() AND attempt_no < %(tries)s
                AND (lease_until IS NULL OR lease_until < clock_timestamp())
                AND (%(version)s::uuid IS NULL OR version_id = %(version)s::uuid)
              ORDER BY (kind = 'pictures'), due_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id, version_id, kind, attempt_no
"""


def claim(owner: UUID, *, version_id: UUID | None = None) -> Claim | None:
    """Take the most urgent step that nobody holds (of one version, if given); pictures come last."""
    wanted: dict[str, Any] = {"owner": owner, "lease": LEASE, "tries": MAX_ATTEMPTS, "version": version_id}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, wanted)
        row = cursor.fetchone()
    return Claim(row[0], row[1], row[2], owner, row[3]) if row else None


def _held(claim: Claim) -> QuerySet[Step]:
    return Step.objects.filter(pk=claim.step_id, owner=claim.owner, attempt_no=claim.attempt_no, outcome="")


def renew(claim: Claim) -> bool:
    """Keep the step for another lease; False when it was lost."""
    return bool(_held(claim).update(lease_until=Now() + LEASE))


def close(claim: Claim, outcome: Step.Outcome, error: str = "") -> None:
    """Write the result. Raises LeaseLost, and the caller's transaction must then roll back."""
    written = _held(claim).update(outcome=outcome, error=error, finished_at=Now(), lease_until=None, owner=None)
    if not written:
        raise LeaseLost(claim.step_id)


def put_back(claim: Claim, error: str, wait: timedelta, *, counts: bool = True) -> None:
    """Let the step be tried again later, by anybody; a try that was not the file's fault does not count."""
    tries = claim.attempt_no if counts else claim.attempt_no - 1
    _held(claim).update(error=error, lease_until=None, owner=None, due_at=Now() + wait, attempt_no=tries)


def let_go(claim: Claim) -> None:
    """The document has gone on without this work."""
    _held(claim).update(outcome=Step.Outcome.WITHDRAWN, finished_at=Now(), lease_until=None, owner=None)


def worn_out() -> QuerySet[Step]:
    """Open steps that have used up their tries, and whose last owner is gone."""
    dead = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return Step.objects.filter(dead, outcome="", attempt_no__gte=MAX_ATTEMPTS)


def park(step: Step) -> bool:
    """Stop trying, unless somebody was quicker."""
    open_still = worn_out().filter(pk=step.pk)
    return bool(open_still.update(outcome=Step.Outcome.PARKED, finished_at=Now(), owner=None, lease_until=None))


def are_waiting() -> bool:
    """Whether there is work that nobody does."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return Step.objects.filter(free, outcome="", due_at__lte=Now(), attempt_no__lt=MAX_ATTEMPTS).exists()
