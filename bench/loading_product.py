"""The product as `manage.py up` runs it, with a million documents in it; BENCH_DATA names a folder to keep it in."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from bench import ground
from docflow.servers import ports
from docflow.servers.child import die_with_parent
from docflow.servers.folder import Folder

COUNT = 1_000_000
PATIENCE = 300


class Product:
    """A running installation with the people of the demo."""

    def __init__(self, data: Path) -> None:
        self.data = data

    @property
    def up(self) -> dict[str, Any]:
        """What up.json says now."""
        found: dict[str, Any] = json.loads((self.data / "up.json").read_text(encoding="utf-8"))
        return found

    @property
    def address(self) -> str:
        """Host and port of the web process."""
        return urlsplit(str(self.up["web"])).netloc

    def environment(self) -> dict[str, str]:
        """What the product's own processes have in theirs."""
        raw = Path(f"/proc/{self.up['pids']['sweeper']}/environ").read_text(encoding="utf-8")
        return dict(part.split("=", 1) for part in raw.split("\0") if "=" in part)

    def server(self) -> str:
        """The database as the owner of the server sees it."""
        place, password = urlsplit(str(self.up["database_url"])), Folder(self.data).secrets()["postgres"]
        return f"postgresql://postgres:{password}@{place.hostname}:{place.port}{place.path}"

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a question to the database answers."""
        connection = psycopg2.connect(self.server())
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def run(self, *command: str) -> str:
        """A module of ours in the product's environment."""
        env = {**self.environment(), "LOADING_URL": self.server()}
        return subprocess.run(
            [sys.executable, "-m", *command], env=env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def fill(self) -> None:
        """A million documents, unless they are there."""
        if self.rows("SELECT reltuples FROM pg_class WHERE relname = 'documents_document'")[0][0] < COUNT / 2:
            print(self.run("bench.loading", str(COUNT)), end="", flush=True)


@contextmanager
def running() -> Iterator[Product]:
    """Started on a free port and ended afterwards."""
    kept = os.environ.get("BENCH_DATA")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(kept or folder).resolve()
        data.parent.mkdir(parents=True, exist_ok=True)
        process = _start(data)
        try:
            _wait(process, data / "up.json")
            yield Product(data)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _start(data: Path) -> "subprocess.Popen[bytes]":
    env = {name: value for name, value in os.environ.items() if not name.startswith(ground.FOREIGN)}
    command = [sys.executable, "manage.py", "up", "--demo", f"--data={data}", f"--port={ports.free_port()}"]
    return subprocess.Popen(
        command, env={**env, "SECRET_KEY": secrets.token_hex(32)}, stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )  # fmt: skip


def _wait(process: "subprocess.Popen[bytes]", ready: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit("docflow did not start")
        time.sleep(0.1)
