"""One operating-system process of ours: started in its own session, ended when the supervisor ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOG_LIMIT = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Process:
    """What to run and how to treat it. `ready` is asked again and again until it says yes.

    `stands_still` is asked now and then with the seconds it has run: whether it lives and does nothing.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], bool]
    before: Callable[[], None] = lambda: None
    stands_still: Callable[[float], bool] = lambda ran: False
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    stop_within: float = 10.0
    start_within: float = 60.0
    tier: int = 1


@dataclass
class Child:
    """A running (or just ended) process, and when it may start again."""

    process: Process
    log: Path
    popen: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = 0.0
    again_at: float = field(default=0.0)
    asked: float = 0.0

    @property
    def pid(self) -> int:
        return self.popen.pid if self.popen else 0

    def start(self) -> None:
        """Run the program now; what it prints goes to its log."""
        self.process.before()
        self.rotate()
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                list(self.process.command),
                env=dict(self.process.env),
                user=self.process.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(self.process.orphan_signal),
            )
        self.started = time.monotonic()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.popen.poll() if self.popen else None

    def runs(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Signal the process itself; nothing happens when it is gone."""
        if self.popen and self.popen.poll() is None:
            self.popen.send_signal(number)

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        self.sweep_up()
        if self.popen:
            self.popen.kill()
            self.popen.wait()

    def sweep_up(self) -> None:
        """End what a dead process left behind in its session."""
        if self.popen:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)

    def rotate(self) -> None:
        """Keep one earlier log once this one is large. The running program keeps appending to the same file."""
        if not self.log.exists() or self.log.stat().st_size < LOG_LIMIT:
            return
        self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
        os.truncate(self.log, 0)


def last_words(log: Path, lines: int) -> list[str]:
    """The end of a log, for a person who wants to know why."""
    try:
        tail = log.read_bytes()[-4000:].decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip()[:300] for line in tail.splitlines() if line.strip()][-lines:]


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For a new process: get `number` when the one that started it is gone, however it went."""
    parent = os.getpid()
    return lambda: follow(parent, number)


def follow(parent: int, number: signal.Signals) -> None:
    """This process gets `number` when its parent is gone; if it is gone already, this one goes too."""
    if libc is None:
        return
    libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
