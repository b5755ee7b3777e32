"""Rows written by COPY are what they were."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organisation
from docflow.common import ids
from docflow.common.copying import copy
from notifications.models import Notification
from tests.factories import accounts

pytestmark = pytest.mark.django_db

ODD = ["", "\\N", "tab\tand\nline\r\n", "\\ \\\\ \\.", 'quote " and {brace}, comma', "«ёлочки» \u2028 🙂"]


@pytest.mark.parametrize("name", ODD)
def test_any_text_comes_back_as_it_was(name: str) -> None:
    one = ids.new_id()
    copy(Organisation, [{"id": one, "name": name}])
    assert Organisation.objects.get(pk=one).name == name


def notification(user: UUID | None, channels: list[str]) -> dict[str, Any]:
    return {
        "id": ids.new_id(), "event_id": None, "trigger_id": None, "revision": 0, "kind": "x", "subject_kind": "",
        "subject_id": None, "version": None, "recipient": "r", "role": "", "user_id": user, "dedup": "d", "live": False,
        "channels": channels, "mode": "all", "created_at": datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC),
    }  # fmt: skip


def test_numbers_moments_lists_and_nothing_come_back_as_they_were() -> None:
    row = notification(accounts.client().pk, ["email", 'a "b" \\ c', ""])
    copy(Notification, [row])
    assert Notification.objects.filter(pk=row["id"]).values(*row).get() == row


def test_nothing_is_copied_without_rows() -> None:
    copy(Organisation, [])
    assert not Organisation.objects.exists()


def test_a_row_that_breaks_a_rule_is_refused_as_the_orm_would() -> None:
    one = {"id": ids.new_id(), "name": "twice"}
    with pytest.raises(IntegrityError), transaction.atomic():
        copy(Organisation, [one, one])
