"""The supervisor on toy processes: it brings back, ends in order, and takes its children with it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from docflow.servers.child import Child, Process
from docflow.servers.supervisor import LONGEST_DELAY, Supervisor
from docflow.servers.trouble import CannotStart
from tests.servers.waiting import lives, until

TOY = str(Path(__file__).with_name("toy.py"))
ROOT = Path(__file__).parents[2]


class Toys:
    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.program = subprocess.Popen(
            [sys.executable, TOY, str(folder), *options], env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        until((folder / "pids.json").exists)

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.folder / "pids.json").read_text())
        return found

    def diary(self) -> list[str]:
        return (self.folder / "diary").read_text().split()


@pytest.fixture
def toys(tmp_path: Path) -> Iterator[Toys]:
    toys = Toys(tmp_path)
    yield toys
    toys.program.kill()
    toys.program.wait()


def test_killed_child_comes_back_under_a_new_number(toys: Toys):
    before = toys.pids()

    os.kill(before["worker"], signal.SIGKILL)
    after = until(lambda: now if (now := toys.pids()) != before else None)

    assert lives(after["worker"])
    assert {**after, "worker": 0} == {**before, "worker": 0}


def test_one_that_lives_and_does_nothing_is_ended_and_comes_back(toys: Toys):
    before = toys.pids()

    (toys.folder / "web stands still").touch()
    after = until(lambda: now if (now := toys.pids()) != before else None, 20)
    (toys.folder / "web stands still").unlink()

    assert not lives(before["web"])
    assert {**after, "web": 0} == {**before, "web": 0}


def test_children_die_with_a_killed_supervisor(toys: Toys):
    pids = toys.pids()

    toys.program.kill()

    until(lambda: not any(map(lives, pids.values())))


def test_ordered_end_stops_the_servers_last(toys: Toys):
    pids = toys.pids()

    toys.program.terminate()

    assert toys.program.wait(10) == 0
    assert sorted(toys.diary()[:2]) == ["web", "worker"]
    assert toys.diary()[2] == "server"
    assert not any(map(lives, pids.values()))


def test_second_request_ends_a_stubborn_child_at_once(tmp_path: Path):
    toys = Toys(tmp_path, "--stubborn")
    toys.program.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert toys.program.poll() is None

    toys.program.send_signal(signal.SIGINT)

    assert toys.program.wait(5) == 0


def test_child_that_cannot_start_is_reported_with_its_last_words(tmp_path: Path):
    supervisor = Supervisor(tmp_path, lambda line: None)
    broken = Process("web", ["sh", "-c", "echo no such file; exit 3"], {}, lambda: False, start_within=0.3)

    with pytest.raises(CannotStart, match=r"web does not start(.|\n)*no such file"):
        supervisor.start(broken)
    supervisor.stop()


def test_failing_command_says_why(tmp_path: Path):
    supervisor = Supervisor(tmp_path, lambda line: None)

    with pytest.raises(CannotStart, match=r"prepare did not succeed(.|\n)*tables are locked"):
        supervisor.run("prepare", ["sh", "-c", "echo tables are locked >&2; exit 1"], {})


def test_command_gives_what_it_printed(tmp_path: Path):
    supervisor = Supervisor(tmp_path, lambda line: None)

    assert supervisor.run("link", ["sh", "-c", "echo http://here; echo aside >&2"], {}) == "http://here\n"


def test_pauses_grow_and_never_end(tmp_path: Path):
    supervisor = Supervisor(tmp_path, lambda line: None)
    child = Child(Process("web", ["true"], {}, lambda: True), tmp_path / "web.log", started=time.monotonic())

    pauses = []
    for _ in range(6):
        supervisor._mourn(child)
        pauses.append(child.delay)

    assert pauses == [0.5, 1.0, 2.0, 4.0, LONGEST_DELAY, LONGEST_DELAY]


def test_large_log_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("docflow.servers.child.LOG_LIMIT", 10)
    child = Child(Process("web", ["true"], {}, lambda: True), tmp_path / "web.log")
    child.log.write_text("much too long for this limit")

    child.rotate()

    assert child.log.read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "much too long for this limit"
