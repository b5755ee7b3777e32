"""The simulators on free ports, in a thread beside the tests."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from notifications.simulators.desk import Doors
from notifications.simulators.server import Running, running

DOORS = Doors(
    smtp_user="relay",
    smtp_password="smtp-secret-4711",
    twilio_sid="AC" + "0" * 32,
    twilio_token="twilio-secret-4711",
    telegram_token="7000001:telegram-secret-4711",
)
FROM = "+15005550006"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


class Simulated:
    def __init__(self, at: Running, ledger: Path) -> None:
        self.at = at
        self.path = ledger
        self.base = at.base

    def ledger(self, to: str | None = None) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.path.read_text().splitlines())
        return [line for line in lines if to in (None, line["to"])]

    def ask(self, path: str, body: object = None, **headers: str) -> Answer:
        """As a browser would; a body makes it a POST."""
        with closing(http.client.HTTPConnection(*self.at.http, timeout=5)) as connection:
            method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())

    def settings(self, kind: str, deadline: float = 5.0) -> dict[str, str]:
        host, port = self.at.smtp
        every = {
            "email": {
                "host": host,
                "port": str(port),
                "security": "none",
                "username": DOORS.smtp_user,
                "password": DOORS.smtp_password,
                "from_address": "docs@vector.test",
                "from_name": "Вектор Логистик",
            },
            "sms": {
                "account_sid": DOORS.twilio_sid,
                "auth_token": DOORS.twilio_token,
                "from_number": FROM,
                "api_base": self.base,
            },
            "telegram": {"token": DOORS.telegram_token, "api_base": self.base},
        }
        return {**every[kind], "deadline": str(deadline)}


@contextmanager
def simulated(folder: Path, **options: Any) -> Iterator[Simulated]:
    ready: list[Running] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ledger = folder / "ledger.jsonl"

    async def live() -> None:
        anywhere = ("127.0.0.1", 0)
        given = {"doors": DOORS, "report_step": 0.05, "size_limit": 200_000, **options}
        async with running(anywhere, anywhere, ledger, **given) as at:
            ready.append(at)
            await stop.wait()

    thread = threading.Thread(target=_run, args=(loop, live))
    thread.start()
    try:
        until(lambda: bool(ready) or not thread.is_alive())
        yield Simulated(ready[0], ledger)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, live: Callable[[], Any]) -> None:
    loop.run_until_complete(live())
    # Answers still withheld for magic recipients end here.
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
