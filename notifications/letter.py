"""The frame of every e-mail: one button, a footer; no remote pictures, no scripts, under thirty kilobytes."""

from collections.abc import Mapping
from dataclasses import dataclass
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
FRAME = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
<meta name="color-scheme" content="light dark"><title>{subject}</title></head>
<body style="margin:0;padding:24px 12px;background:#F6F5F2;color:#191A1F;{font};font-size:16px;line-height:24px">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#FFFFFF;border-radius:14px">
<p style="margin:0 0 24px;font-weight:600;color:#4D4F58">{organisation}</p>
{body}
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


def finish(rendered: Rendered, context: Mapping[str, Any]) -> Rendered:
    """The whole letter: plain text with its links written out, and HTML around the same words."""
    links = [button for row in rendered.buttons for button in row if button.url]
    footer = _footer(context)
    text = "\n\n".join([rendered.text, *(f"{link.label}: {link.url}" for link in links), footer])
    body = (rendered.html or _paragraphs(rendered.text)) + "".join(_button(link) for link in links)
    html = FRAME.format(
        language=context["language"],
        subject=escape(rendered.subject),
        font=FONT,
        organisation=escape(context["organisation"]["name"]),
        body=body,
        footer="<br>".join(escape(line) for line in footer.splitlines()),
    )
    return Rendered(rendered.subject, text + "\n", html, rendered.buttons)


def _paragraphs(text: str) -> str:
    return "".join(
        f'<p style="margin:0 0 16px">{escape(part).replace(chr(10), "<br>")}</p>' for part in text.split("\n\n") if part
    )


def _button(link: Button) -> str:
    return BUTTON.format(url=escape(link.url or "", quote=True), label=escape(link.label))


def _footer(context: Mapping[str, Any]) -> str:
    words, organisation = WORDS[context["language"]], context["organisation"]
    lines = [words["automatic"], organisation["name"]]
    if organisation["phone"]:
        hours = f", {organisation['hours']}" if organisation["hours"] else ""
        lines.append(f"{words['phone']}: {organisation['phone']}{hours}")
    return "\n".join(lines)
