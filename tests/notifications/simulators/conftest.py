from collections.abc import Iterator

import pytest

from tests.notifications.simulators.running import Simulated, simulated


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("providers")) as running:
        yield running
