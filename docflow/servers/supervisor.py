"""Starts processes in order, brings back what dies, and ends them tidily."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from docflow.servers.child import Child, Process, die_with_parent, last_words
from docflow.servers.trouble import CannotStart

TICK = 0.1
FIRST_DELAY = 0.5
LONGEST_DELAY = 5.0
HEALTHY_AFTER = 30.0
ASK_EVERY = 5.0
ROTATE_EVERY = 600.0


class Stopped(Exception):
    """Somebody asked for the end while things were still starting."""


@dataclass(frozen=True)
class Job:
    """A command that ends by itself."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path


class Supervisor:
    """Keeps its children running until `stop`. `tell` gets short lines for a person, `changed` runs after a restart."""

    def __init__(self, logs: Path, tell: Callable[[str], None]) -> None:
        self.logs = logs
        self.tell = tell
        self.children: list[Child] = []
        self.jobs: list[subprocess.Popen[bytes]] = []
        self.changed: Callable[[], None] = lambda: None
        self.asked_to_stop = 0

    def listen(self) -> None:
        """From now on Ctrl-C and SIGTERM mean: stop tidily; a second one: at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays in force
                signal.signal(number, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def pids(self) -> dict[str, int]:
        return {child.process.name: child.pid for child in self.children}

    def start(self, *processes: Process) -> None:
        """All of them run and are ready. Raises CannotStart with the last words of one that is not."""
        fresh = [Child(process, self.logs / f"{process.name}.log") for process in processes]
        for child in fresh:
            self.children.append(child)
            child.start()
        for child in fresh:
            self._wait_until_ready(child)

    def _wait_until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + child.process.start_within
        while not (child.runs() and child.process.ready()):
            if time.monotonic() > deadline:
                raise CannotStart(
                    "\n  ".join([f"{child.process.name} does not start. Its log ends:", *last_words(child.log, 8)])
                )
            self._tick()

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str], within: float = 300) -> str:
        """Run a command to its end and return what it printed. Raises CannotStart when it fails."""
        return self.finish(self.begin(name, command, env), within)

    def begin(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Job:
        """Start a command that ends by itself; `finish` must follow."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as errors:
            popen = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        self.jobs.append(popen)
        return Job(name, popen, log)

    def finish(self, job: Job, within: float = 300) -> str:
        """Wait for a command and return what it printed. Raises CannotStart when it failed."""
        output = self._output(job.popen, time.monotonic() + within)
        self.jobs.remove(job.popen)
        if self.asked_to_stop:
            raise Stopped
        if job.popen.returncode:
            words = [f"{job.name} did not succeed:", *last_words(job.log, 8), f"The whole log: {job.log}"]
            raise CannotStart("\n  ".join(words))
        return output

    def _output(self, popen: "subprocess.Popen[bytes]", deadline: float) -> str:
        while True:
            try:
                return popen.communicate(timeout=TICK)[0].decode("utf-8", "replace")
            except subprocess.TimeoutExpired:
                if self.asked_to_stop or time.monotonic() > deadline:
                    popen.kill()
                self._revive()

    def watch(self) -> None:
        """Bring back what dies, with growing pauses and without ever giving up, until somebody asks to stop."""
        next_rotation = time.monotonic() + ROTATE_EVERY
        while not self.asked_to_stop:
            self._revive()
            time.sleep(TICK)
            if time.monotonic() > next_rotation:
                next_rotation += ROTATE_EVERY
                for child in self.children:
                    child.rotate()

    def _tick(self) -> None:
        if self.asked_to_stop:
            raise Stopped
        self._revive()
        time.sleep(TICK)

    def _revive(self) -> None:
        for child in self.children:
            if child.runs():
                self._prod(child)
            elif not child.again_at:
                self._mourn(child)
            elif time.monotonic() >= child.again_at:
                child.again_at = 0.0
                child.start()
                self.changed()

    def _prod(self, child: Child) -> None:
        """One that lives and does nothing is ended, so that it can be brought back."""
        now = time.monotonic()
        if now - max(child.asked, child.started) < ASK_EVERY:
            return
        child.asked = now
        if child.process.stands_still(now - child.started):
            self.tell(f"{child.process.name} stands still; ending it.")
            child.kill()

    def _mourn(self, child: Child) -> None:
        healthy = time.monotonic() - child.started > HEALTHY_AFTER
        child.delay = FIRST_DELAY if healthy or not child.delay else min(child.delay * 2, LONGEST_DELAY)
        child.again_at = time.monotonic() + child.delay
        self.tell(f"{child.process.name} ended ({ending(child.exit_code())}); starting it again in {child.delay:g} s.")
        child.sweep_up()

    def stop(self) -> None:
        """End everything, last started first: the product, then the servers. A second request ends it at once."""
        for job in self.jobs:
            job.kill()
            job.communicate()
        for tier in sorted({child.process.tier for child in self.children}, reverse=True):
            group = [child for child in reversed(self.children) if child.process.tier == tier]
            for child in group:
                child.send(child.process.stop_signal)
            for child in group:
                self._wait_for_end(child)
        self.children.clear()

    def _wait_for_end(self, child: Child) -> None:
        deadline = time.monotonic() + child.process.stop_within
        while child.runs() and time.monotonic() < deadline and self.asked_to_stop < 2:
            time.sleep(TICK / 2)
        child.kill()


def ending(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
