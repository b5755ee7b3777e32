"""Time zones that a person may choose: Russia's first, then cities of the world."""

import zoneinfo
from datetime import datetime

from django.utils.translation import pgettext_lazy

from docflow.common import clock

CITIES = {
    "Europe/Kaliningrad": pgettext_lazy("time zone", "Kaliningrad"),
    "Europe/Moscow": pgettext_lazy("time zone", "Moscow"),
    "Europe/Samara": pgettext_lazy("time zone", "Samara"),
    "Asia/Yekaterinburg": pgettext_lazy("time zone", "Yekaterinburg"),
    "Asia/Omsk": pgettext_lazy("time zone", "Omsk"),
    "Asia/Novosibirsk": pgettext_lazy("time zone", "Novosibirsk"),
    "Asia/Krasnoyarsk": pgettext_lazy("time zone", "Krasnoyarsk"),
    "Asia/Irkutsk": pgettext_lazy("time zone", "Irkutsk"),
    "Asia/Yakutsk": pgettext_lazy("time zone", "Yakutsk"),
    "Asia/Vladivostok": pgettext_lazy("time zone", "Vladivostok"),
    "Asia/Magadan": pgettext_lazy("time zone", "Magadan"),
    "Asia/Kamchatka": pgettext_lazy("time zone", "Kamchatka"),
    "UTC": pgettext_lazy("time zone", "UTC"),
    "Europe/London": pgettext_lazy("time zone", "London"),
    "Europe/Berlin": pgettext_lazy("time zone", "Berlin"),
    "Europe/Istanbul": pgettext_lazy("time zone", "Istanbul"),
    "Asia/Tbilisi": pgettext_lazy("time zone", "Tbilisi"),
    "Asia/Yerevan": pgettext_lazy("time zone", "Yerevan"),
    "Asia/Dubai": pgettext_lazy("time zone", "Dubai"),
    "Asia/Almaty": pgettext_lazy("time zone", "Almaty"),
    "Asia/Tashkent": pgettext_lazy("time zone", "Tashkent"),
    "Asia/Kolkata": pgettext_lazy("time zone", "Kolkata"),
    "Asia/Shanghai": pgettext_lazy("time zone", "Shanghai"),
    "Asia/Tokyo": pgettext_lazy("time zone", "Tokyo"),
    "Australia/Sydney": pgettext_lazy("time zone", "Sydney"),
    "America/Sao_Paulo": pgettext_lazy("time zone", "Sao Paulo"),
    "America/New_York": pgettext_lazy("time zone", "New York"),
    "America/Chicago": pgettext_lazy("time zone", "Chicago"),
    "America/Los_Angeles": pgettext_lazy("time zone", "Los Angeles"),
}


def choices(present: str = "") -> list[tuple[str, str]]:
    """Names of zones and what a person reads; the present one is among them whatever it is."""
    names = list(CITIES) if present in CITIES or not present else [present, *CITIES]
    now = clock.now()
    return [(name, f"{city(name)} (UTC{_offset(name, now)})") for name in names]


def city(name: str) -> str:
    """The city whose clock it is, in the reader's language."""
    return str(CITIES.get(name) or name.rsplit("/", 1)[-1].replace("_", " "))


def _offset(name: str, now: datetime) -> str:
    offset = now.astimezone(zoneinfo.ZoneInfo(name)).strftime("%z")
    return f"{offset[:3]}:{offset[3:]}".replace("-", "\u2212").removesuffix(":00")
