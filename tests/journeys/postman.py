"""A mail server of somebody's own: takes every letter and keeps it."""

import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from docflow.servers import ports
from tests.servers.waiting import until


class Postman:
    """What arrived, and where the server listens."""

    def __init__(self, port: int) -> None:
        self.host = ports.LOOPBACK
        self.port = port
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(BytesParser(policy=email.policy.default).parsebytes(content))  # type: ignore[arg-type]
        return "250 2.0.0 Ok"

    def text(self, to: str, words: str) -> str:
        """The plain text of the first letter to that address that says these words, as soon as it is there."""
        return until(lambda: next((text for text in self._texts(to) if words in text), None), 60)

    def _texts(self, to: str) -> list[str]:
        return [_words(letter) for letter in self.letters if to in str(letter["To"])]


def _words(letter: EmailMessage) -> str:
    plain = letter.get_body(("plain",))
    return f"{letter['Subject']}\n{plain.get_content() if plain else ''}"


@contextmanager
def at_work() -> Iterator[Postman]:
    """Listening on a free port until the end."""
    postman = Postman(ports.free_port())
    controller = Controller(postman, hostname=postman.host, port=postman.port)
    controller.start()
    try:
        yield postman
    finally:
        controller.stop()
