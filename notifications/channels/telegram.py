"""Telegram through python-telegram-bot: messages with buttons, and what people press."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import ChatMigrated, TelegramError

from docflow.common import crypto
from notifications.channels import reasons, telegram_http
from notifications.channels.base import (
    DEADLINE,
    Button,
    ChannelError,
    Commit,
    ContactKind,
    Field,
    Message,
    Receipt,
    Status,
    UnknownPolicy,
    Verdict,
    missing,
    seconds,
    tidy,
)
from notifications.channels.telegram_http import (
    AskedToWait,
    CertificateRefused,
    KeptRequest,
    Sending,
)
from notifications.channels.telegram_updates import Update, parse_update

__all__ = ["TelegramChannel", "Update", "parse_update"]

# Telegram has no codes below the HTTP status: these are the beginnings and middles of its sentences.
DESCRIPTIONS: tuple[tuple[str, Verdict], ...] = (
    ("bot was blocked", Verdict("permanent", "blocked", address_dead=True)),
    ("bot was kicked", Verdict("permanent", "blocked", address_dead=True)),
    ("can't initiate conversation", Verdict("permanent", "blocked", address_dead=True)),
    ("user is deactivated", Verdict("permanent", "chat_not_found", address_dead=True)),
    ("chat not found", Verdict("permanent", "chat_not_found", address_dead=True)),
    ("chat was deleted", Verdict("permanent", "chat_not_found", address_dead=True)),
    ("peer_id_invalid", Verdict("permanent", "chat_not_found", address_dead=True)),
    ("message is too long", Verdict("permanent", "too_long")),
)
BY_STATUS: dict[int, Verdict] = {
    400: Verdict("permanent", "refused"),
    401: Verdict("config", "sign_in_refused"),
    403: Verdict("permanent", "blocked", address_dead=True),
    404: Verdict("config", "sign_in_refused"),
    429: Verdict("transient", "busy"),
}
OFFICIAL = "https://api.telegram.org"
CALLBACK_BYTES = 64
REFERENCE = 16
UPDATES = ["message", "callback_query", "my_chat_member"]
TAKEN = 200  # then the answer repeats the message, which is not ours to keep
SEE_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# What the library may trip over in an answer that is JSON and yet not Telegram's.
ODD_ANSWER = (TelegramError, KeyError, TypeError, ValueError, AttributeError)

Result = TypeVar("Result")


class TelegramChannel:
    """See Channel. Telegram gives no receipts and cannot be asked: what is in doubt is repeated."""

    kind: ClassVar[str] = "telegram"
    contact_kind: ClassVar[ContactKind] = "telegram"
    has_receipts: ClassVar[bool] = False
    unknown_policy: ClassVar[UnknownPolicy] = "repeat"
    unknown_wait: ClassVar[float] = 5.0
    settings_fields: ClassVar[tuple[Field, ...]] = (
        Field("token", gettext_lazy("Bot token"), secret=True, env="TELEGRAM_TOKEN"),
        Field("api_base", gettext_lazy("API address"), required=False, default=OFFICIAL, env="TELEGRAM_API_BASE"),
        Field("deadline", gettext_lazy("Time for one message, seconds"), required=False, default=str(DEADLINE)),
        Field(
            "per_second",
            gettext_lazy("Messages per second: 25, or more with paid broadcasts"),
            required=False,
            env="TELEGRAM_PER_SECOND",
        ),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = {field.name: settings.get(field.name) or field.default for field in self.settings_fields}
        self._seconds = seconds(self._settings["deadline"])
        self._base = self._settings["api_base"].rstrip("/")
        self._request = KeptRequest(self._base, self._seconds)
        token = self._settings["token"]
        self._bot = self._make_bot(token) if token else None
        self._username = ""

    def _make_bot(self, token: str) -> Bot:
        return Bot(
            token,
            base_url=f"{self._base}/bot",
            base_file_url=f"{self._base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    def send(self, message: Message, committing: Callable[[], None]) -> Receipt:
        bot, keyboard = self._ready(), _keyboard(message.buttons)
        sending = Sending(Commit(committing), message.key)

        def to_chat(chat: str) -> str:
            sent = self._call(
                lambda: bot.send_message(
                    chat_id=chat,
                    text=message.html or message.text,
                    parse_mode=ParseMode.HTML if message.html else None,
                    reply_markup=keyboard,
                    link_preview_options=SEE_NO_PREVIEW,
                ),
                sending,
            )
            return reference(sent.chat_id, sent.message_id)

        try:
            ref = to_chat(message.to)
        except ChatMigrated as moved:
            # Refused with the new address: the only case of a second call, and nothing has been shown yet.
            ref = to_chat(str(moved.new_chat_id))
        # The whole answer repeats the text, and with it codes and links: what proves the sending is the number.
        return Receipt(ref, json.dumps({"ok": True, "message_id": int(ref.rpartition(":")[2])}))

    def look_up(self, message: Message, since: datetime) -> Receipt | None:
        return None

    def status(self, provider_ref: str) -> Status | None:
        return None

    def check(self) -> list[str]:
        empty = [str(field.label) for field in missing(self.settings_fields, self._settings)]
        if empty:
            return [_("Fill in: %(fields)s.") % {"fields": ", ".join(empty)}]
        try:
            self.bot_username()
        except ChannelError as error:
            return [f"{reasons.sentence(error.reason)}. {error.answer}".strip()]
        return []

    def close(self) -> None:
        self._request.close()

    def bot_username(self) -> str:
        if not self._username:
            bot = self._ready()
            self._username = self._call(lambda: bot.get_me(), telegram_http.call()).username or ""
        return self._username

    def start_link(self, token: str) -> str:
        """Where a person presses Start so that `token` comes back to us with their chat."""
        home = "https://t.me" if self._base == OFFICIAL else f"{self._base}/t.me"
        return f"{home}/{self.bot_username()}?start={token}"

    def set_webhook(self, url: str, secret: str) -> None:
        bot = self._ready()
        self._call(lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES), telegram_http.call())

    def answer_callback(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        bot = self._ready()
        self._call(lambda: bot.answer_callback_query(query_id, text or None, show_alert=alert), telegram_http.call())

    def edit_message(
        self,
        chat_id: str,
        message_id: int,
        text: str,
        *,
        html: str | None = None,
        buttons: tuple[tuple[Button, ...], ...] = (),
    ) -> None:
        """Write the message anew. That nothing would change is not an error."""
        bot, keyboard = self._ready(), _keyboard(buttons)
        try:
            self._call(
                lambda: bot.edit_message_text(
                    html or text,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode=ParseMode.HTML if html else None,
                    reply_markup=keyboard,
                    link_preview_options=SEE_NO_PREVIEW,
                ),
                telegram_http.call(),
            )
        except ChannelError as error:
            if "message is not modified" not in error.answer:
                raise

    def _ready(self) -> Bot:
        if self._bot is None:
            raise ChannelError("config", "not_configured")
        return self._bot

    def _call(self, work: Callable[[], Coroutine[Any, Any, Result]], sending: Sending) -> Result:
        try:
            return telegram_http.run(work, sending)
        except ChatMigrated:
            raise
        except ODD_ANSWER as error:
            if error is sending.commit.stopped:
                raise
            raise self._error(error, sending) from None

    def _error(self, error: Exception, sending: Sending) -> ChannelError:
        answer = self._tidy(str(error) if sending.status == TAKEN else sending.answer or str(error))
        if isinstance(error, CertificateRefused):
            return ChannelError("config", "bad_certificate", answer)
        if not sending.commit.done:
            return ChannelError("transient", "no_connection", answer)
        wait = _retry_after(sending.answer) if isinstance(error, AskedToWait) else None
        return ChannelError.by(verdict(sending.status, sending.answer), answer, retry_after=wait)

    def _tidy(self, answer: str | bytes) -> str:
        return tidy(answer, [self._settings["token"]])


def reference(chat: int, message: int) -> str:
    """A message's name that does not tell its chat, which is an address: `<keyed hash>:<number>`."""
    return f"{crypto.lookup(str(chat), 'telegram')[:REFERENCE]}:{message}"


def verdict(status: int, answer: bytes) -> Verdict:
    """What an answer means that is no sent message. None at all, or one that is not Telegram's, leaves doubt."""
    if status == 0:
        return Verdict("unknown", "no_answer")
    said = answer.lower()
    theirs = b'"ok"' in said and b"false" in said
    if status // 100 == 2 or (status >= 500 and not theirs):
        return Verdict("unknown", "garbage")
    if status >= 500:
        return Verdict("transient", "provider_down")
    described = (found for words, found in DESCRIPTIONS if words.encode() in said)
    return next(described, None) or BY_STATUS.get(status) or BY_STATUS[400]


def _retry_after(answer: bytes) -> float | None:
    try:
        return float(json.loads(answer)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return None


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    keys = [[_key(button) for button in row] for row in rows if row]
    return InlineKeyboardMarkup(keys) if keys else None


def _key(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    if not button.act or len(button.act.encode()) > CALLBACK_BYTES:
        raise ChannelError("permanent", "refused", "a button needs an address or an act of at most 64 bytes")
    return InlineKeyboardButton(button.label, callback_data=button.act)
