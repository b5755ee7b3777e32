"""The whole product with short waits, from this tree or from a copy of it, for people who mean it harm."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg2

from docflow.servers import ports, programs
from docflow.servers.child import die_with_parent
from tests.servers.waiting import lives, until

# Policy waits of the engine: long enough for a loaded machine, short enough to see every recovery in one run.
WAITS = {
    "ENGINE_LEASE": "20",
    "ENGINE_CALL_DEADLINE": "12",
    "ENGINE_SWEEP_AFTER": "2",
    "ENGINE_SWEEP_EVERY": "1",
    "ENGINE_RECEIPT_WAIT": "5",
    "ENGINE_SILENCE": "20",
    "ENGINE_UNKNOWN_WAIT": "4",
    "ENGINE_SCHEDULE": "1,2,3,5,5,10,10,20,30,30,60",
    "ENGINE_CONNECTIONS": "8",
    "ENGINE_BREAKER_PAUSE": "5",
    "DOCFLOW_STUCK_AFTER": "60",
}
# What the tests' own servers put into the environment is not the product's business.
FOREIGN = ("DATABASE_", "REDIS_", "DOCFLOW_", "SECRET_KEY", "EMAIL_URL", "TWILIO_", "TELEGRAM_", "PYTEST_", "DJANGO_")
START_SECONDS = 400
PATIENCE = 60


class Product:
    """One running installation; everything about it is read from outside."""

    def __init__(self, folder: Path, tree: Path = programs.ROOT, **waits: str) -> None:
        self.data = folder / "data"
        self.output = folder / "output"
        self.tree = tree
        self.waits = {**WAITS, **waits}
        self.people: dict[str, list[str]] = {}
        self.accused: set[str] = set()
        """What its runs were found guilty of; the ledgers keep it, and no later run shall answer for it."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    str(tree / "manage.py"),
                    "up",
                    "--demo",
                    f"--data={self.data}",
                    f"--port={ports.free_port()}",
                ],
                cwd=tree,
                env={**env, **self.waits},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    @property
    def up(self) -> dict[str, Any]:
        """What up.json says now."""
        found: dict[str, Any] = json.loads((self.data / "up.json").read_text())
        return found

    @property
    def web_address(self) -> str:
        return str(self.up["web"]).removeprefix("http://")

    @property
    def key(self) -> str:
        """The API key of somebody on the staff."""
        return str(self.up["api_key"])

    def pid(self, name: str) -> int:
        return int(self.up["pids"][name])

    def clients(self, group: str = "usual") -> list[str]:
        """Addresses of people who can be reached in all three ways, made once; see tests.faults.clients."""
        if not self.people:
            made = self.run("-m", "tests.faults.clients")
            assert made.returncode == 0, made.stderr
            self.people = json.loads(made.stdout)
        return self.people[group]

    def wait(self) -> None:
        until(lambda: (self.data / "up.json").exists() or not lives(self.process.pid), START_SECONDS)
        assert self.process.poll() is None, self.output.read_text()

    def connect(self) -> "psycopg2.extensions.connection":
        """A look into the database; nothing is ever changed there."""
        connection = psycopg2.connect(self.up["database_url"], connect_timeout=5)
        connection.set_session(readonly=True)
        return connection

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a question to the database answers, as soon as the database does."""
        return until(lambda: self._rows(statement, values), PATIENCE)[0]

    def _rows(self, statement: str, values: tuple[object, ...]) -> tuple[list[tuple[Any, ...]]] | None:
        try:
            connection = self.connect()
        except psycopg2.OperationalError:
            return None
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return (cursor.fetchall(),)
        finally:
            connection.close()

    def ledger(self) -> list[dict[str, Any]]:
        """Every message that reached a provider, in order."""
        return [json.loads(line) for line in Path(self.up["ledger"]).read_text().splitlines()]

    def calls(self) -> int:
        """How long the ledger is now, in bytes: any growth is a message that has just arrived."""
        return Path(self.up["ledger"]).stat().st_size

    def environment(self) -> dict[str, str]:
        """What the product's own processes have in theirs."""
        raw = Path(f"/proc/{self.pid('sweeper')}/environ").read_bytes()
        pairs = [part.split("=", 1) for part in raw.decode().split("\0") if "=" in part]
        return dict(pairs)  # type: ignore[arg-type]

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """A command among the product's processes, as its administrator would run it."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.tree,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, path: str, method: str = "GET") -> dict[str, Any]:
        """What the API answers to staff."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid.uuid4().hex}
        with closing(HTTPConnection(self.web_address, timeout=20)) as line:
            line.request(method, path, headers=headers)
            answer = line.getresponse()
            told: dict[str, Any] = json.loads(answer.read())
        assert answer.status in (200, 201), told
        return told

    def all_run(self) -> bool:
        """Whether every process is there and the product says that all it needs answers."""
        return all(map(lives, self.up["pids"].values())) and self._is_ready()

    def all_work(self, seconds: float) -> bool:
        """Whether every background process has shown in the last so many seconds that its work gets on."""
        signs = (self._readiness() or {}).get("signs_of_life", {})
        return bool(signs) and all(age is not None and age < seconds for age in signs.values())

    def _is_ready(self) -> bool:
        return (self._readiness() or {}).get("status") == "ok"

    def _readiness(self) -> dict[str, Any] | None:
        line = HTTPConnection(self.web_address, timeout=10)
        try:
            line.request("GET", "/readyz")
            told: dict[str, Any] = json.loads(line.getresponse().read())
            return told
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            line.close()

    def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(folder: Path, tree: Path = programs.ROOT, **waits: str) -> Iterator[Product]:
    """Started in this folder on a free port, ready, and ended afterwards."""
    product = Product(folder, tree, **waits)
    try:
        product.wait()
        yield product
    finally:
        product.end()
