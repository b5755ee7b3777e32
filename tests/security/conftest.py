"""What the tests of the list share: where codes and links go, and nobody let off the second factor."""

import pytest
from pytest_django.fixtures import Settings

from tests.accounts import sent


@pytest.fixture
def letters(settings: Settings) -> list[sent.Sent]:
    """The codes and links that were sent, instead of any channel."""
    settings.CODE_SENDER = "tests.accounts.sent.remember"
    sent.kept.clear()
    return sent.kept
