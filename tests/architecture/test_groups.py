"""Tests of one group run on one worker: else each starts a product of its own, and they kill each other's servers."""

import os

import pytest


@pytest.mark.xdist_group("one-worker")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="no workers")
def test_groups_reach_the_scheduler(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@one-worker")
