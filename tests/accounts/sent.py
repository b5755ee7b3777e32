"""The sender of codes and links in these tests: it keeps what it was given."""

from typing import NamedTuple

from accounts.models import Contact
from docflow.common.errors import NotPossible


class Sent(NamedTuple):
    """One code or link on its way to somebody."""

    to: str
    purpose: str
    secret: str


kept: list[Sent] = []


def remember(*, contact: Contact, purpose: str, secret: str, language: str, context: dict[str, str]) -> None:
    kept.append(Sent(contact.address, purpose, secret))


def bot_name() -> str:
    return "vector_docs_bot"


def no_bot() -> str:
    return ""


def refuse(**anything: object) -> None:
    """As when no channel is set up."""
    raise NotPossible("Messages cannot be sent now.", code="channel_off")
