"""When a rule applies: conditions on facts, and who the words for recipients mean. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import pgettext_lazy

OPERATORS = {
    "is": pgettext_lazy("condition", "is"),
    "is_not": pgettext_lazy("condition", "is not"),
    "in": pgettext_lazy("condition", "is one of"),
    "not_in": pgettext_lazy("condition", "is none of"),
    "contains": pgettext_lazy("condition", "contains"),
    "less": pgettext_lazy("condition", "is less than"),
    "more": pgettext_lazy("condition", "is more than"),
    "empty": pgettext_lazy("condition", "is empty"),
    "filled": pgettext_lazy("condition", "is filled in"),
}
Condition = Sequence[Any]


def failing(conditions: Iterable[Condition], facts: Mapping[str, Any]) -> list[Condition]:
    """Those conditions (all must hold) that do not; empty when the rule applies."""
    return [condition for condition in conditions if not holds(condition, facts)]


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether one [field, operator, value] is true of the facts; an unknown fact counts as empty."""
    field, operator, wanted = condition
    value = facts.get(field)
    match operator:
        case "is":
            return _same(value, wanted)
        case "is_not":
            return not _same(value, wanted)
        case "in":
            return any(_same(value, one) for one in wanted)
        case "not_in":
            return not any(_same(value, one) for one in wanted)
        case "contains":
            return _fold(wanted) in _fold(value)
        case "less" | "more":
            return _compare(value, wanted, operator)
        case "empty":
            return value in (None, "")
        case "filled":
            return value not in (None, "")
    return False


def problems(conditions: Any) -> list[str]:
    """What is wrong with conditions as stored or posted; empty when they can be evaluated."""
    if not isinstance(conditions, list):
        return ["not a list"]
    bad = []
    for condition in conditions:
        if not (isinstance(condition, list | tuple) and len(condition) == 3 and isinstance(condition[0], str)):
            bad.append(str(condition))
        elif condition[1] not in OPERATORS:
            bad.append(str(condition[1]))
        elif (condition[1] in ("in", "not_in")) != isinstance(condition[2], list):
            bad.append(str(condition[2]))
    return bad


def _fold(value: Any) -> str:
    return str("" if value is None else value).casefold().replace("ё", "е")


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool):
        return value == (wanted in (True, "true", "1", "yes", "on"))
    return _fold(value) == _fold(wanted)


def _compare(value: Any, wanted: Any, operator: str) -> bool:
    if value is None:
        return False
    try:
        if isinstance(value, datetime | date):
            text = value.isoformat()
            other = str(wanted)
            return text < other if operator == "less" else text > other
        left, right = Decimal(str(value)), Decimal(str(wanted).replace(",", "."))
    except ArithmeticError:
        return False
    return left < right if operator == "less" else left > right
