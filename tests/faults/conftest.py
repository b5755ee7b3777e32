"""Fault runs share one product, for a start costs more than most faults; `--full` is for those who have an hour."""

import os
from collections.abc import Iterator

import pytest

from tests.faults import campaign
from tests.faults.product import Product, running


@pytest.fixture(scope="session")
def seed() -> int:
    """New every time; FAULTS_SEED runs an old one again."""
    return int(os.environ.get("FAULTS_SEED") or campaign.new_seed())


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("faults")
    with running(folder) as one:
        yield one
