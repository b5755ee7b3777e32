"""The page that shows every message as its person would see it: on a phone, in Telegram, in a mailbox."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import phonenumbers
from aiohttp import web
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from notifications.segments import Segments, segments
from notifications.simulators import magic, smtp
from notifications.simulators.desk import Desk
from notifications.simulators.ledger import Provider
from notifications.simulators.showcase import Shown
from notifications.simulators.telegram import BOT, Telegram
from notifications.simulators.telegram_text import anchor_start

STATIC = Path(__file__).parent / "static"
LATEST = 200
THREAD = 40
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
# A page of another site can neither set this header nor read what comes back.
MARK = "X-Simulators"
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


@dataclass(frozen=True, slots=True)
class Address:
    """One recipient among those of a provider."""

    to: str
    label: str
    last: Shown
    open: bool


class Page:
    def __init__(self, desk: Desk, telegram: Telegram) -> None:
        self._desk = desk
        self._telegram = telegram

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        return [
            web.get("/", self.show),
            web.get("/version", self.version),
            web.get("/letters/{id:\\d+}", self.letter),
            web.get("/t.me/{bot}", self.invitation),
            web.post("/telegram/press", self.press),
            web.post("/telegram/write", self.write),
            web.static("/assets", STATIC),
        ]

    async def version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": self._desk.showcase.version})

    async def show(self, request: web.Request) -> web.Response:
        name = "_devices.html" if "part" in request.query else "page.html"
        with translation.override(_language(request)):
            html = render_to_string(f"simulators/{name}", self._context(request.query))
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def letter(self, request: web.Request) -> web.Response:
        shown = self._desk.showcase.messages.get(int(request.match_info["id"]))
        if shown is None or shown.provider != "smtp":
            raise web.HTTPNotFound
        html = f'<base target="_blank">{shown.html}'
        headers = {"Content-Security-Policy": LETTER_POLICY, "Referrer-Policy": "no-referrer"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def invitation(self, request: web.Request) -> web.Response:
        """Where https://t.me/bot?start=token would lead: the chat with the bot, Start not pressed yet."""
        raise web.HTTPFound(request.rel_url.with_path("/").with_query(start=request.query.get("start", "")))

    async def press(self, request: web.Request) -> web.Response:
        given = await _posted(request)
        shown = self._desk.showcase.messages.get(_whole(given.get("message")))
        row, column = _whole(given.get("row")), _whole(given.get("column"))
        if shown is None or shown.provider != "telegram" or not _has_key(shown, row, column):
            raise web.HTTPNotFound
        return web.json_response({"toast": await self._telegram.press(shown, row, column)})

    async def write(self, request: web.Request) -> web.Response:
        given = await _posted(request)
        chat, text = str(given.get("chat", "")), str(given.get("text", "")).strip()
        if not text or (chat and not chat.isdigit()):
            raise web.HTTPBadRequest
        chat = await self._telegram.write(chat, str(given.get("name", ""))[:64], text[:4096])
        return web.json_response({"chat": chat})

    def _context(self, asked: Mapping[str, str]) -> dict[str, Any]:
        phones = self._addresses("twilio", asked.get("phone", ""))
        chats = self._addresses("telegram", asked.get("chat", ""))
        mailboxes = self._addresses("smtp", asked.get("mail", ""))
        letters = [Letter(shown) for shown in self._thread("smtp", mailboxes)]
        number = _whole(asked.get("letter"))
        letter = next((letter for letter in letters if letter.shown.id == number), letters[0] if letters else None)
        return {
            "version": self._desk.showcase.version,
            "language": translation.get_language(),
            "phones": phones,
            "sms": [Sms(shown) for shown in self._thread("twilio", phones)],
            "chats": chats,
            "messages": [Chat(shown) for shown in self._thread("telegram", chats)],
            "start": asked.get("start", ""),
            "bot": BOT,
            "mailboxes": mailboxes,
            "letters": letters,
            "letter": letter,
            "as_text": letter is not None and ("text" in asked or not letter.shown.html),
            "magic": [(word, _number_for(word), meaning) for word, meaning in magic.MEANINGS.items()],
        }

    def _thread(self, provider: Provider, addresses: list[Address]) -> list[Shown]:
        chosen = next((address.to for address in addresses if address.open), None)
        if chosen is None:
            return []
        return [shown for shown, _n in zip(self._desk.showcase.newest(provider, chosen), range(THREAD), strict=False)]

    def _addresses(self, provider: Provider, chosen: str) -> list[Address]:
        """Whoever was written to lately, the latest first; the first one is open unless another was chosen."""
        last: dict[str, Shown] = {}
        for shown, _n in zip(self._desk.showcase.newest(provider), range(LATEST), strict=False):
            last.setdefault(shown.to, shown)
        chosen = chosen if chosen in last else next(iter(last), "")
        names: dict[str, str] = self._desk.showcase.facts.get("chats", {})
        return [Address(to, names.get(to) or spaced(to), shown, to == chosen) for to, shown in last.items()]


@dataclass(frozen=True, slots=True)
class Sms:
    shown: Shown

    @property
    def html(self) -> SafeString:
        return linked(self.shown.text)

    @property
    def cost(self) -> Segments:
        return segments(self.shown.text)


@dataclass(frozen=True, slots=True)
class Chat:
    shown: Shown

    @property
    def html(self) -> SafeString:
        rich = self.shown.html or escape(self.shown.text)
        # Rebuilt tag by tag in telegram_text: nothing of the sender's markup is left in it.
        return mark_safe(rich if "<a " in rich else _LINK.sub(_anchor, rich))  # noqa: S308


@dataclass(frozen=True, slots=True)
class Letter:
    shown: Shown

    @property
    def sender(self) -> str:
        return smtp.sender_name(self.shown.sender)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.sender.split()[:2]).upper()

    @property
    def preview(self) -> str:
        return " ".join(self.shown.text.split())[:140]

    @property
    def html(self) -> SafeString:
        return linked(self.shown.text)


def spaced(address: str) -> str:
    """A phone number as people write it; anything else as it is."""
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return address
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def linked(text: str) -> SafeString:
    return mark_safe(_LINK.sub(_anchor, escape(text)))  # noqa: S308 - escaped just here


def _anchor(found: re.Match[str]) -> str:
    return f"{anchor_start(unescape(found.group()))}{found.group()}</a>"


def _number_for(word: magic.Behaviour) -> str:
    return next(number for number, behaviour in magic.NUMBERS.items() if behaviour == word)


def _has_key(shown: Shown, row: int, column: int) -> bool:
    return 0 <= row < len(shown.buttons) and 0 <= column < len(shown.buttons[row])


def _whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1


async def _posted(request: web.Request) -> dict[str, Any]:
    if MARK not in request.headers:
        raise web.HTTPForbidden
    try:
        given = json.loads(await request.text())
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(given, dict):
        raise web.HTTPBadRequest
    return given


def _language(request: web.Request) -> str:
    """The first of our languages that the browser asks for."""
    known = dict(settings.LANGUAGES)
    asked = request.headers.get("Accept-Language", "").lower().split(",")
    return next((part.strip()[:2] for part in asked if part.strip()[:2] in known), settings.LANGUAGE_CODE)
