"""The whole product as `bin/up` starts it, for one run of the journeys."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.test import override_settings

from accounts.session_store import SessionStore
from accounts.sessions import PROVEN
from docflow.servers import ports, programs
from tests.servers.waiting import until

# What the tests' own servers put into the environment is not the product's business.
NAMED = ("DATABASE_", "REDIS_", "DOCFLOW_", "SECRET_KEY", "EMAIL_URL", "TWILIO_", "TELEGRAM_", "PYTEST_", "DJANGO_")
START_SECONDS = 240


class Product:
    """One running installation and what a person at its terminal can know."""

    def __init__(self, data: Path) -> None:
        self.data = data

    @property
    def up(self) -> dict[str, Any]:
        """What up.json says now."""
        found: dict[str, Any] = json.loads((self.data / "up.json").read_text())
        return found

    @property
    def web(self) -> str:
        return str(self.up["web"])

    @property
    def page(self) -> str:
        """Where the demo shows what people receive."""
        return str(self.up["simulators"]["page"])

    def ledger(self, words: str, provider: str = "") -> list[dict[str, Any]]:
        """Messages that reached the simulators and say these words, the oldest first."""
        lines = [json.loads(line) for line in Path(self.up["ledger"]).read_text().splitlines()]
        return [line for line in lines if words in line["text"] and provider in ("", line["provider"])]

    def message(self, words: str, provider: str) -> dict[str, Any]:
        """The first such message, as soon as it is there."""
        return until(lambda: next(iter(self.ledger(words, provider)), None), 60)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds: to find ids, never to change what a person could."""
        connection = psycopg2.connect(self.up["database_url"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def forget_proofs(self, role: str) -> None:
        """As if it were long ago that the people of this role proved who they are."""
        asked = """SELECT session_key, session_data FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id
            WHERE %s = ANY (u.roles)"""
        changed = "UPDATE accounts_session SET session_data = %s WHERE session_key = %s RETURNING session_key"
        store = SessionStore()
        with override_settings(SECRET_KEY=(self.data / "secret_key").read_text()):
            for key, data in self.rows(asked, role):
                assert self.rows(changed, store.encode({**store.decode(data), PROVEN: 0}), key) == [(key,)]


class Started(Product):
    """An installation that a test started and ends."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        super().__init__(folder / "data")
        self.output = folder / "output"
        env = {name: value for name, value in os.environ.items() if not name.startswith(NAMED)}
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, programs.MANAGE, "up", f"--data={self.data}", f"--port={ports.free_port()}", *options],
                env=env, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        """What the terminal shows."""
        return self.output.read_text()

    def wait(self) -> None:
        until(lambda: (self.data / "up.json").exists() or self.process.poll() is not None, START_SECONDS)
        assert self.process.poll() is None, self.said()

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Started]:
    """Started in this folder on a free port, ready, and ended afterwards."""
    product = Started(folder, options)
    try:
        product.wait()
        yield product
    finally:
        product.end()


def link_in(text: str) -> str:
    """The personal link that a message carries."""
    found = re.search(r"https?://\S+/s/[\w-]{22}", text)
    assert found, text
    return found.group()


def codes(product: Product) -> list[str]:
    """Every code that a phone or a chat got so far."""
    lines = [line["text"] for line in product.ledger("код") if line["provider"] != "smtp"]
    return [found[1] for text in lines if (found := re.search(r"\b(\d{6})\b", text))]


def wait_for_pause(product: Product) -> None:
    """Until a code may be asked for again: another test may have asked for one within this minute."""
    young = "SELECT 1 FROM accounts_onetimecode WHERE created_at > now() - interval '1 minute'"
    until(lambda: not product.rows(young), 90)
