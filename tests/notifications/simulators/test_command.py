from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

from tests.notifications.simulators.running import until

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/version")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    mail, web = free_port(), free_port()
    command = [sys.executable, "manage.py", "simulators", "--smtp", f"127.0.0.1:{mail}", "--http", f"127.0.0.1:{web}"]
    with subprocess.Popen([*command, "--ledger", str(tmp_path / "ledger.jsonl")], cwd=ROOT, env=os.environ) as process:
        until(lambda: process.poll() is not None or answers(web), seconds=30)
        with socket.create_connection(("127.0.0.1", mail), timeout=5) as line:
            greeting = line.recv(100)
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    assert greeting.startswith(b"220 ")
    assert code == 0
    assert (tmp_path / "ledger.jsonl").exists()
