"""The product's worker processes, started as `manage.py up` starts them."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.db import connection

from docflow.common import valkey
from docflow.servers import programs
from docflow.servers.child import die_with_parent
from notifications.models import Delivery, OutboxEvent

START = 60
THREADS = "16"


@contextmanager
def workers(count: int = 1, **env: str) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """So many workers, ready and idle; what was put into Valkey before is forgotten."""
    valkey.client().flushdb()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        started = [stack.enter_context(_worker(folder / str(number), env)) for number in range(count)]
        for number in range(count):
            until((folder / str(number) / "worker.ready").exists, START)
        yield started


@contextmanager
def _worker(run: Path, env: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    run.mkdir()
    process = programs.process("worker", {"run": str(run), "threads": THREADS}, {**os.environ, **env})
    with (run / "log").open("wb") as log:
        popen = subprocess.Popen(
            list(process.command),
            env=dict(process.env),
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    try:
        yield popen
    finally:
        popen.terminate()
        popen.wait(30)
        if popen.returncode:
            print((run / "log").read_text(encoding="utf-8")[-2000:])


def until_quiet(within: float = 120) -> None:
    """Until every fact is planned and every conclusion drawn, deliveries included that these brought about."""
    until(lambda: not _busy(), within)


def _busy() -> bool:
    return (
        OutboxEvent.objects.filter(planned_at__isnull=True).exists()
        or Delivery.objects.filter(owner__isnull=False).exists()
        or Delivery.objects.filter(unsettled=True).exists()
    )


def until(done: Callable[[], bool], within: float) -> None:
    """Wait for something to become true. Raises TimeoutError."""
    end = time.monotonic() + within
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within} s")
        time.sleep(0.05)


def tidy() -> None:
    """Statistics and dead rows in order, so that every round begins alike."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
