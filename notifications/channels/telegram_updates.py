"""What Telegram posts to our webhook, reduced to what we act on. Proving the secret is the caller's part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

GONE = ("kicked", "left")


@dataclass(frozen=True, slots=True)
class Update:
    """`start` has a token, `button` data, query_id and the text above it, `blocked` and `unblocked` the chat."""

    update_id: int
    kind: Literal["start", "button", "text", "blocked", "unblocked"]
    chat_id: str
    name: str = ""
    username: str = ""
    language: str = ""
    token: str = ""
    text: str = ""
    data: str = ""
    query_id: str = ""
    message_id: int = 0


def parse_update(raw: object) -> Update | None:
    """None for what we have no use for, and for what is not an update at all."""
    update = _part(raw)
    number = _number(update.get("update_id"))
    if not number:
        return None
    if "callback_query" in update:
        return _button(number, _part(update["callback_query"]))
    if "my_chat_member" in update:
        return _membership(number, _part(update["my_chat_member"]))
    return _message(number, _part(update.get("message")))


def _message(number: int, message: dict[str, Any]) -> Update | None:
    chat, text = _chat(message), _text(message.get("text"))
    if not chat or not text:
        return None
    person = _person(_part(message.get("from")))
    command, _space, rest = text.partition(" ")
    if command.partition("@")[0] == "/start":
        return Update(number, "start", chat, *person, token=rest.strip())
    return Update(number, "text", chat, *person, text=text)


def _button(number: int, query: dict[str, Any]) -> Update | None:
    message = _part(query.get("message"))
    person = _person(_part(query.get("from")))
    chat = _chat(message)
    if not chat:
        return None
    return Update(
        number,
        "button",
        chat,
        *person,
        data=_text(query.get("data")),
        query_id=_text(query.get("id")),
        text=_text(message.get("text")),
        message_id=_number(message.get("message_id")),
    )


def _membership(number: int, change: dict[str, Any]) -> Update | None:
    chat = _chat(change)
    status = _part(change.get("new_chat_member")).get("status")
    person = _person(_part(change.get("from")))
    return Update(number, "blocked" if status in GONE else "unblocked", chat, *person) if chat else None


def _person(person: dict[str, Any]) -> tuple[str, str, str]:
    name = f"{_text(person.get('first_name'))} {_text(person.get('last_name'))}".strip()
    return name, _text(person.get("username")), _text(person.get("language_code"))


def _chat(holder: dict[str, Any]) -> str:
    number = _number(_part(holder.get("chat")).get("id"))
    return str(number) if number else ""


def _part(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    """Identifiers of Telegram fit 64 bits; what does not is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0
