"""The promise under fire: every process killed at random moments while letters come in and messages go out."""

import os
from pathlib import Path

import pytest

from docflow.servers.programs import PROGRAMS
from tests.faults import campaign
from tests.faults.killer import Plan
from tests.faults.product import running

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes"), pytest.mark.timeout(900)]

SHORT = Plan(kills={**dict.fromkeys(PROGRAMS, 2), "valkey": 1, "postgres": 1}, flushes=2)
FULL = Plan(
    kills={"worker": 140, "files": 110, "sweeper": 90, "web": 90, "beat": 10, "valkey": 25, "postgres": 25},
    flushes=60,
    freezes=5,
)


def seed() -> int:
    """New every time; FAULTS_SEED runs an old one again."""
    return int(os.environ.get("FAULTS_SEED") or campaign.new_seed())


def test_nothing_is_lost_and_nothing_doubled_silently_whatever_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as product:
        verdict = campaign.run(product, SHORT, seed())

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)


@pytest.mark.timeout(4 * 3600)
def test_five_hundred_kills(tmp_path: Path, full: bool) -> None:
    if not full:
        pytest.skip("only with --full")
    with running(tmp_path) as product:
        verdict = campaign.run(product, FULL, seed())

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)
