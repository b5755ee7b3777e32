"""Waiting for what another process does."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


def until(probe: Callable[[], Value | None], within: float = 10.0) -> Value:
    """The first true answer of `probe`; fails the test when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        if found := probe():
            return found
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether that process runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return not stat.rpartition(")")[2].strip().startswith("Z")
