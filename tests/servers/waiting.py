"""Waiting for what another process does; which processes there are."""

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


def children(pid: int) -> list[int]:
    """The processes that the main thread of this one began and that are still there."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
