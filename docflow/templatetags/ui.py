"""Building blocks of every page: icons, badges, times, people, fields. `{% load ui %}`."""

import json
import zlib
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from markupsafe import escape

from docflow import moments, states_ui

register = template.Library()

PERSON_TONES = ("blue", "amber", "green", "violet", "red", "grey")


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """One outline of the sprite; silent beside a word, named when it stands alone."""
    return _icon(name, size, str(label))


@lru_cache(maxsize=1024)  # a list of fifty documents shows some three hundred
def _icon(name: str, size: int, label: str) -> SafeString:
    source = f"{static('icons.svg')}#{name}"
    css = "icon" if size == 16 else f"icon icon-{size}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, source)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, source)


def _badge(look: states_ui.Look, label: str = "", small: bool = False) -> SafeString:
    css = f"badge {look.tone}{' in-row' if small else ''}"
    return format_html('<span class="{}">{}{}</span>', css, icon(look.icon), label or look.label)


@register.simple_tag
def badge(state: str, client: bool = False, small: bool = False) -> SafeString:
    """A document's state: icon and word on its tone."""
    return _document_badge(str(state), client, small, get_language())


@lru_cache(maxsize=1024)  # a language is a part of what is asked: words are looked up once
def _document_badge(state: str, client: bool, small: bool, _language: str | None) -> SafeString:
    return _badge(states_ui.document(state, client=client), small=small)


@register.simple_tag
def delivery_badge(state: str, label: str = "", small: bool = True) -> SafeString:
    """A delivery's state; `label` says more, such as "At the 2nd attempt"."""
    return _badge(states_ui.delivery(state), label, small=small)


@register.simple_tag
def delivery_mark(channel: str, state: str) -> SafeString:
    """A channel's icon in the tone of its state, with both words for who cannot see it."""
    return _delivery_mark(str(channel), str(state), get_language())


@lru_cache(maxsize=1024)
def _delivery_mark(channel: str, state: str, _language: str | None) -> SafeString:
    way, look = states_ui.CHANNELS.get(channel, states_ui.UNKNOWN), states_ui.delivery(state)
    words = f"{way.label}: {look.label}"
    return format_html(
        '<span class="delivery-mark {}" title="{}">{}</span>', look.tone, words, icon(way.icon, 16, words)
    )


@register.simple_tag
def channel_icon(channel: str) -> SafeString:
    """The outline of a channel."""
    return icon(states_ui.CHANNELS.get(channel, states_ui.UNKNOWN).icon)


@register.filter
def channel_name(channel: str) -> str:
    """The channel in words."""
    return str(states_ui.CHANNELS.get(channel, states_ui.UNKNOWN).label)


@register.filter
def state_word(state: str) -> str:
    """A document's state in words alone."""
    return str(states_ui.document(state).label)


@register.simple_tag
def step_mark(state: str) -> SafeString:
    """How a person of the route stands: a coloured outline with its word."""
    look = states_ui.PERSON_STEP.get(state, states_ui.UNKNOWN)
    return format_html('<span class="toned {}">{}</span>', look.tone, icon(look.icon, 16, str(look.label)))


@register.simple_tag
def priority_chip(priority: str) -> SafeString:
    """Urgent is an outlined chip; normal is nothing."""
    if priority != "urgent":
        return SafeString()
    return format_html('<span class="badge outlined">{}{}</span>', icon("flame"), gettext("Urgent"))


class Reader(NamedTuple):
    """What decides how a moment is said."""

    zone: tzinfo
    language: str | None
    today: date


def reader() -> Reader:
    """Whoever the page is made for now."""
    return Reader(timezone.get_current_timezone(), get_language(), timezone.localdate())


@register.simple_tag
def when(at: datetime | None, style: str = "short") -> SafeString:
    """A `<time>`: `short` in lists, `day` where the day must be said, `date` without the hour."""
    return SafeString() if at is None else when_for(at, style, reader())


