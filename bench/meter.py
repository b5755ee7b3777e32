"""CPU time and memory of everything that `bin/bench` started, servers included, and what others took meanwhile."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ROOT = "BENCH_ROOT"
"""Names the process whose descendants are ours."""
KNOWN = (("postgres", "PostgreSQL"), ("valkey", "Valkey"), ("bench.sink", "sink"))


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    seconds: float
    """Its own CPU time and that of its children that have ended."""
    pages: int


@dataclass(frozen=True)
class Used:
    """What was used between two looks."""

    seconds: float
    cpu: float
    by_name: dict[str, float]
    foreign: float
    """Cores that other programs took on average."""


class Meter:
    """`with Meter() as meter: …`, then `meter.used`."""

    used: Used

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        self._at, self._before, self._busy = time.monotonic(), by_name(), _busy()

    def stop(self) -> Used:
        """What was used since the start; may be asked again later."""
        seconds = time.monotonic() - self._at
        after = by_name()
        after.subtract(self._before)
        cpu = sum(after.values())
        foreign = max(0.0, (_busy() - self._busy - cpu) / seconds)
        self.used = Used(seconds, cpu, {name: used for name, used in after.items() if used > 0}, foreign)
        return self.used


def by_name() -> Counter[str]:
    """CPU seconds so far of our processes, by what they are. A dead child counts for its parent."""
    found: Counter[str] = Counter()
    for one in ours():
        found[_name(one.pid)] += one.seconds  # type: ignore[assignment]  # a Counter adds up what it is given
    return found


def ours() -> list[Process]:
    """The root's descendants and itself."""
    living = {one.pid: one for one in _processes()}
    root = int(os.environ.get(ROOT, os.getpid()))
    return [one for one in living.values() if _descends(one, root, living)]


def resident(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    return next((one.pages * PAGE / 2**20 for one in _processes() if one.pid == pid), 0.0)


def _descends(one: Process | None, root: int, living: dict[int, Process]) -> bool:
    while one is not None:
        if one.pid == root:
            return True
        one = living.get(one.parent)
    return False


def _processes() -> Iterator[Process]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            fields = stat.rpartition(")")[2].split()
            ticks = sum(int(fields[place]) for place in (11, 12, 13, 14))
            yield Process(int(folder.name), int(fields[1]), ticks / TICK, int(fields[21]))


def _name(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:
        return "senders"
    if pid in (os.getpid(), int(os.environ.get(ROOT, 0))):
        return "measuring"
    return next((name for word, name in KNOWN if word in command), "senders")


def _busy() -> float:
    """CPU seconds that all cores have spent on anything but idling and waiting for disks."""
    fields = [int(one) for one in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK
