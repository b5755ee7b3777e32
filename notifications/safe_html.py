"""HTML that an administrator wrote and facts filled in: its addresses lead to the web, a mailbox or a phone only."""

import re
from html.parser import HTMLParser

LEADING = {"href", "src", "action", "formaction", "background", "poster", "data", "cite", "srcset", "xlink:href"}
ALLOWED = ("http://", "https://", "mailto:", "tel:", "#")
DOUBTFUL = re.compile(
    rf"""<!--|[\s"'/]on[^\s/=>]*\s*=|(?:{"|".join(sorted(LEADING))})\s*=\s*(?!["'](?:{"|".join(ALLOWED)}))""",
    re.IGNORECASE,
)
"""What no ordinary letter has; a match says only that its tags have to be read one by one."""
INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]")


def only_safe_addresses(html: str) -> str:
    """The same HTML without attributes that lead elsewhere (`javascript:`, `data:`, `file:`, …) or run scripts."""
    if not DOUBTFUL.search(html):
        return html
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def _is_safe(name: str, value: str | None) -> bool:
    if name.startswith("on"):
        return False
    return name not in LEADING or INVISIBLE.sub("", value or "").lower().startswith(ALLOWED)


class _Reader(HTMLParser):
    """Gives everything back as it stood, but for tags with an unsafe attribute."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        whole = self.get_starttag_text() or ""
        if all(_is_safe(name, value) for name, value in attrs):
            self.parts.append(whole)
            return
        kept = [f' {name}="{_escaped(value or "")}"' for name, value in attrs if _is_safe(name, value)]
        self.parts.append(f"<{tag}{''.join(kept)}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """Comments tell a reader nothing."""


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
