"""Conditions on facts."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from notifications import triggers

FACTS = {
    "type": "contract",
    "title": "Договор поставки, счёт",
    "pages": 6,
    "sum": Decimal("4860000.50"),
    "urgent": True,
    "due_at": datetime(2026, 11, 22, tzinfo=UTC),
    "number": "",
}


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        (["type", "is", "contract"], True),
        (["type", "is", "Contract"], True),
        (["type", "is_not", "act"], True),
        (["type", "in", ["act", "contract"]], True),
        (["type", "not_in", ["act"]], True),
        (["title", "contains", "счет"], True),
        (["pages", "more", "5"], True),
        (["pages", "less", "5"], False),
        (["sum", "more", "4860000,4"], True),
        (["due_at", "less", "2026-12-01"], True),
        (["urgent", "is", "true"], True),
        (["number", "empty", ""], True),
        (["absent", "empty", ""], True),
        (["absent", "more", "5"], False),
        (["title", "filled", ""], True),
        (["title", "more", "x1"], False),
    ],
)
def test_a_condition_holds_or_not(condition: list[Any], true: bool) -> None:
    assert triggers.holds(condition, FACTS) is true


def test_all_conditions_must_hold() -> None:
    wrong = ["pages", "is", 7]
    assert triggers.failing([["type", "is", "contract"], wrong], FACTS) == [wrong]


@pytest.mark.parametrize(
    "bad", [7, [["type"]], [["type", "like", "x"]], [["type", "in", "x"]], [["type", "is", ["x"]]]]
)
def test_what_cannot_be_evaluated_is_named(bad: Any) -> None:
    assert triggers.problems(bad)
