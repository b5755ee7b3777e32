"""The promise under fire: every process killed at random moments while letters come in and messages go out."""

import logging
from pathlib import Path

import pytest

from tests.faults import campaign, scenarios
from tests.faults.campaign import Verdict
from tests.faults.killer import Plan
from tests.faults.product import Product, running
from tests.faults.scenarios import Scenario

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes"), pytest.mark.timeout(600)]

log = logging.getLogger(__name__)

SHARE = Plan(kills={"worker": 18, "files": 14, "sweeper": 14, "web": 14, "valkey": 5}, flushes=15, stops=5)
ROUND = Plan(
    kills={"worker": 18, "files": 14, "sweeper": 12, "web": 12, "beat": 4, "valkey": 5, "postgres": 5}, flushes=8
)
ROUNDS = 7  # of 70 kills each, besides the share above; apart so that each can be run and repeated by itself


def test_nothing_is_lost_and_nothing_doubled_silently_whatever_is_killed(product: Product, seed: int) -> None:
    judged(campaign.random_faults(product, SHARE, seed))


@pytest.mark.full
@pytest.mark.parametrize("number", range(ROUNDS))
def test_five_hundred_kills(product: Product, seed: int, number: int) -> None:
    judged(campaign.random_faults(product, ROUND, seed + number))


@pytest.mark.parametrize(
    "scenario", [scenarios.plain, scenarios.dead_in_mid_send, scenarios.taken_back, scenarios.backlog]
)
def test_promise_holds_at_the_worst_moment(product: Product, seed: int, scenario: Scenario) -> None:
    judged(campaign.chosen_faults(product, scenario, seed))


OTHERS = (scenarios.dead_readers, scenarios.frozen, scenarios.unheard, scenarios.stuck, scenarios.broker_frozen)


@pytest.mark.full
@pytest.mark.parametrize("scenario", OTHERS)
def test_promise_holds_at_other_bad_moments(product: Product, seed: int, scenario: Scenario) -> None:
    judged(campaign.chosen_faults(product, scenario, seed))


@pytest.mark.full
def test_who_is_asked_to_end_leaves_nothing_in_doubt(product: Product, seed: int) -> None:
    ((begun,),) = product.rows("SELECT clock_timestamp()")
    verdict = campaign.chosen_faults(product, scenarios.rolled, seed)

    judged(verdict)
    since = [one for one in verdict.found.attempts if one.opened_at >= begun]
    assert since
    assert not [one for one in since if one.reason == "process_died"]


@pytest.mark.full
def test_worker_and_sweeper_never_send_the_same_message(tmp_path: Path, seed: int) -> None:
    with running(tmp_path, **scenarios.AT_ONCE) as product:
        judged(campaign.chosen_faults(product, scenarios.rivals, seed))


def judged(verdict: Verdict) -> None:
    """The verdict in full, kept with the test's output; red if anything is broken or left."""
    log.info(verdict)
    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)
