"""What the tests of accounts share."""

import pytest
from pytest_django.fixtures import Settings

from tests.accounts import sent


@pytest.fixture(autouse=True)
def letters(settings: Settings) -> list[sent.Sent]:
    """The codes and links that were sent; no messenger is set up."""
    settings.CODE_SENDER = "tests.accounts.sent.remember"
    settings.TELEGRAM_NAME = "tests.accounts.sent.no_bot"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    sent.kept.clear()
    return sent.kept
