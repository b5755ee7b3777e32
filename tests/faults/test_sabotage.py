"""Whoever watches the watcher: with one safeguard taken out of a copy of the tree, the checker must go red."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from docflow.servers.programs import ROOT
from tests.faults import campaign, scenarios
from tests.faults.product import running
from tests.faults.scenarios import Scenario

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(1200)]  # never three products at once

SABOTAGE = Path(__file__).parent / "sabotage"


class Case(NamedTuple):
    """Under which faults a patch must be seen, by which rule, and with which waits."""

    scenario: Scenario
    rule: str
    waits: Mapping[str, str] = {}


CASES = {
    "attempt_row_off": Case(scenarios.plain, "no_call_without_an_attempt"),
    "coalescing_key_stays": Case(scenarios.plain, "nobody_waits_in_calm"),
    "doubt_off": Case(scenarios.dead_in_mid_send, "nothing_is_doubled_silently"),
    "fencing_off": Case(scenarios.rivals, "nothing_is_doubled_silently", scenarios.AT_ONCE),
    "gate_off": Case(scenarios.taken_back, "what_was_taken_back_is_not_told"),
    "late_senders": Case(scenarios.frozen, "nothing_is_doubled_silently"),
    "look_up_off": Case(scenarios.unheard, "nothing_is_doubled_silently"),
    "mark_off": Case(scenarios.dead_in_mid_send, "nothing_is_doubled_silently"),
    "receipts_go_back": Case(scenarios.plain, "status_never_goes_back"),
    "steps_stay_leased": Case(scenarios.dead_readers, "nothing_is_stuck"),
    "sweeper_off": Case(scenarios.dead_in_mid_send, "nothing_is_stuck"),
}
QUIET_WITHIN = 60.0


def test_every_patch_has_its_case() -> None:
    assert {path.stem for path in SABOTAGE.glob("*.patch")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_patch_still_fits(name: str) -> None:
    subprocess.run(["git", "apply", "--check", str(SABOTAGE / f"{name}.patch")], cwd=ROOT, check=True)


@pytest.mark.full
@pytest.mark.processes
@pytest.mark.parametrize("name", CASES)
def test_checker_goes_red(tmp_path: Path, seed: int, name: str) -> None:
    case = CASES[name]
    with running(tmp_path, sabotaged(tmp_path / "tree", name), **case.waits) as product:
        verdict = campaign.chosen_faults(product, case.scenario, seed, within=QUIET_WITHIN)

    assert any(line.startswith(f"{case.rule}: ") for line in verdict.broken), str(verdict)


def sabotaged(tree: Path, name: str) -> Path:
    """A copy of what runs, with the patch in it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in filter(None, listed.split("\0")):
        if (ROOT / file).is_file():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file)
    shutil.copytree(ROOT / "build", tree / "build")
    subprocess.run(["git", "apply", str(SABOTAGE / f"{name}.patch")], cwd=tree, check=True)
    (tree / "build" / "collected" / "staticfiles.json").touch()
    return tree
