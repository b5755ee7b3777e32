"""Time zones that a person may choose: Russia's first, then cities of the world."""

import zoneinfo
from datetime import datetime

from django.utils.translation import gettext_noop, pgettext

from docflow.common import clock

CITIES = {
    "Europe/Kaliningrad": gettext_noop("Kaliningrad"),
    "Europe/Moscow": gettext_noop("Moscow"),
    "Europe/Samara": gettext_noop("Samara"),
    "Asia/Yekaterinburg": gettext_noop("Yekaterinburg"),
    "Asia/Omsk": gettext_noop("Omsk"),
    "Asia/Novosibirsk": gettext_noop("Novosibirsk"),
    "Asia/Krasnoyarsk": gettext_noop("Krasnoyarsk"),
    "Asia/Irkutsk": gettext_noop("Irkutsk"),
    "Asia/Yakutsk": gettext_noop("Yakutsk"),
    "Asia/Vladivostok": gettext_noop("Vladivostok"),
    "Asia/Magadan": gettext_noop("Magadan"),
    "Asia/Kamchatka": gettext_noop("Kamchatka"),
    "UTC": gettext_noop("UTC"),
    "Europe/London": gettext_noop("London"),
    "Europe/Berlin": gettext_noop("Berlin"),
    "Europe/Istanbul": gettext_noop("Istanbul"),
    "Asia/Tbilisi": gettext_noop("Tbilisi"),
    "Asia/Yerevan": gettext_noop("Yerevan"),
    "Asia/Dubai": gettext_noop("Dubai"),
    "Asia/Almaty": gettext_noop("Almaty"),
    "Asia/Tashkent": gettext_noop("Tashkent"),
    "Asia/Kolkata": gettext_noop("Kolkata"),
    "Asia/Shanghai": gettext_noop("Shanghai"),
    "Asia/Tokyo": gettext_noop("Tokyo"),
    "Australia/Sydney": gettext_noop("Sydney"),
    "America/Sao_Paulo": gettext_noop("Sao Paulo"),
    "America/New_York": gettext_noop("New York"),
    "America/Chicago": gettext_noop("Chicago"),
    "America/Los_Angeles": gettext_noop("Los Angeles"),
}


def choices(present: str = "") -> list[tuple[str, str]]:
    """Names of zones and what a person reads; the present one is among them whatever it is."""
    names = list(CITIES) if present in CITIES or not present else [present, *CITIES]
    now = clock.now()
    return [(name, f"{city(name)} (UTC{_offset(name, now)})") for name in names]


def city(name: str) -> str:
    """The city whose clock it is, in the reader's language."""
    return pgettext("time zone", CITIES.get(name, name.rsplit("/", 1)[-1].replace("_", " ")))


def _offset(name: str, now: datetime) -> str:
    offset = now.astimezone(zoneinfo.ZoneInfo(name)).strftime("%z")
    return f"{offset[:3]}:{offset[3:]}".replace("-", "\u2212").removesuffix(":00")
