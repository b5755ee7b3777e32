"""The few filters that texts may use. Each takes plain values and gives at most ten kilobytes."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

from markupsafe import Markup

LIMIT = 10_000
NBSP = "\N{NO-BREAK SPACE}"
MONTHS = {
    "ru": [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
MONTHS_SHORT = {
    "ru": ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
Filter = Callable[..., Any]


def for_language(language: str) -> Mapping[str, Filter]:
    """All filters, speaking one language."""
    russian = language == "ru"
    filters: dict[str, Filter] = {
        "date": lambda value, form="long": moment(value, str(form), language),
        "money": lambda value, sign="₽": f"{number(value, russian)}{NBSP}{sign}" if value not in (None, "") else "",
        "number": lambda value: number(value, russian),
        "upcase": lambda value: _text(value).upper(),
        "downcase": lambda value: _text(value).lower(),
        "truncate": lambda value, length=50: truncate(_text(value), length),
        "default": lambda value, other="": other if value is None or _text(value) == "" else value,
        "plural": lambda value, *forms: plural(value, forms, russian),
    }
    return {name: _limited(one) for name, one in filters.items()}


def _limited(one: Filter) -> Filter:
    @wraps(one)
    def limited(value: Any, *arguments: Any) -> Any:
        result = one(value, *arguments)
        return result[:LIMIT] if isinstance(result, str) else result

    return limited


def _text(value: Any) -> str:
    if isinstance(value, Markup):
        return value
    return "" if value is None else str(value)


def moment(value: Any, form: str, language: str) -> str:
    """`long` 22 ноября, 18:00 · `day` 22 ноября · `short` 22 ноя · `time` 18:00 · `year` 22 ноября 2026."""
    if not isinstance(value, date):
        return _text(value)
    month = MONTHS[language][value.month - 1]
    day = f"{value.day}{NBSP}{month}"
    if form == "short":
        return f"{value.day} {MONTHS_SHORT[language][value.month - 1]}"
    if form == "year":
        return f"{day} {value.year}"
    clock = f"{value.hour:02}:{value.minute:02}" if isinstance(value, datetime) else ""
    if form == "time":
        return clock
    return f"{day}, {clock}" if clock and form == "long" else day


def number(value: Any, russian: bool) -> str:
    """4 860 000,5 or 4,860,000.5; what is no number stays as it is."""
    try:
        plain = Decimal(str(value))
    except InvalidOperation:
        return _text(value)
    if not plain.is_finite() or plain.adjusted() > 30:
        return _text(value)
    text = f"{plain:,f}"
    return text.replace(",", NBSP).replace(".", ",") if russian else text


def truncate(text: str, length: Any) -> str:
    """At most `length` characters, an ellipsis among them."""
    try:
        most = max(1, int(length))
    except (TypeError, ValueError):
        most = 50
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plural(value: Any, forms: tuple[Any, ...], russian: bool) -> str:
    """The form that goes with the number: three forms in Russian (1, 2, 5), two in English (1, 2)."""
    try:
        count = abs(int(value))
    except (TypeError, ValueError):
        count = 0
    if not forms:
        return ""
    index = _russian_form(count) if russian else int(count != 1)
    return _text(forms[min(index, len(forms) - 1)])


def _russian_form(count: int) -> int:
    if count % 10 == 1 and count % 100 != 11:
        return 0
    return 1 if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else 2
