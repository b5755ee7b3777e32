"""What a bad file can do to its readers, and what a dead reader does to a good file."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import files
from tests.faults import campaign
from tests.faults.killer import Killer
from tests.faults.load import Load, Upload
from tests.faults.product import Product
from tests.servers.waiting import until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes"), pytest.mark.timeout(600)]

LEASE = 25
BACK_WITHIN = 30
PAGES = 1500


@pytest.fixture
def load(product: Product, seed: int) -> Load:
    return Load(product, product.clients(), seed)


def test_a_file_that_kills_its_reader_three_times_is_parked_with_a_reason(product: Product, load: Load) -> None:
    one = load.upload(load.clients[0], thick())
    for attempt in (1, 2, 3):
        until(lambda attempt=attempt: under_way(product, one, attempt), 60)  # type: ignore[misc]
        os.kill(until(lambda: next(parsers(product.pid("files")), None), 30), signal.SIGKILL)
    last = time.monotonic()
    until(lambda: state(product, one) == "failed", 60)

    assert time.monotonic() - last < LEASE
    assert steps(product, one)["check"] == ("parked", 3)
    reason = product.rows("SELECT reason FROM documents_documentversion WHERE document_id = %s", one.document)[0][0]
    assert reason["ru"]
    assert reason["en"]
    load.recall(one)


def test_work_of_a_killed_reader_is_taken_up_within_thirty_seconds(product: Product, load: Load, seed: int) -> None:
    one = load.upload(load.clients[0], thick())
    until(lambda: under_way(product, one, 1), 60)
    os.kill(product.pid("files"), signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: under_way(product, one, 2), 90)

    assert time.monotonic() - killed < BACK_WITHIN
    load.recall(one)
    verdict = campaign.judge(product, load, Killer(product, seed))
    assert not verdict.broken, str(verdict)


def thick() -> bytes:
    """So many pages that reading them takes a while; no two are alike."""
    return files.pdf(uuid.uuid4().hex, pages=PAGES)


def state(product: Product, one: Upload) -> str:
    return str(product.rows("SELECT state FROM documents_document WHERE id = %s", one.document)[0][0])


STEPS = """SELECT s.kind, s.outcome, s.attempt_no, s.lease_until IS NOT NULL FROM documents_step s
           JOIN documents_documentversion v ON v.id = s.version_id WHERE v.document_id = %s"""


def steps(product: Product, one: Upload) -> dict[str, tuple[str, int]]:
    return {kind: (outcome, attempt) for kind, outcome, attempt, _leased in product.rows(STEPS, one.document)}


def under_way(product: Product, one: Upload, attempt: int) -> bool:
    """Whether somebody reads this file for the n-th time."""
    found = product.rows(STEPS, one.document)
    return any((kind, count, leased) == ("check", attempt, True) for kind, _outcome, count, leased in found)


def parsers(ancestor: int) -> Iterator[int]:
    """The processes that read files just now: forked by a prepared one, which belongs to a file worker."""
    parents = {int(path.name): parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    prepared = {pid for pid in parents if is_parser(pid) and ancestor in line_of(pid, parents)}
    yield from (pid for pid in prepared if parents[pid] in prepared)


def line_of(pid: int, parents: dict[int, int]) -> list[int]:
    found = []
    while pid := parents.get(pid, 0):
        found.append(pid)
    return found


def is_parser(pid: int) -> bool:
    try:
        return b"documents.parsing" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
