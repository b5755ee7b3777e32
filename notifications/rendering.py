"""Texts from a pinned template version in the reader's language: Liquid over plain data, nothing else within reach."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from liquid import Environment
from liquid.exceptions import LiquidError

from accounts.models import Installation
from notifications import filters, letter
from notifications.channels.base import Button
from notifications.letter import Rendered
from notifications.models import TemplateVersion
from notifications.safe_html import only_safe_addresses
from notifications.segments import segments
from notifications.swift import Text

TAGS = ("if", "unless", "case", "for", "break", "continue", "comment")
LONGEST, MOST_MARKS = 20_000, 500  # characters and marks of one part; the parser's time grows with their square
WEB = ("http://", "https://")
INNER = ("literal", "content", "output", "illegal")
KEPT = 500
# What a short message gives up, in this order, to stay within one segment; never the link.
GIVEN_UP: tuple[Mapping[str, Any], ...] = (
    {},
    {"due_at": None},
    {"due_at": None, "number": None},
    {"due_at": None, "number": None, "type_name": ""},
)


class Limited(Environment):
    """Bounds for a text that loops or nests too much: it fails instead of eating the worker."""

    loop_iteration_limit = 1000
    output_stream_limit = 100_000
    context_depth_limit = 10
    block_nesting_limit = 10


class CannotRender(Exception):
    """The template is broken; the message of the parser."""


@dataclass(frozen=True)
class Compiled:
    subject: Text
    text: Text
    html: Text | None
    buttons: tuple[tuple[tuple[Text, Text | None, str | None], ...], ...]


@lru_cache(maxsize=8)
def environment(language: str, *, escape: bool) -> Environment:
    """The language of templates, cut down to what is allowed."""
    made = Limited(autoescape=escape)
    made.tags = {name: tag for name, tag in made.tags.items() if name in TAGS or name in INNER}
    made.filters = dict(filters.for_language(language))
    return made


def compile_version(version: TemplateVersion, language: str) -> Compiled:
    """Parse all parts. Raises CannotRender with the place of the mistake."""
    plain, escaping = environment(language, escape=False), environment(language, escape=True)
    if any(map(_is_unbounded, (version.subject, version.text, version.html))):
        raise CannotRender(_("The text is too long or has too many marks. Shorten it."))
    try:
        return Compiled(
            subject=Text(plain.from_string(version.subject)),
            text=Text(plain.from_string(version.text)),
            html=Text(escaping.from_string(version.html)) if version.html else None,
            buttons=tuple(
                tuple(
                    (
                        Text(plain.from_string(button["label"])),
                        Text(plain.from_string(button["url"])) if button.get("url") else None,
                        button.get("act") or None,
                    )
                    for button in row
                )
                for row in version.buttons
            ),
        )
    except (LiquidError, KeyError, TypeError, RecursionError) as error:
        raise CannotRender(str(error)) from error


def _is_unbounded(part: str) -> bool:
    return len(part) > LONGEST or part.count("{{") + part.count("{%") > MOST_MARKS


class _Kept:
    """Compiled templates by version; a version never changes."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: OrderedDict[tuple[UUID, str], Compiled] = OrderedDict()

    def get(self, ids: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Compiled]:
        wanted = set(ids)
        with self.lock:
            missing = {key for key in wanted if key not in self.known}
        if missing:
            rows = TemplateVersion.objects.in_bulk({key[0] for key in missing})
            made = {key: compile_version(rows[key[0]], key[1]) for key in missing}
            with self.lock:
                self.known.update(made)
                while len(self.known) > KEPT:
                    self.known.popitem(last=False)
        with self.lock:
            return {key: self.known[key] for key in wanted if key in self.known}


_kept = _Kept()
compiled = _kept.get


def render(parts: Compiled, context: Mapping[str, Any], *, channel: str, key: str = "") -> Rendered:
    """Fill one compiled version with `context`. Raises CannotRender."""
    context = {name: None if value == "" else value for name, value in context.items()}  # empty is true in Liquid
    try:
        if channel == "sms":
            return Rendered("", _one_segment(parts.text, context), None, ())
        buttons = _buttons(parts, context, key)
        subject = " ".join(parts.subject.render(context).split())
        text = parts.text.render(context).strip()
        html = only_safe_addresses(parts.html.render(context).strip()) if parts.html else None
    except (LiquidError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise CannotRender(str(error)) from error
    if channel == "email":
        return letter.finish(Rendered(subject, text, html, buttons), context)
    return Rendered(subject, text, html, buttons)


def _one_segment(template: Text, context: Mapping[str, Any]) -> str:
    text = ""
    for given_up in GIVEN_UP:
        text = " ".join(template.render({**context, **given_up}).split())
        if segments(text).segments <= 1:
            return text
    return text


def _buttons(parts: Compiled, context: Mapping[str, Any], key: str) -> tuple[tuple[Button, ...], ...]:
    rows = []
    for row in parts.buttons:
        made = [
            Button(label.render(context).strip(), url.render(context).strip() if url else None, act and f"{act}:{key}")
            for label, url, act in row
        ]
        shown = tuple(button for button in made if button.label and (button.act or (button.url or "").startswith(WEB)))
        if shown:
            rows.append(shown)
    return tuple(rows)


def context_of(
    facts: Mapping[str, Any],
    *,
    language: str,
    zone: str,
    installation: Installation,
    name: str = "",
    address_as: str = "",
    link: str = "",
) -> dict[str, Any]:
    """Everything a text may use: facts in one language and the reader's time, who reads, who writes, the link."""
    return {
        **localised(facts, language, zone),
        "language": language,
        "link": link,
        "recipient": {"name": name, "address_as": address_as or name},
        "organisation": {
            "name": getattr(installation, f"name_{language}"),
            "short_name": getattr(installation, f"short_name_{language}"),
            "phone": installation.phone,
            "hours": getattr(installation, f"hours_{language}"),
        },
    }


def localised(facts: Mapping[str, Any], language: str, zone: str) -> dict[str, Any]:
    """Fold `x_ru` and `x_en` into `x`, and put moments into the reader's time zone."""
    folded = {name: facts[field] for field, name in _folding(tuple(facts), language)}
    for name, value in folded.items():
        if type(value) is datetime:
            folded[name] = value.astimezone(ZoneInfo(zone))
    return folded


@lru_cache(maxsize=64)
def _folding(fields: tuple[str, ...], language: str) -> tuple[tuple[str, str], ...]:
    """Which field each name takes its value from: pairs of both."""
    names: dict[str, str] = {}
    for field in fields:
        stem, _underscore, tail = field.rpartition("_")
        if tail not in ("ru", "en") or not stem:
            names[field] = field
        elif tail == language or stem not in names:
            names[stem] = field
    return tuple((field, name) for name, field in names.items())


def check(subject: str, text: str, html: str, buttons: Sequence[Any], language: str) -> list[str]:
    """What the parser says against a text; empty when it can be saved."""
    try:
        compile_version(TemplateVersion(subject=subject, text=text, html=html, buttons=list(buttons)), language)
    except CannotRender as error:
        return [str(error)]
    return []
