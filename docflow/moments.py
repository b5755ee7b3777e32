"""Times and durations in words, in the reader's language and time zone."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy

from docflow.common import clock

_SHORT_MONTHS = (
    pgettext_lazy("short month", "Jan"),
    pgettext_lazy("short month", "Feb"),
    pgettext_lazy("short month", "Mar"),
    pgettext_lazy("short month", "Apr"),
    pgettext_lazy("short month", "May"),
    pgettext_lazy("short month", "Jun"),
    pgettext_lazy("short month", "Jul"),
    pgettext_lazy("short month", "Aug"),
    pgettext_lazy("short month", "Sep"),
    pgettext_lazy("short month", "Oct"),
    pgettext_lazy("short month", "Nov"),
    pgettext_lazy("short month", "Dec"),
)


def short_month(number: int) -> str:
    """The month as a date says it: "12 Nov", in Russian in the genitive."""
    return str(_SHORT_MONTHS[number - 1])


def short(at: datetime, *, now: datetime | None = None) -> str:
    """ "10:42" today, "yesterday, 10:42", "12 Nov, 10:42" this year, with the year before that."""
    local = timezone.localtime(at)
    today = timezone.localtime(now or clock.now()).date()
    hour = f"{local:%H:%M}"
    return hour if local.date() == today else f"{_day(local.date(), today, get_language())}, {hour}"


def relative_day(day: date, today: date) -> str:
    """yesterday, today, tomorrow, or nothing."""
    far = (day - today).days
    if far not in (-1, 0, 1):
        return ""
    return {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}[far]


def calendar_day(day: date, today: date) -> str:
    """ "12 Nov" in the year that runs, "12 Nov 2024" otherwise; the parts never part at a line's end."""
    text = f"{day.day}\u00a0{short_month(day.month)}"
    return text if day.year == today.year else f"{text}\u00a0{day.year}"


def day_and_hour(at: datetime, *, now: datetime | None = None) -> str:
    """For deadlines and headings: the day is always said, "today, 10:42"."""
    local = timezone.localtime(at)
    today = timezone.localtime(now or clock.now()).date()
    return f"{_day(local.date(), today, get_language())}, {local:%H:%M}"


@lru_cache(maxsize=4096)  # the days of a list are few
def _day(day: date, today: date, _language: str | None) -> str:
    return relative_day(day, today) or calendar_day(day, today)


def long_day(day: date) -> str:
    """ "21 November 2025" in full, as a person writes it."""
    return _long_day(day, get_language())


@lru_cache(maxsize=4096)  # formatting one costs as much as a row of a list
def _long_day(day: date, language: str | None) -> str:
    return date_format(day, "j E Y" if language == "ru" else "j F Y")


def full(at: datetime) -> str:
    """The whole truth for a tooltip: date, seconds and zone."""
    local = timezone.localtime(at)
    return f"{long_day(local.date())}, {local:%H:%M:%S} ({zone_name()})"


def zone_name() -> str:
    """The city whose clock is meant, in the reader's language."""
    zone = timezone.get_current_timezone()
    return _city(getattr(zone, "key", None) or timezone.get_current_timezone_name(), get_language())


@lru_cache(maxsize=1024)
def _city(zone: str, _language: str | None) -> str:
    return pgettext("time zone", zone.rsplit("/", 1)[-1].replace("_", " "))


def span(length: timedelta) -> str:
    """ "14 s", "2 h 19 min", "3 d": the two largest parts, and one when that is enough; under a second says so."""
    seconds = max(0, round(length.total_seconds()))
    if not seconds:
        return _said(gettext("< %d s"), 1)
    if seconds < 60:
        return _said(gettext("%d s"), seconds)
    minutes = round(seconds / 60)
    if minutes < 60:
        return _said(gettext("%d min"), minutes)
    days, rest = divmod(minutes, 24 * 60)
    if not days:
        return _two(_said(gettext("%d h"), minutes // 60), _said(gettext("%d min"), minutes % 60), minutes % 60)
    return _two(_said(ngettext("%d day", "%d days", days), days), _said(gettext("%d h"), rest // 60), rest // 60)


def _said(words: str, number: int) -> str:
    return (words % number).replace(" ", "\u00a0")


def _two(large: str, little: str, worth_saying: int) -> str:
    return f"{large} {little}" if worth_saying else large


def left(until: datetime, *, now: datetime | None = None) -> str:
    """How long there still is, or that it is over."""
    remains = until - (now or clock.now())
    if remains.total_seconds() <= 0:
        return gettext("late by %s") % span(-remains)
    return gettext("%s left") % span(remains)
