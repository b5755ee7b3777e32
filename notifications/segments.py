"""How many SMS a text is charged as. Most fit into one, so that is looked at first, without a step per character."""

from __future__ import annotations

from typing import Literal, NamedTuple

# GSM 03.38: the basic alphabet, and what needs an escape and so counts twice.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = frozenset("\f^{}\\[~]|€")
ALPHABET = BASIC | ESCAPED
ALONE = {"GSM-7": 160, "UCS-2": 70}
JOINED = {"GSM-7": 153, "UCS-2": 67}


class Segments(NamedTuple):
    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    segments: int

    @property
    def room(self) -> int:
        """Characters that fit into as many segments as the text takes now."""
        return ALONE[self.encoding] if self.segments <= 1 else JOINED[self.encoding] * self.segments


def segments(text: str) -> Segments:
    if ALPHABET.issuperset(text):
        total = len(text) + sum(map(text.count, ESCAPED))
        if total <= ALONE["GSM-7"]:
            return Segments("GSM-7", total, min(total, 1))
        widths = [2 if character in ESCAPED else 1 for character in text]
        return Segments("GSM-7", total, _joined(widths, JOINED["GSM-7"]))
    total = len(text.encode("utf-16-be")) // 2
    if total <= ALONE["UCS-2"]:
        return Segments("UCS-2", total, 1)
    widths = [len(character.encode("utf-16-be")) // 2 for character in text]
    return Segments("UCS-2", total, _joined(widths, JOINED["UCS-2"]))


def _joined(widths: list[int], room: int) -> int:
    """A character of two units is never cut between segments."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
