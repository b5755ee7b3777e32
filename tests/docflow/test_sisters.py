"""Web processes that share a port: who stands still ends itself, and none outlives the parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException

import pytest

from docflow.servers import ports
from tests.servers.waiting import lives, until

PATIENCE = 5  # seconds
Web = tuple["subprocess.Popen[bytes]", int]


@pytest.fixture
def web() -> Iterator[Web]:
    port = ports.free_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "tests.docflow.sleepy:application", f"--port={port}"]
    options = ["--workers=2", "--lifespan=off", "--log-level=warning"]
    env = {**os.environ, "DOCFLOW_STUCK_AFTER": str(PATIENCE)}
    with subprocess.Popen([*uvicorn, *options], env=env) as parent:
        yield parent, port
        parent.kill()


def asked(port: int, path: str = "/") -> int:
    """The process that answered; 0 when none did."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as line:
        try:
            line.request("GET", path)
            return int(line.getresponse().read())
        except (OSError, HTTPException):
            return 0


def both(port: int) -> set[int]:
    """Two processes that answer, as soon as they do."""
    seen: set[int] = set()

    def two() -> bool:
        seen.update({asked(port)} - {0})
        seen.difference_update({pid for pid in seen if not lives(pid)})
        return len(seen) == 2

    until(two, 30)
    return seen


def test_one_whose_threads_all_sleep_is_replaced(web: Web) -> None:
    _parent, port = web
    both(port)
    stuck = asked(port, "/sleep")

    until(lambda: not lives(stuck), PATIENCE * 4)

    assert stuck not in both(port)


def test_none_outlives_the_parent(web: Web) -> None:
    parent, port = web
    children = both(port)

    parent.send_signal(signal.SIGKILL)

    until(lambda: not any(map(lives, children)), 5)
