"""The list of channels. Adding one is a module, its tests and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from docflow import env
from notifications.channels.base import Channel, Field, missing

KINDS: dict[str, str] = {
    "email": "notifications.channels.email.EmailChannel",
    "sms": "notifications.channels.sms.SmsChannel",
    "telegram": "notifications.channels.telegram.TelegramChannel",
}

LABELS: dict[str, tuple[str | Promise, str | Promise]] = {
    "email": (_("E-mail"), _("Through your own mail server or a relay, by SMTP.")),
    "sms": (_("SMS"), _("Through a Twilio account: its SID, token and a sender number.")),
    "telegram": (
        _("Telegram"),
        _("Through a bot made with @BotFather. A person presses Start once, then it can write."),
    ),
}

SECURITY_BY_SCHEME = {
    "smtp": "",
    "smtp+starttls": "starttls",
    "smtp+tls": "starttls",
    "smtps": "tls",
    "smtp+ssl": "tls",
}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Description:
    """A channel as the settings pages need it, without opening it."""

    kind: str
    label: str | Promise
    help: str | Promise
    contact_kind: str
    has_receipts: bool
    unknown_policy: str
    unknown_wait: float
    fields: tuple[Field, ...]


def channel_class(kind: str) -> type[Channel]:
    module, _dot, name = KINDS[kind].rpartition(".")
    found: type[Channel] = getattr(import_module(module), name)
    return found


def open_channel(kind: str, settings: Mapping[str, str]) -> Channel:
    return channel_class(kind)({name: str(value) for name, value in settings.items()})


def describe(kind: str) -> Description:
    channel = channel_class(kind)
    label, text = LABELS[kind]
    return Description(
        kind=kind,
        label=label,
        help=text,
        contact_kind=channel.contact_kind,
        has_receipts=channel.has_receipts,
        unknown_policy=channel.unknown_policy,
        unknown_wait=channel.unknown_wait,
        fields=channel.settings_fields,
    )


def from_environment(kind: str) -> dict[str, str] | None:
    """The channel's settings as the environment gives them; None when it does not configure this channel."""
    if kind == "email":
        url = env.env_str("EMAIL_URL", "")
        return email_settings(url) if url else None
    fields = channel_class(kind).settings_fields
    values = {field.name: env.env_str(field.env, "") for field in fields if field.env}
    settings = {name: value for name, value in values.items() if value}
    return None if missing(fields, settings) else settings


def email_settings(url: str) -> dict[str, str]:
    """`smtp[+starttls|s]://user:password@host:port/?from=address&name=Sender` as settings of the e-mail channel.

    Plain `smtp://` means STARTTLS, except to this machine. Raises ValueError on a scheme or port it does not know.
    """
    parts = urlsplit(url)
    if parts.scheme not in SECURITY_BY_SCHEME or not parts.hostname:
        raise ValueError("EMAIL_URL must look like smtp+starttls://user:password@host:port/?from=address")
    security = SECURITY_BY_SCHEME[parts.scheme] or ("none" if parts.hostname in LOOPBACK else "starttls")
    query = dict(parse_qsl(parts.query))
    settings = {
        "host": parts.hostname,
        "port": str(parts.port or {"none": 25, "starttls": 587, "tls": 465}[security]),
        "security": security,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "from_address": query.get("from", ""),
        "from_name": query.get("name", ""),
    }
    return {name: value for name, value in settings.items() if value}
