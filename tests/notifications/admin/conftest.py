"""Screens for messages: an administrator's browser, channels that are set up, things with a past."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import User
from notifications import connect
from notifications.models import ChannelSettings
from tests.factories import accounts

SETTINGS = {
    "email": {"host": "127.0.0.1", "port": "2525", "security": "none", "from_address": "a@example.com"},
    "sms": {"account_sid": "AC1", "auth_token": "very-secret", "from_number": "+15005550006"},
}


@pytest.fixture
def boss(db: None) -> User:
    return accounts.administrator(name="Елена Орлова", language="en")


@pytest.fixture
def page(boss: User) -> Client:
    """An administrator's browser."""
    return accounts.browser(boss)


@pytest.fixture
def set_up(db: None) -> Iterator[None]:
    """E-mail and SMS are set up, Telegram is not."""
    for kind, values in SETTINGS.items():
        row = ChannelSettings(kind=kind, enabled=True)
        row.values = values
        row.save(force_insert=True)
    connect.forget()
    yield
    connect.forget()
