"""Which channels are on, with which settings, and one open channel object per kind and process.

What the administrator sets wins over the environment.
"""

import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import cast

from notifications.channels import base, registry
from notifications.channels.base import Bot, Channel, ChannelError, Field, missing
from notifications.models import ChannelSettings

FRESH = 2.0


@dataclass(frozen=True)
class Setup:
    """The settings in force for one channel and where they come from."""

    kind: str
    on: bool
    values: dict[str, str]
    source: str
    """admin, environment or none"""


def setups() -> dict[str, Setup]:
    """The present settings of every channel kind, in one query."""
    rows = ChannelSettings.objects.in_bulk()
    return {kind: _setup(kind, rows.get(kind)) for kind in registry.KINDS}


def _setup(kind: str, row: ChannelSettings | None) -> Setup:
    own = row.values if row else {}
    outside = registry.from_environment(kind)
    values = own or outside or {}
    complete = bool(values) and not missing(_fields(kind), values)
    wanted = row.enabled if row and row.enabled is not None else True
    return Setup(kind, complete and wanted, values, "admin" if own else "environment" if outside else "none")


def on() -> dict[str, str]:
    """Channels that are on, with the kind of address each needs."""
    return {kind: registry.describe(kind).contact_kind for kind, setup in current().items() if setup.on}


class _Open:
    """Channel objects of this process, reopened when their settings change."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.setups: dict[str, Setup] = {}
        self.read_at = -FRESH
        self.channels: dict[str, tuple[dict[str, str], Channel]] = {}

    def current(self) -> dict[str, Setup]:
        with self.lock:
            if time.monotonic() - self.read_at >= FRESH:
                self.setups = setups()
                self.read_at = time.monotonic()
            return self.setups

    def channel(self, kind: str) -> Channel:
        values = self.current()[kind].values
        with self.lock:
            known = self.channels.get(kind)
            if known and known[0] == values:
                return known[1]
            channel = registry.open_channel(kind, values)
            self.channels[kind] = (values, channel)
        if known:
            known[1].close()
        return channel

    def forget(self) -> None:
        with self.lock:
            opened, self.channels, self.read_at = list(self.channels.values()), {}, -FRESH
        for _values, channel in opened:
            channel.close()


def current() -> dict[str, Setup]:
    """As `setups`, at most two seconds old: asked for on every group of messages."""
    return _open.current()


def channel(kind: str) -> Channel:
    """The open channel of this kind."""
    return _open.channel(kind)


def agreed_rate(kind: str) -> float | None:
    """Messages per second agreed with the provider beyond the usual; None when nothing was."""
    return base.positive(current()[kind].values.get("per_second", ""))


def forget() -> None:
    """Close everything and read the settings anew: after a change in this process."""
    _open.forget()


def bot_name() -> str:
    """The name of our Telegram bot, or nothing while Telegram is off or does not answer."""
    if not current()["telegram"].on:
        return ""
    try:
        return cast("Bot", channel("telegram")).bot_username()
    except ChannelError:
        return ""


@cache
def _fields(kind: str) -> tuple[Field, ...]:
    return registry.describe(kind).fields


_open = _Open()
