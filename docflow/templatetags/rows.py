"""Rows of long lists, put together without a template: in one, fifty of them cost more than the rest of the page."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from docflow.templatetags import ui

register = template.Library()

ROW = """<tr>
  <td><a class="cell-title" href="{url}">{title}</a><span class="cell-under">{under}</span>{snippet}</td>
  <td><span class="row row-wrap">{badges}</span></td>
  <td data-label="{stage_label}" class="nowrap{late}">{age}</td>
  <td>{marks}</td>
  <td data-label="{author_label}" class="nowrap">{author}</td>
  <td data-label="{changed_label}" class="nowrap hint">{changed}</td>
</tr>"""
MARK, PLAIN = "<mark>{}</mark>", "{}"


@register.simple_tag
def document_row(row: Mapping[str, Any]) -> SafeString:
    """A document in the staff's list: url, title, number, type_name, organisation_name, client_name, badge, …"""
    number, whose = ui.number_sign(row["number"]), row["organisation_name"] or row["client_name"]
    return format_html(
        ROW,
        url=row["url"],
        title=f"{row['title']} {number}" if number else row["title"],
        under=f"{row['type_name']} · {whose}" if whose else row["type_name"],
        snippet=_snippet(row.get("snippet") or ()),
        badges=_badges(row),
        **_labels(get_language()),
        late=" late" if row.get("late") else "",
        age=_age(row),
        marks=_marks(row["deliveries"]),
        author=row["author_name"],
        changed=ui.when(row["updated_at"]),
    )


@lru_cache(maxsize=8)
def _labels(_language: str | None) -> dict[str, str]:
    return {
        "stage_label": gettext("In this stage"),
        "author_label": gettext("Responsible"),
        "changed_label": gettext("Changed"),
    }


def _snippet(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    said = format_html_join("", "{}", ((format_html(MARK if hit else PLAIN, piece),) for piece, hit in pieces))
    return format_html('<span class="snippet">…&nbsp;{}&nbsp;…</span>', said) if said else SafeString()


def _badges(row: Mapping[str, Any]) -> SafeString:
    found = ui.badge(row["badge"], small=True)
    if row["priority"] == "urgent":
        found += format_html('<span class="badge in-row outlined">{}{}</span>', ui.icon("flame"), gettext("Urgent"))
    if row.get("untold"):
        found += format_html(
            '<span class="badge in-row red">{}{}</span>', ui.icon("bell-off"), gettext("Client not told")
        )
    return found


def _age(row: Mapping[str, Any]) -> str:
    age = ui.duration(row["age"])
    return format_html("{} {}", ui.icon("alarm-clock"), age) if row.get("late") else age


def _marks(deliveries: Iterable[tuple[str, str]]) -> SafeString:
    marks = format_html_join("", "{}", ((ui.delivery_mark(channel, state),) for channel, state in deliveries))
    return format_html('<span class="deliveries">{}</span>', marks) if marks else SafeString()
