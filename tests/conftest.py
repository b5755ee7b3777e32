"""The ground all tests stand on: real PostgreSQL and Valkey, and a data folder for each worker.

Without DATABASE_URL the first process starts both servers in a temporary folder; xdist's workers inherit the addresses.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
import redis

from docflow.servers import temporary

DATABASES = 16
LONGEST = ("processes", "up")  # groups of minutes
ground = ExitStack()


def _prepare() -> None:
    """The environment must stand before Django reads it, which is right after this file is imported."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "docflow.settings"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        os.environ.update(ground.enter_context(temporary.servers()))
        return
    folder = Path(tempfile.mkdtemp(prefix=f"docflow-{worker}-"))
    ground.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(temporary.own_folder(folder), REDIS_URL=_database_of(int(worker.removeprefix("gw"))))


def _database_of(number: int) -> str:
    base, _, database = os.environ["REDIS_URL"].rpartition("/")
    return f"{base}/{(int(database or 0) + 1 + number) % DATABASES}"


_prepare()
django.setup()  # now, because the conftests of folders named on the command line import models

from django.conf import settings  # noqa: E402 - read by now

from accounts.models import Installation  # noqa: E402 - a model
from docflow.common import garbage  # noqa: E402

settings.WHITENOISE_AUTOREFRESH = True  # else every test's client looks through all static files first


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the long proofs too: hundreds of kills, every sabotage")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest groups begin first, so that no worker waits for another at the end.

    What only `--full` runs is left out before its fixtures begin, some of which start the whole product.
    """
    items.sort(key=_begins)
    if not config.getoption("--full"):
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(pytest.mark.skip(reason="only with --full"))


def _begins(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group")
    return LONGEST.index(group.args[0]) if group and group.args[0] in LONGEST else len(LONGEST)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Workers must not inherit the settings' name: pytest-django would read them before the worker has its ground."""
    if config.getoption("--full") and (terminal := config.pluginmanager.get_plugin("terminalreporter")):
        config.pluginmanager.register(Aloud(terminal))
    if config.getoption("numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_collection_finish() -> None:
    """All is loaded."""
    garbage.settle()


class Aloud:
    """Says what failed at once: the long proofs go on for an hour after it."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.terminal.write_line(f"\n{report.nodeid}: {report.longreprtext[-2000:]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    ground.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_valkey(valkey: redis.Redis) -> None:
    """No test meets the keys of another; only this worker's database is emptied."""
    valkey.flushdb()


@pytest.fixture(autouse=True)
def _own_installation() -> None:
    """What another test called the organisation was undone with its rows."""
    Installation.kept = None
