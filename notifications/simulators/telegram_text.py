"""Telegram's little HTML: what it accepts, what it refuses, and the same made safe for our page."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

PLAIN = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u", "s": "s", "strike": "s", "del": "s",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-spoiler": "span", "span": "span",
}  # fmt: skip


class BadMarkup(ValueError):
    """In Telegram's words."""


class _Rebuilt(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.html: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a" and tag not in PLAIN:
            raise BadMarkup(f'Unsupported start tag "{tag}"')
        self._open.append(tag)
        href = dict(attrs).get("href") or ""
        link = tag == "a" and href.startswith(("http://", "https://", "tg://"))
        self.html.append(anchor_start(href) if link else f"<{PLAIN.get(tag, 'span')}>")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise BadMarkup(f'Unexpected end tag "{tag}"')
        self.html.append("</a>" if tag == "a" else f"</{PLAIN[tag]}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        self.html.append(escape(data))

    def finish(self) -> tuple[str, str]:
        if self._open:
            raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{self._open[-1]}"')
        return "".join(self.text), "".join(self.html)


def anchor_start(href: str) -> str:
    return f'<a href="{escape(href)}" target="_blank" rel="noreferrer noopener">'


def read(markup: str) -> tuple[str, str]:
    """The text as a person reads it, and safe HTML for the page. Raises BadMarkup."""
    parser = _Rebuilt()
    parser.feed(markup)
    parser.close()
    return parser.finish()
