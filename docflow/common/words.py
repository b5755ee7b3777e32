"""Names that people give in both languages."""

from typing import Any

from django.utils import translation


def in_language(row: Any, name: str, language: str | None = None) -> str:
    """`row.<name>_ru` or `row.<name>_en`, in the given or the current language; the other one if it is empty."""
    language = (language or translation.get_language() or "en")[:2]
    first, second = ("ru", "en") if language == "ru" else ("en", "ru")
    return str(getattr(row, f"{name}_{first}") or getattr(row, f"{name}_{second}"))