@lru_cache(maxsize=8192)  # lists show the same moments again and again
def when_for(at: datetime, style: str, _by: Reader) -> SafeString:
    """As `when`, for many moments on one page."""
    text = {"short": moments.short, "day": moments.day_and_hour, "date": _only_day, "seconds": _seconds}[style](at)
    return SafeString(f'<time datetime="{at.isoformat()}" title="{escape(moments.full(at))}">{escape(text)}</time>')


def _only_day(at: datetime) -> str:
    return moments.day_and_hour(at).rsplit(",", 1)[0]


def _seconds(at: datetime) -> str:
    return moments.short(at) + f":{at:%S}"


@register.filter
def full_date(at: datetime) -> str:
    """Date, time and zone in words."""
    return moments.full(at)


@register.filter
def duration(length: timedelta | None) -> str:
    """ "2 h 19 min"."""
    return "" if length is None else moments.span(length)


@register.filter
def left(until: datetime) -> str:
    """ "1 day 7 h left", or how late it is."""
    return moments.left(until)


@register.simple_tag
def zone() -> str:
    """The city whose clock the page shows."""
    return moments.zone_name()


@register.filter
def initials(name: str) -> str:
    """Two letters: of the first two words, or of the only one."""
    words = [word for word in name.replace("«", " ").replace("»", " ").replace('"', " ").split() if word[0].isalpha()]
    letters = [word[0] for word in words[:2]]
    return "".join(letters).upper()


def person_tone(name: str) -> str:
    """The same person always has the same colour."""
    return PERSON_TONES[zlib.crc32(name.encode()) % len(PERSON_TONES)]


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """Initials on a tone of the person's own; decoration, since the name stands beside it."""
    name = person if isinstance(person, str) else str(getattr(person, "name", "") or "")
    css = f"avatar {person_tone(name)} {size}".strip()
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initials(name))


@register.inclusion_tag("_partials/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """Label, control, hint and error, tied together for who listens to the page."""
    hint_text = hint or bound.help_text
    described = [f"{bound.id_for_label}-hint"] if hint_text else []
    described += [f"{bound.id_for_label}-error"] if bound.errors else []
    attrs: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {"bound": bound, "hint": hint_text, "control": bound.as_widget(attrs=attrs), "kind": _kind(bound)}


def _kind(bound: BoundField) -> str:
    kinds = {"checkbox": "check", "radioselect": "group", "checkboxselectmultiple": "group"}
    return kinds.get(bound.widget_type, "line")


@register.filter
def filesize_ru(size: int | None) -> str:
    """ "1.2 MB" in English, "1,2 МБ" in Russian; the unit never leaves its number."""
    if size is None:
        return ""
    amount, units = float(size), [gettext("B"), gettext("KB"), gettext("MB"), gettext("GB")]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    digits = 1 if amount < 10 and amount != int(amount) else 0
    return f"{number_format(round(amount, digits), digits)}\u00a0{units[0]}"


@register.filter
def number_sign(number: str) -> str:
    """ "No. 418" with a space that does not break; nothing for nothing."""
    return gettext("No.\u00a0%s") % number if number else ""


@register.filter
def fingerprint(value: str) -> str:
    """The ends of a long digest in groups of four."""
    return f"{value[:4]}\u00a0{value[4:8]}\u00a0…\u00a0{value[-4:]}" if len(value) > 16 else value


@register.filter
def page_id(number: int) -> str:
    """The anchor of a page of the viewer."""
    return f"page-{number}"


# One number that stands for each category of the browser's Intl.PluralRules.
_EXAMPLES = {"ru": {"one": 1, "few": 2, "many": 5, "other": 5}, "en": {"one": 1, "other": 2}}


@register.simple_tag
def plural_forms(singular: str, plural: str) -> str:
    """JSON of category → sentence, `%d` left in it, for sentences that the browser completes."""
    examples = _EXAMPLES[(get_language() or "en")[:2]]
    return json.dumps({category: ngettext(singular, plural, number) for category, number in examples.items()})
