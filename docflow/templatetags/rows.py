"""Rows of long lists, put together without a template: in one, fifty of them cost more than the rest of the page."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from markupsafe import escape

from docflow.templatetags import ui

register = template.Library()


class Words(NamedTuple):
    """What every line says beside its values, as markup."""

    number: str
    stage: str
    author: str
    changed: str


@register.simple_tag
def document_rows(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """Documents in the staff's list: url, title, number, type_name, organisation_name, client_name, badge, …"""
    reader = ui.reader()
    words = _words(reader.language)
    return SafeString("".join([_line(row, words, reader) for row in rows]))


@lru_cache(maxsize=8)
def _words(_language: str | None) -> Words:
    return Words(
        number=_safe(gettext("No.\u00a0%s")),
        stage=_safe(gettext("In this stage")),
        author=_safe(gettext("Responsible")),
        changed=_safe(gettext("Changed")),
    )


def _safe(text: str) -> str:
    """As a plain string: what the library returns would escape all that is added to it."""
    return str(escape(text))


def _line(row: Mapping[str, Any], words: Words, reader: ui.Reader) -> str:
    title, under = _safe(row["title"]), _safe(row["type_name"])
    if row["number"]:
        title += " " + words.number % _safe(row["number"])
    if whose := row["organisation_name"] or row["client_name"]:
        under += " · " + _safe(whose)
    return f"""<tr>
  <td><a class="cell-title" href="{_safe(row["url"])}">{title}</a><span class="cell-under">{under}</span>\
{_snippet(row.get("snippet") or ())}</td>
  <td><span class="row row-wrap">{_badges(row)}</span></td>
  <td data-label="{words.stage}" class="nowrap{" late" if row.get("late") else ""}">{_age(row)}</td>
  <td>{_marks(row["deliveries"])}</td>
  <td data-label="{words.author}" class="nowrap">{_safe(row["author_name"])}</td>
  <td data-label="{words.changed}" class="nowrap hint">{ui.when_for(row["updated_at"], "short", reader)}</td>
</tr>"""


def _snippet(pieces: Iterable[tuple[str, bool]]) -> str:
    said = "".join([f"<mark>{_safe(piece)}</mark>" if hit else _safe(piece) for piece, hit in pieces])
    return f'<span class="snippet">…&nbsp;{said}&nbsp;…</span>' if said else ""


def _badges(row: Mapping[str, Any]) -> str:
    found = ui.badge(row["badge"], small=True)
    if row["priority"] == "urgent":
        found += format_html('<span class="badge in-row outlined">{}{}</span>', ui.icon("flame"), gettext("Urgent"))
    if row.get("untold"):
        found += format_html(
            '<span class="badge in-row red">{}{}</span>', ui.icon("bell-off"), gettext("Client not told")
        )
    return found


def _age(row: Mapping[str, Any]) -> str:
    age = _safe(ui.duration(row["age"]))
    return f"{ui.icon('alarm-clock')} {age}" if row.get("late") else age


def _marks(deliveries: Iterable[tuple[str, str]]) -> str:
    marks = "".join([ui.delivery_mark(channel, state) for channel, state in deliveries])
    return f'<span class="deliveries">{marks}</span>' if marks else ""
