"""Fault runs: the whole product, one at a time, and `full` for those who have an hour."""

import pytest


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long proofs were asked for."""
    return bool(request.config.getoption("--full"))
