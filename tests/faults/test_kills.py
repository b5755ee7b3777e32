"""The promise under fire: every process killed at random moments while letters come in and messages go out."""

import pytest

from docflow.servers.programs import PROGRAMS
from tests.faults import campaign, scenarios
from tests.faults.killer import Plan
from tests.faults.product import Product
from tests.faults.scenarios import Scenario

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes"), pytest.mark.timeout(600)]

SHORT = Plan(kills={**dict.fromkeys(PROGRAMS, 2), "valkey": 1, "postgres": 1}, flushes=2)
FULL = Plan(
    kills={"worker": 140, "files": 110, "sweeper": 90, "web": 90, "beat": 20, "valkey": 25, "postgres": 25},
    flushes=60,
)


def test_nothing_is_lost_and_nothing_doubled_silently_whatever_is_killed(product: Product, seed: int) -> None:
    verdict = campaign.random_faults(product, SHORT, seed)

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)


@pytest.mark.timeout(4 * 3600)
def test_five_hundred_kills(product: Product, seed: int, full: bool) -> None:
    if not full:
        pytest.skip("only with --full")
    verdict = campaign.random_faults(product, FULL, seed)

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)


@pytest.mark.parametrize("scenario", [scenarios.dead_in_mid_send, scenarios.taken_back])
def test_promise_holds_at_the_worst_moment(product: Product, seed: int, scenario: Scenario) -> None:
    verdict = campaign.chosen_faults(product, scenario, seed)

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)


@pytest.mark.parametrize("scenario", [scenarios.dead_readers, scenarios.backlog, scenarios.frozen, scenarios.unheard])
def test_promise_holds_at_other_bad_moments(product: Product, seed: int, scenario: Scenario, full: bool) -> None:
    if not full:
        pytest.skip("only with --full")
    verdict = campaign.chosen_faults(product, scenario, seed)

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)
