"""The engine on real providers' simulators, with things instead of documents."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from notifications import connect, dispatch, outbox
from notifications import consequences as conclusions
from notifications.marking import Marker
from notifications.models import ChannelSettings
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated, simulated


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def things() -> make.Things:
    return make.register()


@pytest.fixture
def channels(providers: Simulated, db: None) -> Iterator[Simulated]:
    """E-mail, SMS and Telegram are on, at the simulators."""
    for kind in ("email", "sms", "telegram"):
        row = ChannelSettings(kind=kind, enabled=True)
        row.values = providers.settings(kind)
        row.save(force_insert=True)
    connect.forget()
    yield providers
    connect.forget()


@pytest.fixture
def hand(tmp_path: Path, settings: Settings) -> Iterator[Marker]:
    """A process's hand in the database."""
    settings.JOURNAL_DIR = tmp_path / "journal"
    marker = Marker()
    yield marker
    marker.close()


@pytest.fixture
def run(hand: Marker, channels: Simulated) -> Callable[[], None]:
    """Plan, send and conclude until nothing waits, as the workers do; needs real transactions."""
    drains = {
        (lane, channel): dispatch.Drain(lane, channel, hand)
        for lane in ("urgent", "normal", "bulk")
        for channel in ("email", "sms", "telegram")
    }

    def until_quiet() -> None:
        busy = True
        while busy:
            planned = outbox.plan()
            sent = sum(drain.run(seconds=20) for drain in drains.values())
            busy = bool(planned + sent + conclusions.settle())

    return until_quiet


@pytest.fixture
def retry_at_once(settings: Settings) -> None:
    """The schedule without its waits."""
    settings.ENGINE_SCHEDULE = [0.0]


@pytest.fixture
def impatient(channels: Simulated) -> None:
    """Channels that wait half a second for an answer."""
    for row in ChannelSettings.objects.all():
        row.values = channels.settings(row.kind, deadline=0.5)
        row.save()
    connect.forget()
