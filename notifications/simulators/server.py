"""All simulators in one process and one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from notifications.simulators import smtp
from notifications.simulators.desk import Desk, Doors
from notifications.simulators.ledger import Ledger
from notifications.simulators.page import Page
from notifications.simulators.showcase import Showcase
from notifications.simulators.telegram import Telegram
from notifications.simulators.twilio import Twilio

Address = tuple[str, int]
REPORT_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Running:
    smtp: Address
    http: Address
    desk: Desk

    @property
    def base(self) -> str:
        return f"http://{self.http[0]}:{self.http[1]}"


@asynccontextmanager
async def running(
    smtp_at: Address,
    http_at: Address,
    ledger: Path,
    *,
    doors: Doors | None = None,
    delay: float = 0.0,
    report_step: float = 0.4,
    size_limit: int = smtp.SIZE_LIMIT,
) -> AsyncIterator[Running]:
    """The simulators answer while the context lasts; port 0 picks a free one."""
    desk = Desk(Ledger(ledger), Showcase(ledger), doors or Doors(), delay, report_step)
    async with aiohttp.ClientSession(timeout=REPORT_TIMEOUT) as outgoing:
        runner = web.AppRunner(_application(desk, outgoing), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, *http_at).start()
            async with smtp.listening(desk, *smtp_at, size_limit=size_limit) as mail_at:
                yield Running(mail_at, runner.addresses[0][:2], desk)
        finally:
            await runner.cleanup()
            desk.showcase.close()
            desk.ledger.close()


def _application(desk: Desk, outgoing: aiohttp.ClientSession) -> web.Application:
    telegram = Telegram(desk, outgoing)
    application = web.Application()
    application.add_routes(Twilio(desk, outgoing).routes())
    application.add_routes(telegram.routes())
    application.add_routes(Page(desk, telegram).routes())
    return application


async def serve(smtp_at: Address, http_at: Address, ledger: Path, *, doors: Doors, delay: float) -> None:
    """Until the task is cancelled."""
    async with running(smtp_at, http_at, ledger, doors=doors, delay=delay):
        await asyncio.Event().wait()
