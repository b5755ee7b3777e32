"""`manage.py up` as a person starts it: comes up, brings back what dies, refuses kindly, ends tidily."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docflow.servers import ports, postgres, programs, valkey
from docflow.servers.programs import PROGRAMS
from tests.servers.waiting import children, lives, until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up"), pytest.mark.timeout(600)]

NAMED = ("DATABASE_", "REDIS_", "DOCFLOW_", "SECRET_KEY", "EMAIL_URL", "TWILIO_", "TELEGRAM_", "PYTEST_")


class Up:
    """One running `manage.py up`."""

    def __init__(self, data: Path, port: int, *options: str) -> None:
        self.data = data
        self.port = port
        self.output = data.parent / "output"
        self.program = launch(data, port, *options, output=self.output)

    def wait(self) -> dict[str, Any]:
        until(lambda: self.file.exists() or self.program.poll() is not None, 240)
        assert self.program.poll() is None, self.output.read_text()
        return self.state()

    @property
    def file(self) -> Path:
        return self.data / "up.json"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    def pids(self) -> dict[str, int]:
        try:
            found: dict[str, int] = self.state()["pids"]
        except FileNotFoundError:
            return {}
        return found

    def said(self) -> str:
        return self.output.read_text()

    def end(self) -> int:
        self.program.send_signal(signal.SIGINT)
        return self.program.wait(60)


WEBS = 2


def launch(data: Path, port: int, *options: str, output: Path) -> "subprocess.Popen[bytes]":
    env = {name: value for name, value in os.environ.items() if not name.startswith(NAMED)}
    env["DOCFLOW_WEB_PROCESSES"] = str(WEBS)
    with output.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, programs.MANAGE, "up", f"--data={data}", f"--port={port}", *options],
            env=env, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def sisters(web: int) -> set[int]:
    """The processes that share the port of this one, their parent."""
    return {one for one in children(web) if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()}


def refusal(data: Path, port: int, *options: str) -> str:
    output = data.parent / "refused"
    assert launch(data, port, *options, output=output).wait(60) == 1
    return output.read_text()


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[[Path, int], Up]]:
    started: list[Up] = []

    def one(data: Path, port: int) -> Up:
        started.append(Up(data, port))
        return started[-1]

    yield one
    for up in started:
        up.program.kill()
        up.program.wait()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, start: Callable[[Path, int], Up]) -> Up:
    up = start(tmp_path_factory.mktemp("up") / "data", ports.free_port())
    up.wait()
    return up


def test_up_json_is_private_and_says_what_runs(up: Up):
    state = up.state()

    assert up.file.stat().st_mode & 0o777 == 0o600
    assert state["web"] == f"http://127.0.0.1:{up.port}"
    assert set(state["pids"]) == {*PROGRAMS, "postgres", "valkey"}
    until(lambda: all(map(lives, up.state()["pids"].values())), 30)
    until(lambda: postgres.answers(state["database_url"]), 30)  # another test may just have killed it
    until(lambda: valkey.answers(state["redis_url"]), 30)
    until(lambda: programs.serves("127.0.0.1", up.port, "127.0.0.1"), 30)


def test_first_start_offers_the_first_administrator(up: Up):
    until(lambda: re.search(rf"http://127\.0\.0\.1:{up.port}/\S+\n", up.said()), 20)


def test_product_runs_without_the_owners_password(up: Up):
    environment = Path(f"/proc/{up.state()['pids']['web']}/environ").read_bytes().decode()

    assert "DATABASE_OWNER_URL" not in environment
    assert "docflow_app" in environment


@pytest.mark.parametrize("name", ["web", "worker", "files", "beat", "sweeper", "valkey", "postgres"])
def test_killed_process_comes_back(up: Up, name: str):
    before = up.state()["pids"][name]

    os.kill(before, signal.SIGKILL)
    after = until(lambda: now if (now := up.state()["pids"][name]) != before else None, 30)

    assert lives(after)
    until(lambda: programs.serves("127.0.0.1", up.port, "127.0.0.1"), 60)
    assert up.file.stat().st_mode & 0o777 == 0o600


def test_one_of_several_that_show_pages_is_replaced(up: Up):
    web = up.state()["pids"]["web"]
    killed, stays = sisters(web)

    os.kill(killed, signal.SIGKILL)
    after = until(lambda: now if len(now := sisters(web) - {killed}) == WEBS else set(), 60)

    assert stays in after
    assert up.state()["pids"]["web"] == web
    until(lambda: programs.serves("127.0.0.1", up.port, "127.0.0.1"), 60)


def test_second_start_on_the_same_folder_is_refused(up: Up):
    assert "already running" in refusal(up.data, ports.free_port())


def test_taken_port_is_said_plainly(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refusal(tmp_path / "data", taken.getsockname()[1])

    assert "is taken" in said
    assert "--port" in said


def test_demo_stays_on_this_machine(tmp_path: Path):
    assert "this machine only" in refusal(tmp_path / "data", ports.free_port(), "--demo", "--host=0.0.0.0")


def test_everything_dies_with_the_supervisor_recovers_and_ends_tidily(tmp_path: Path, start: Callable[[Path, int], Up]):
    up = start(tmp_path / "data", ports.free_port())
    first = up.wait()["pids"]
    everybody = {*first.values(), *sisters(first["web"])}
    up.program.kill()
    up.program.wait()
    until(lambda: not any(map(lives, everybody)), 15)

    again = start(up.data, up.port)
    second = until(lambda: now if (now := again.pids()) != first else {}, 240)

    assert again.end() == 0
    assert not again.file.exists()
    assert not any(map(lives, second.values()))
    assert "without --demo" in refusal(up.data, up.port, "--demo")
