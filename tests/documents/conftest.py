"""People who are signed in, and their documents."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Role, User
from tests.factories import documents as make


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser in which this person is signed in, with the second factor where one is due."""

    def signed_in(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend="accounts.backends.EmailBackend")
        return browser

    return signed_in


@pytest.fixture
def staff() -> User:
    return make.person(Role.STAFF, is_seeded=True)


@pytest.fixture(autouse=True)
def _demo(settings) -> None:
    """Seeded people sign in without a second factor; the second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False
