"""`manage.py simulators`: a mail server, Twilio and Telegram that deliver to a page instead of to people."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import BaseCommand, CommandParser

from docflow import env
from notifications.simulators.desk import Doors
from notifications.simulators.server import Address, serve


class Command(BaseCommand):
    help = "Run the simulated providers: SMTP, and the HTTP of Twilio and Telegram with a page of what people get"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--smtp", type=_address, required=True, metavar="HOST:PORT")
        parser.add_argument("--http", type=_address, required=True, metavar="HOST:PORT")
        parser.add_argument("--ledger", type=Path, required=True, metavar="FILE")
        parser.add_argument("--delay-ms", type=int, default=0, help="before every answer")

    def handle(self, *args: Any, **options: Any) -> None:
        work = serve(
            options["smtp"],
            options["http"],
            options["ledger"],
            doors=_doors(),
            delay=options["delay_ms"] / 1000,
        )
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(_until_told(work))


async def _until_told(work: Any) -> None:
    task = asyncio.ensure_future(work)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    await task


def _doors() -> Doors:
    """The same credentials that the product is given, so that a wrong one is refused here too."""
    mail = urlsplit(env.env_str("EMAIL_URL", ""))
    return Doors(
        smtp_user=unquote(mail.username or ""),
        smtp_password=unquote(mail.password or ""),
        twilio_sid=env.env_str("TWILIO_ACCOUNT_SID", ""),
        twilio_token=env.env_str("TWILIO_AUTH_TOKEN", ""),
        telegram_token=env.env_str("TELEGRAM_TOKEN", ""),
    )


def _address(text: str) -> Address:
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)
