"""A mail server that takes letters for everybody and delivers them to the page."""

from __future__ import annotations

import asyncio
import email.policy
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifications.simulators import magic
from notifications.simulators.desk import Desk
from notifications.simulators.ledger import Outcome
from notifications.simulators.magic import Behaviour

SIZE_LIMIT = 10 * 1024 * 1024
TAKEN = "250 2.0.0 Ok: queued"
_parser = BytesParser(policy=email.policy.default)


class Letters:
    """aiosmtpd's handler: one instance for all connections."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle_EHLO(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._desk.doors.smtp_user and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = magic.of_mailbox(address)
        if behaviour == Behaviour.HARD:
            self._desk.ledger.write("smtp", address, key=None, text="", outcome="refused")
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if behaviour == Behaviour.BUSY and self._desk.refuses_once_more(behaviour, address):
            self._desk.ledger.write("smtp", address, key=None, text="", outcome="refused")
            return "450 4.7.1 Try again later"
        if behaviour == Behaviour.FULL:
            self._desk.ledger.write("smtp", address, key=None, text="", outcome="refused")
            return "452 4.2.2 Mailbox full"
        if behaviour == Behaviour.HESITANT:
            await asyncio.sleep(magic.SLOW_SECONDS)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        letter = _parser.parsebytes(envelope.original_content or b"")
        behaviours = [self._take(letter, to) for to in envelope.rcpt_tos]
        if Behaviour.SOFT in behaviours:
            return "451 4.3.0 Local error in processing"
        for behaviour in behaviours:
            await self._desk.pause(behaviour)
        for behaviour in behaviours:
            if behaviour in OPEN_ANSWERS:
                await OPEN_ANSWERS[behaviour](server)
        return "It works!" if Behaviour.GARBAGE in behaviours else TAKEN

    def _take(self, letter: EmailMessage, to: str) -> Behaviour:
        """SOFT only while the letter is refused; whatever else it is, it has been taken."""
        behaviour = magic.of_mailbox(to)
        subject, text, html = _read(letter)
        key = str(letter.get("Message-ID", "")).strip("<>").partition("@")[0] or None
        soft = behaviour == Behaviour.SOFT and self._desk.refuses_once_more(behaviour, f"{to} {key or text}")
        refused = soft or self._desk.is_down(behaviour, "smtp")
        outcome: Outcome = "refused" if refused else "accepted"
        self._desk.ledger.write("smtp", to, key=key, text=f"{subject}\n\n{text}", outcome=outcome)
        if refused:
            return Behaviour.SOFT
        ref, sender = str(letter.get("Message-ID", "")), str(letter.get("From", ""))
        self._desk.showcase.put("smtp", to, ref=ref, sender=sender, text=text, key=key, subject=subject, html=html)
        return Behaviour.DELIVERED if behaviour == Behaviour.SOFT else behaviour


def _read(letter: EmailMessage) -> tuple[str, str, str]:
    def content(kind: str) -> str:
        part = letter.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n").strip() if part else ""

    return str(letter.get("Subject", "")), content("plain"), content("html")


def sender_name(sender: str) -> str:
    name, address = parseaddr(sender)
    return name or address


async def _drip(server: SMTP) -> None:
    for _moment in range(int(magic.WITHHELD_SECONDS / 0.2)):
        await server.push("250-one moment")
        await asyncio.sleep(0.2)


async def _flood(server: SMTP) -> None:
    line = "250-" + "x" * 500
    for _line in range(magic.FLOOD_BYTES // len(line)):
        await server.push(line)


async def _cut(server: SMTP) -> None:
    await server.push("250-one mom")
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


OPEN_ANSWERS = {Behaviour.DRIP: _drip, Behaviour.FLOOD: _flood, Behaviour.CUT: _cut}


@asynccontextmanager
async def listening(
    desk: Desk, host: str, port: int, *, size_limit: int = SIZE_LIMIT
) -> AsyncIterator[tuple[str, int]]:
    """The server's address; whoever is still connected at the end is cut off."""
    # It writes every command at INFO, and warns of its own future with each sign-in.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    doors = desk.doors
    connections: WeakSet[SMTP] = WeakSet()

    def let_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, shown: object) -> AuthResult:
        if not isinstance(shown, LoginPassword):
            return AuthResult(success=False, handled=False)
        wanted = (doors.smtp_user.encode(), doors.smtp_password.encode())
        return AuthResult(success=not doors.smtp_user or wanted == (shown.login, shown.password), handled=False)

    handler = Letters(desk)

    def connection() -> SMTP:
        made = SMTP(
            handler,
            hostname="simulators.test",
            ident="docflow simulator",
            data_size_limit=size_limit,
            authenticator=let_in,
            auth_require_tls=False,
        )
        connections.add(made)
        return made

    server = await asyncio.get_running_loop().create_server(connection, host, port)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        for made in connections:
            if isinstance(made.transport, asyncio.WriteTransport):
                made.transport.abort()
        await asyncio.sleep(0)
