"""The frame of every e-mail: one button, a footer; no remote pictures, no scripts, under thirty kilobytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from notifications.channels.base import Button

WORDS = {
    "ru": {"phone": "Телефон", "automatic": "Вопросы? Ответьте на это письмо."},
    "en": {"phone": "Phone", "automatic": "Questions? Reply to this e-mail."},
}
FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
BUTTON = (
    '<p style="margin:28px 0"><a href="{url}" style="display:inline-block;padding:14px 24px;'
    'border-radius:9px;background:#2C4BD0;color:#FFFFFF;font-weight:600;text-decoration:none">{label}</a></p>'
)
HEAD = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
<meta name="color-scheme" content="light dark"><title>"""
TOP = """</title></head>
<body style="margin:0;padding:24px 12px;background:#F6F5F2;color:#191A1F;{font};font-size:16px;line-height:24px">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#FFFFFF;border-radius:14px">
<p style="margin:0 0 24px;font-weight:600;color:#4D4F58">{organisation}</p>
"""
END = """
</div>
<div style="max-width:560px;margin:0 auto;padding:20px 32px;color:#66686F;font-size:13px;line-height:18px">\
{footer}</div>
</body></html>
"""


@dataclass(frozen=True)
class Rendered:
    """What the person will read."""

    subject: str
    text: str
    html: str | None
    buttons: tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Frame:
    """What all letters of one language have around their words."""

    head: str
    top: str
    end: str
    footer: str


def finish(rendered: Rendered, context: Mapping[str, Any]) -> Rendered:
    """The whole letter: plain text with its links written out, and HTML around the same words."""
    links = [button for row in rendered.buttons for button in row if button.url]
    about = context["organisation"]
    frame = _frame(context["language"], about["name"], about["phone"], about["hours"])
    text = "\n\n".join([rendered.text, *(f"{link.label}: {link.url}" for link in links), frame.footer])
    body = (rendered.html or _paragraphs(rendered.text)) + "".join(map(_button, links))
    html = f"{frame.head}{escape(rendered.subject)}{frame.top}{body}{frame.end}"
    return Rendered(rendered.subject, text + "\n", html, rendered.buttons)


@lru_cache(maxsize=8)
def _frame(language: str, organisation: str, phone: str, hours: str) -> Frame:
    footer = _footer(WORDS[language], organisation, phone, hours)
    return Frame(
        head=HEAD.format(language=language),
        top=TOP.format(font=FONT, organisation=escape(organisation)),
        end=END.format(footer="<br>".join(escape(line) for line in footer.splitlines())),
        footer=footer,
    )


def _paragraphs(text: str) -> str:
    return "".join(
        f'<p style="margin:0 0 16px">{escape(part).replace(chr(10), "<br>")}</p>' for part in text.split("\n\n") if part
    )


def _button(link: Button) -> str:
    return BUTTON.format(url=escape(link.url or "", quote=True), label=escape(link.label))


def _footer(words: Mapping[str, str], organisation: str, phone: str, hours: str) -> str:
    lines = [words["automatic"], organisation]
    if phone:
        lines.append(f"{words['phone']}: {phone}" + (f", {hours}" if hours else ""))
    return "\n".join(lines)
