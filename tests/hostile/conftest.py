"""People and their keys."""

import pytest

from accounts.models import Role, User
from tests.factories import documents as make
from tests.hostile.asking import key_of


@pytest.fixture
def staff() -> User:
    return make.person(Role.STAFF, is_seeded=True)


@pytest.fixture
def key(staff: User) -> dict[str, str]:
    """Headers of a program that may do everything its person may."""
    return key_of(staff)


@pytest.fixture(autouse=True)
def _demo(settings) -> None:
    """Seeded people sign in without a second factor; the second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False
