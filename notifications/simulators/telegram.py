"""Telegram's Bot API for one bot, and the person on the other side who presses its buttons."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from notifications.channels.telegram_http import KEY_HEADER
from notifications.simulators import magic, telegram_text
from notifications.simulators.desk import Desk
from notifications.simulators.ledger import Outcome
from notifications.simulators.magic import Behaviour
from notifications.simulators.showcase import Keys, Shown

LONGEST = 4096
TRIES = 3
TOAST_SECONDS = 3.0
BOT = {"id": 700000001, "is_bot": True, "first_name": "Docflow", "username": "docflow_demo_bot"}
BOT_RIGHTS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
FIRST_CHAT = 500000001
_TOKEN = re.compile(r"\d+:[\w-]+")

Parameters = Mapping[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters

    def response(self) -> web.Response:
        body = {"ok": False, "error_code": self.status, "description": self.description}
        more = {"parameters": self.parameters} if self.parameters else {}
        return web.json_response(body | more, status=self.status)


class Telegram:
    def __init__(self, desk: Desk, outgoing: aiohttp.ClientSession) -> None:
        self._desk = desk
        self._outgoing = outgoing
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._methods: dict[str, Callable[[web.Request, Parameters], Awaitable[web.StreamResponse]]] = {
            "getme": self.get_me,
            "sendmessage": self.send_message,
            "editmessagetext": self.edit_text,
            "editmessagereplymarkup": self.edit_keys,
            "answercallbackquery": self.answer_query,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.set_webhook,
            "getwebhookinfo": self.webhook_info,
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/bot{token}/{method}", self.call)]

    async def call(self, request: web.Request) -> web.StreamResponse:
        try:
            self._admit(request.match_info["token"])
            method = self._methods.get(request.match_info["method"].lower())
            if method is None:
                raise Refusal(404, "Not Found")
            return await method(request, await _parameters(request))
        except Refusal as refusal:
            await self._desk.pause(Behaviour.DELIVERED)
            return refusal.response()

    def _admit(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise Refusal(404, "Not Found")
        if self._desk.doors.telegram_token not in ("", token):
            raise Refusal(401, "Unauthorized")

    async def get_me(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        return _ok(BOT | BOT_RIGHTS)

    async def send_message(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        chat, (text, rich), keys = str(given.get("chat_id", "")), _text(given), _keys(given)
        behaviour = self._accept(chat, request.headers.get(KEY_HEADER), text)
        shown = self._desk.showcase.put(
            "telegram",
            chat,
            ref=f"{chat}:{self._next('message_id')}",
            sender=str(BOT["first_name"]),
            text=text,
            html=rich,
            buttons=keys,
            key=request.headers.get(KEY_HEADER),
        )
        return await self._desk.answer(request, behaviour, {"ok": True, "result": self._message(shown)})

    def _accept(self, chat: str, key: str | None, text: str) -> Behaviour:
        if not chat.lstrip("-").isdigit():
            raise Refusal(400, "Bad Request: chat not found")
        behaviour, refusal = magic.of_chat(chat), None
        if behaviour == Behaviour.HARD:
            refusal = Refusal(403, "Forbidden: bot was blocked by the user")
        elif behaviour == Behaviour.SOFT and self._desk.refuses_once_more(behaviour, f"{chat} {key or text}"):
            refusal = Refusal(500, "Internal Server Error")
        elif self._desk.is_down(behaviour, "telegram"):
            refusal = Refusal(502, "Bad Gateway")
        elif behaviour == Behaviour.BUSY and self._desk.refuses_once_more(behaviour, chat):
            wait = magic.BUSY_SECONDS
            refusal = Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        outcome: Outcome = "refused" if refusal else "accepted"
        self._desk.ledger.write("telegram", chat, key=key, text=text, outcome=outcome)
        if refusal:
            raise refusal
        return behaviour

    async def edit_text(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        shown, (text, rich), keys = self._named(given), _text(given), _keys(given)
        if (shown.text, shown.html, shown.buttons) == (text, rich, keys):
            raise Refusal(400, "Bad Request: message is not modified")
        return _ok(self._message(self._desk.showcase.change(shown, text=text, html=rich, buttons=keys)))

    async def edit_keys(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        return _ok(self._message(self._desk.showcase.change(self._named(given), buttons=_keys(given))))

    async def answer_query(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        waiting = self._waiting.get(str(given.get("callback_query_id", "")))
        if waiting is None or waiting.done():
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        waiting.set_result(str(given.get("text", "")))
        return _ok(True)

    async def set_webhook(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        webhook = {"url": str(given.get("url", "")), "secret": str(given.get("secret_token", ""))}
        self._desk.showcase.remember("webhook", webhook)
        return _ok(True)

    async def webhook_info(self, request: web.Request, given: Parameters) -> web.StreamResponse:
        url = self._desk.showcase.facts.get("webhook", {}).get("url", "")
        return _ok({"url": url, "has_custom_certificate": False, "pending_update_count": 0})

    async def press(self, shown: Shown, row: int, column: int) -> str | None:
        """As if the person pressed: the bot's short answer, or None if it gave none in time."""
        query = secrets.token_hex(8)
        data = shown.buttons[row][column].get("callback_data", "")
        waiting = self._waiting[query] = asyncio.get_running_loop().create_future()
        asked = {"id": query, "from": self._person(shown.to), "chat_instance": shown.to, "data": data}
        try:
            await self._update({"callback_query": asked | {"message": self._message(shown)}})
            return await asyncio.wait_for(waiting, TOAST_SECONDS)
        except TimeoutError:
            return None
        finally:
            del self._waiting[query]

    async def write(self, chat: str, name: str, text: str) -> str:
        """As if the person wrote to the bot; without a chat they begin one, whose id comes back."""
        chat = chat or str(self._next("chat", FIRST_CHAT))
        chats = self._desk.showcase.facts.get("chats", {})
        if name or chat not in chats:
            self._desk.showcase.remember("chats", chats | {chat: name or chat})
        number = self._next("message_id")
        self._desk.showcase.put("telegram", chat, ref=f"{chat}:{number}", sender=name, text=text, mine=True)
        message = {"message_id": number, "date": int(time.time()), "chat": self._chat(chat), "text": text}
        await self._update({"message": message | {"from": self._person(chat)}})
        return chat

    async def _update(self, update: dict[str, object]) -> None:
        webhook = self._desk.showcase.facts.get("webhook", {})
        if not webhook.get("url"):
            return
        body = {"update_id": self._next("update_id", int(time.time()) - 1_700_000_000), **update}
        for _try in range(TRIES):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                headers = {SECRET_HEADER: webhook.get("secret", "")}
                async with self._outgoing.post(webhook["url"], json=body, headers=headers) as answer:
                    if answer.status < 500:
                        return
            await asyncio.sleep(1)

    def _next(self, counter: str, first: int = 1) -> int:
        number = max(int(self._desk.showcase.facts.get(counter, 0)) + 1, first)
        self._desk.showcase.remember(counter, number)
        return number

    def _named(self, given: Parameters) -> Shown:
        ref = f"{given.get('chat_id')}:{given.get('message_id')}"
        shown = self._desk.showcase.by_ref("telegram", ref)
        if shown is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        return shown

    def _message(self, shown: Shown) -> dict[str, object]:
        message = {
            "message_id": int(shown.ref.partition(":")[2]),
            "from": BOT,
            "chat": self._chat(shown.to),
            "date": int(shown.moment.timestamp()),
            "text": shown.text,
        }
        return message | ({"reply_markup": {"inline_keyboard": shown.buttons}} if shown.buttons else {})

    def _person(self, chat: str) -> dict[str, object]:
        name = self._desk.showcase.facts.get("chats", {}).get(chat, chat)
        return {"id": int(chat), "is_bot": False, "first_name": name, "language_code": "ru"}

    def _chat(self, chat: str) -> dict[str, object]:
        return {"id": int(chat), "type": "private", "first_name": self._person(chat)["first_name"]}


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        return {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
    try:
        given = await request.json()
    except ValueError as error:
        raise Refusal(400, "Bad Request: can't parse request") from error
    return {**request.query, **(given if isinstance(given, dict) else {})}


def _text(given: Parameters) -> tuple[str, str]:
    raw = str(given.get("text", ""))
    try:
        text, rich = telegram_text.read(raw) if given.get("parse_mode") == "HTML" else (raw, html.escape(raw))
    except telegram_text.BadMarkup as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from error
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > LONGEST:
        raise Refusal(400, "Bad Request: message is too long")
    return text, rich


def _keys(given: Parameters) -> Keys:
    markup = given.get("reply_markup") or {}
    try:
        rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", [])
        keys = [[{str(name): str(value) for name, value in key.items()} for key in row] for row in rows]
    except (ValueError, AttributeError, TypeError) as error:
        raise Refusal(400, "Bad Request: object expected as reply markup") from error
    for key in (key for row in keys for key in row):
        if "url" not in key and not 1 <= len(key.get("callback_data", "").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return keys


def _ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})
