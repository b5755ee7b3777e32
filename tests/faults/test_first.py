"""First fault tests: a real worker killed in mid-send, the sweeper alone. The providers' ledger is the judge."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import Contact
from notifications import connect, dispatch, recovery, unknown, wake
from notifications.marking import Claimed, Marker, marker
from notifications.models import ChannelSettings, Delivery
from notifications.sweep import Sweeper
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated, simulated

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = ["-m", "celery", "-A", "docflow", "worker", "--pool", "threads", "--concurrency", "6", "--queues", "plan,send"]


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("ledger"), delay=0.1) as running:
        yield running


@pytest.fixture
def mail(providers: Simulated, settings: Settings) -> Iterator[Simulated]:
    row = ChannelSettings(kind="email", enabled=True)
    row.values = providers.settings("email")
    row.save(force_insert=True)
    connect.forget()
    settings.ENGINE = {**settings.ENGINE, "unknown_wait": 0.2, "call_deadline": 3}
    yield providers
    connect.forget()


NAME = "send:normal:email"


def _environment() -> dict[str, str]:
    found = connection.settings_dict
    place = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else ""
    host = "" if place else f"?host={found['HOST']}"
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    url = f"postgresql://{found['USER']}{password}@{place}/{found['NAME']}{host}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DOCFLOW_KEYS": str(settings.KEYS_FILE),
        "DOCFLOW_DATA": str(settings.DATA_DIR),
    }


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts Celery workers as a person would; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        ready = tmp_path / f"ready{len(started)}"
        environment = {**_environment(), "DOCFLOW_READY": str(ready)}
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *WORKER], env=environment, stdout=log, stderr=log)
        started.append(process)
        _until(ready.exists, 30)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def _until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _has_grown(mail: Simulated, lines: int) -> bool:
    return len(mail.ledger()) >= lines


def _letters(count: int, name: str) -> list[Contact]:
    make.texts("code.test", ("email",))
    contacts = []
    for number in range(count):
        contact = accounts.contact(
            accounts.person("client", email=f"{name}{number}@x.test"), "email", f"{name}-{number}@x.test"
        )
        make.delivery(contact, about={"kind": "code.test", "subject_id": None, "version": None})
        contacts.append(contact)
    return contacts


def _finish(hand: Marker) -> None:
    """What sweeper and workers do after a death, until nothing is open."""
    drain = dispatch.Drain("normal", "email", hand)
    end = time.monotonic() + 20
    while Delivery.objects.exclude(state__in=("sent", "held", "failed")).exists():
        assert time.monotonic() < end, list(Delivery.objects.values_list("state", "reason", "owner"))
        recovery.recover()
        unknown.resolve()
        drain.run(seconds=10)
        time.sleep(0.05)


def test_a_killed_worker_loses_nothing_and_doubles_nothing_silently(
    mail: Simulated, worker: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    contacts = _letters(100, "kill")
    hand = Marker()

    for _kill in range(2):
        process = worker()
        before = len(mail.ledger())
        wake.heard(NAME)
        wake.now(NAME)
        _until(partial(_has_grown, mail, before + 10), 60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        _until(lambda: recovery.recover() == 0, 20)
    _finish(hand)
    hand.close()

    accepted = Counter(line["key"] for line in mail.ledger() if line["outcome"] == "accepted")
    rows = {str(row.pk): row for row in Delivery.objects.prefetch_related("attempts")}
    assert len(rows) == len(contacts)
    for key, row in rows.items():
        doubtful = sum(attempt.possible_duplicate for attempt in row.attempts.all())
        assert accepted[key] <= 1 + doubtful, (key, list(row.attempts.values()))
        assert row.state == "held" or accepted[key] >= 1, (key, row.state)
        assert not row.attempts.filter(outcome__isnull=True).exists()


def test_the_sweeper_alone_sends_what_nobody_was_woken_for(
    mail: Simulated, valkey: redis.Redis, settings: Settings, tmp_path: Path
) -> None:
    settings.JOURNAL_DIR = tmp_path
    settings.ENGINE = {**settings.ENGINE, "sweep_after": 0}
    _letters(5, "sweep")
    valkey.flushdb()
    sweeper = Sweeper()

    sweeper.round()
    sweeper.wait(10)
    marker.close()

    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_second_worker_cannot_send_what_the_first_holds(mail: Simulated, settings: Settings, tmp_path: Path) -> None:
    settings.JOURNAL_DIR = tmp_path
    _letters(10, "two")
    first, second = Marker(), Marker()
    rest: list[Claimed] = []

    def claim() -> None:
        rest.extend(second.claim("normal", "email", 100))
        connection.close()

    with transaction.atomic():
        mine = first.claim("normal", "email", 6)
        other = threading.Thread(target=claim)
        other.start()
        other.join()
        first.mark([], mine)

    assert len(mine) == 6
    assert len(rest) == 4
    assert not {one.id for one in mine} & {one.id for one in rest}
    assert second.mark([], mine).opened == set()
    first.close()
    second.close()
