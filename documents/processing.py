"""What the machine does with a file: check and read it, make page pictures. Rows rule, Celery only wakes.

The check and the text come from one visit to the parsing process; if a worker dies between the two, the next
one reads the file again. Page pictures follow after, and nobody waits for them to be ready.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction

from docflow.common import pulse
from docflow.common.errors import NotPossible
from documents import lifecycle, refusals, searching, steps, storage, wake
from documents.formats import Format
from documents.models import Document, DocumentVersion, PagePicture, Step
from documents.parsing import Examined, PageResult, ParserDied, ParserUnavailable, Verdict, examine
from documents.parsing.results import Picture
from documents.states import State
from documents.steps import Claim, LeaseLost

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 60
WAIT_AFTER_CRASH = timedelta(seconds=2)
WAIT_FOR_PARSER = timedelta(seconds=15)
PICTURES_AT_ONCE = 20
_here = threading.Lock()


def drain(seconds: float = DRAIN_SECONDS) -> int:
    """Do whatever is due until nothing is left or the time is over; returns how many steps were done."""
    owner, done, until = uuid4(), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        claim = steps.claim(owner)
        if claim is None:
            return done
        pulse.beat("files")
        done += work_on(claim)
    wake.now()
    return done


def work_on(claim: Claim) -> int:
    """Do one claimed step, and the text of a file that was just checked while it is at hand."""
    version = DocumentVersion.objects.select_related("document__type").get(pk=claim.version_id)
    try:
        with _holding(claim):
            examined = _do(claim, version)
    except LeaseLost:
        log.info("step_lost", step=str(claim.step_id), kind=claim.kind)
        return 1
    except ParserDied as error:
        _stumbled(claim, error)
        return 1
    except ParserUnavailable as error:
        log.error("parser_unavailable", error=str(error))
        steps.put_back(claim, str(error)[:500], WAIT_FOR_PARSER, counts=False)
        return 1
    except storage.Damaged:
        _lost(claim)
        return 1
    except NotPossible as late:
        log.warning("step_not_needed", step=str(claim.step_id), kind=claim.kind, state=str(late.extra.get("state")))
        steps.let_go(claim)
        return 1
    text = steps.claim(claim.owner, version_id=version.pk) if examined else None
    return 1 + (_work_on_text(text, version, examined) if text and examined else 0)


def _do(claim: Claim, version: DocumentVersion) -> Examined | None:
    if claim.kind == Step.Kind.CHECK:
        return _check(claim, version)
    if claim.kind == Step.Kind.TEXT:
        _read(claim, version, _examined(version))
    else:
        _draw(claim, version)
    return None


def _work_on_text(claim: Claim, version: DocumentVersion, examined: Examined) -> int:
    if claim.kind != Step.Kind.TEXT:
        return work_on(claim)
    try:
        _read(claim, version, examined)
    except LeaseLost:
        log.info("step_lost", step=str(claim.step_id), kind=claim.kind)
    return 1


def _examined(version: DocumentVersion) -> Examined:
    with open_file(version) as source:
        return examine(source, Format(version.format), want_text=True, want_pictures=False)


def open_file(version: DocumentVersion) -> storage.SealedFile:
    """A reader of the original. Raises storage.Damaged."""
    return storage.open_sealed(version.stored_name, bytes(version.wrapped_key), version.place)


def _check(claim: Claim, version: DocumentVersion) -> Examined | None:
    examined = _examined(version)
    with transaction.atomic():
        if examined.verdict is not Verdict.OK:
            steps.close(claim, Step.Outcome.REFUSED, examined.verdict.value)
            lifecycle.reject(version.document, reason=refusals.of_verdict(examined.verdict, version.format))
            return None
        steps.close(claim, Step.Outcome.OK)
        DocumentVersion.objects.filter(pk=version.pk).update(pages=examined.pages or None, findings=examined.findings)
        lifecycle.accept(version.document)
    return examined


def _read(claim: Claim, version: DocumentVersion, examined: Examined) -> None:
    with transaction.atomic():
        steps.close(claim, Step.Outcome.OK)
        searching.index(version.document_id, version.n, text="\n\n".join(examined.text_by_page))
        lifecycle.advance(version.document)


def _draw(claim: Claim, version: DocumentVersion) -> None:
    """Page pictures in portions, each page kept as it comes: whoever takes over goes on after the last one."""
    total = version.pages or 0
    first = version.pictures.count() + 1
    while first <= total:
        last = min(first + PICTURES_AT_ONCE - 1, total)
        _draw_pages(claim, version, first, last)
        first = last + 1
    steps.close(claim, Step.Outcome.OK)


def _draw_pages(claim: Claim, version: DocumentVersion, first: int, last: int) -> None:
    def keep(page: PageResult) -> None:
        if not steps.renew(claim):
            raise LeaseLost(claim.step_id)
        _keep_picture(version, page)

    with open_file(version) as source:
        examine(
            source,
            Format(version.format),
            want_text=False,
            first_picture=first,
            last_picture=last,
            on_page=keep,
        )


def _keep_picture(version: DocumentVersion, page: PageResult) -> None:
    display, thumbnail = _seal(version, page.picture), _seal(version, page.thumbnail)
    _row, made = PagePicture.objects.get_or_create(
        version=version,
        n=page.number,
        defaults={
            "width": page.picture.width,
            "height": page.picture.height,
            "stored_name": display,
            "thumb_width": page.thumbnail.width,
            "thumb_height": page.thumbnail.height,
            "thumb_stored_name": thumbnail,
        },
    )
    if not made:
        storage.delete(display)
        storage.delete(thumbnail)


def _seal(version: DocumentVersion, picture: Picture) -> str:
    writer = storage.Writer(version.place, bytes(version.wrapped_key))
    writer.write(picture.data)
    return writer.keep().name


@contextmanager
def _holding(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own while the work lasts."""
    over = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(claim, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew_until(claim: Claim, over: threading.Event) -> None:
    try:
        while not over.wait(steps.RENEW_EVERY.total_seconds()):
            steps.renew(claim)
    finally:
        connection.close()


def _stumbled(claim: Claim, error: Exception) -> None:
    """The parser died at this file: try again soon, and park the step when that was the last try."""
    log.warning("parser_died", step=str(claim.step_id), kind=claim.kind, attempt=claim.attempt_no, error=str(error))
    if claim.attempt_no < steps.MAX_ATTEMPTS:
        steps.put_back(claim, str(error)[:500], WAIT_AFTER_CRASH)
        return
    with transaction.atomic():
        steps.close(claim, Step.Outcome.PARKED, str(error)[:500])
        _stop(claim.version_id, claim.kind, refusals.said("stopped", refusals.STOPPED))


def _lost(claim: Claim) -> None:
    log.error("file_damaged", step=str(claim.step_id), version=str(claim.version_id))
    with transaction.atomic():
        steps.close(claim, Step.Outcome.PARKED, "file damaged")
        _stop(claim.version_id, claim.kind, refusals.said("file_lost", refusals.LOST))


def _stop(version_id: UUID, kind: str, reason: dict[str, str]) -> None:
    """A parked step stops the document, unless it was only about pictures."""
    document = Document.objects.get(versions=version_id)
    if kind != Step.Kind.PICTURES and document.state in (State.CHECKING, State.PROCESSING):
        lifecycle.fail(document, reason=reason)


def sweep() -> None:
    """Park what has killed its worker too often, and see to it that somebody does the work that lies about."""
    for step in steps.worn_out():
        with transaction.atomic():
            if steps.park(step):
                _stop(step.version_id, step.kind, refusals.said("stopped", refusals.STOPPED))
    if steps.are_waiting() and not wake.now() and _here.acquire(blocking=False):
        threading.Thread(target=_work_here, name="files without a broker", daemon=True).start()


def _work_here() -> None:
    """While no wake gets through, the sweeper's process does the work, beside its own."""
    try:
        drain()
    finally:
        _here.release()
        connection.close()
