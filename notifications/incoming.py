"""What people do in messengers: link a chat by Start, press a button, block the bot."""

import logging
import time
from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import audit, contacts, subjects
from accounts.models import Contact
from docflow.common import clock
from docflow.common.errors import Refused
from notifications import connect, filters, hooks, why
from notifications.channels.base import Bot, Channel, ChannelError, Message
from notifications.channels.telegram_updates import Update, parse_update
from notifications.models import Delivery, IncomingUpdate

log = logging.getLogger(__name__)

BATCH = 50
ASK_AGAIN = 60.0


def handle(limit: int = BATCH) -> int:
    """Act on updates that wait; how many. Rows first; what the messenger is told in return may fail."""
    handled = 0
    for _number in range(limit):
        with transaction.atomic():
            waiting = IncomingUpdate.objects.filter(handled_at__isnull=True)
            row = waiting.select_for_update(skip_locked=True).order_by("received_at").first()
            if row is None:
                return handled
            IncomingUpdate.objects.filter(pk=row.pk).update(handled_at=Now(), raw={})  # it names the chat
            update = parse_update(row.raw)
            answer = _act(update) if update else None
        handled += 1
        if update and answer:
            _answer(update, answer)
    return handled


def _act(update: Update) -> str | None:
    """What the person is told in return."""
    contact = _contact(update.chat_id)
    with override(contact.language if contact else "ru" if update.language == "ru" else "en"):
        if update.kind == "start":
            return _start(update)
        if update.kind == "button":
            return _button(update, contact)
        if contact and update.kind == "blocked":
            contacts.suspend(contact, why.in_both("blocked"), by=audit.SYSTEM)
        elif contact and update.kind == "unblocked":
            contacts.restore(contact, by=audit.SYSTEM)
        return None


def _contact(chat_id: str) -> Contact | None:
    found = Contact.objects.filter(kind="telegram", lookup=contacts.lookup("telegram", chat_id))
    return found.filter(verified_at__isnull=False).select_related("user").first()


def _start(update: Update) -> str:
    if not update.token:
        return _("Open your profile and press “Connect Telegram” to receive messages here.")
    try:
        with transaction.atomic():
            contacts.link_telegram(update.token, update.chat_id, update.username)
    except Refused as refused:
        return str(refused.message)
    return _("Done: messages about your documents will come here.")


def _button(update: Update, contact: Contact | None) -> str:
    """The act belongs to the delivery's own subject, and only its own addressee may press."""
    act, _colon, key = update.data.partition(":")
    delivery = _delivery(key)
    if contact is None or delivery is None or delivery.contact_id != contact.pk:
        return _("This button no longer works. Open the document.")
    about = delivery.notification
    if about.subject_id is None or about.subject_kind not in subjects.kinds():
        return _("This button no longer works. Open the document.")
    try:
        with transaction.atomic():
            return subjects.of(about.subject_kind).act(about.subject_id, act, by=contact, at=clock.now())
    except Refused as refused:
        return str(refused.message)


def _delivery(key: str) -> Delivery | None:
    try:
        return Delivery.objects.select_related("notification").filter(pk=UUID(key)).first()
    except ValueError:
        return None


def _answer(update: Update, answer: str) -> None:
    """Tell the person; a messenger that does not listen now changes nothing that was done."""
    if not connect.current()["telegram"].on:
        return
    channel = connect.channel("telegram")
    if not isinstance(channel, Bot):
        return
    if update.kind == "button":
        _try(lambda: channel.answer_callback(update.query_id, answer[:200]))
        _try(lambda: channel.edit_message(update.chat_id, update.message_id, edited(update, answer)))
    else:
        said = Message(key="", to=update.chat_id, language="", subject="", text=answer)
        _try(lambda: channel.send(said, lambda: None))


def _try(tell: Callable[[], object]) -> None:
    try:
        tell()
    except ChannelError as error:
        log.info("no answer given", extra={"event": "telegram.unanswered", "reason": error.reason})


def edited(update: Update, answer: str) -> str:
    """The message after the tap: its title, what was done, and when, in the person's own time."""
    contact = _contact(update.chat_id)
    language, zone = (contact.language, contact.time_zone) if contact else ("ru", "UTC")
    local = clock.now().astimezone(ZoneInfo(zone))
    title = update.text.partition("\n")[0]
    return f"{title}\n✓ {answer.rstrip('.')} {filters.moment(local, 'long', language)}".strip()


def introduce(channel: Channel) -> None:
    """Tell Telegram where to push updates. Raises ChannelError."""
    if isinstance(channel, Bot):
        channel.set_webhook(webhook_address(), hooks.telegram_secret())


def webhook_address() -> str:
    """Where Telegram brings what people press and write."""
    return settings.BASE_URL + reverse("notifications:telegram")


class Listening:
    """Telegram has to be told where to push updates, once for each change of settings."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self.next = 0.0

    def ensure(self) -> None:
        """Tell it now if it has not been told with these settings; a refusal is tried again in a minute."""
        setup = connect.current()["telegram"]
        if not setup.on or setup.values == self.told or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + ASK_AGAIN
        channel = connect.channel("telegram")
        try:
            introduce(channel)
            self.told = dict(setup.values)
        except ChannelError as error:
            log.warning("webhook not set", extra={"event": "telegram.webhook", "reason": error.reason})


_listening = Listening()
listen = _listening.ensure
