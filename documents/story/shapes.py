"""The plain pieces that pages of documents are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol


@dataclass(frozen=True)
class Tab:
    """A filter or a version to choose."""

    label: str
    url: str
    current: bool
    count: int | str | None = None


class Crumb(NamedTuple):
    """A way up."""

    label: str
    url: str | None = None


@dataclass
class Node:
    """One stop on the way of a document; `took` leads to the next one."""

    label: str
    icon: str
    state: str
    at: datetime | None = None
    note: str = ""
    took: timedelta | None = None
    slowest: bool = False


@dataclass(frozen=True)
class PersonStep:
    """Who decides at a step of the route, and what became of it."""

    name: str
    state: str
    position: str = ""
    at: datetime | None = None
    comment: str = ""
    me: bool = False


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    kind: str
    icon: str
    tone: str
    text: str
    at: datetime
    name: str = ""
    actor: str = ""
    note: str = ""
    comment: str = ""
    steps: tuple[tuple[str, timedelta | None], ...] = ()
    href: str = ""
    href_label: str = ""


@dataclass(frozen=True)
class Act:
    """Something the reader may do; `asks` names what the sheet wants before it happens."""

    name: str
    label: str
    icon: str
    url: str
    primary: bool = False
    asks: str | None = None
    title: str = ""
    explain: str = ""
    danger: bool = False
    method: str = "post"


@dataclass(frozen=True)
class Line:
    """A line of what is going on now."""

    icon: str
    text: str
    value: str = ""
    act: Act | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Now:
    """What is happening, what comes next, who moves."""

    tone: str
    icon: str
    title: str
    text: str
    rows: tuple[Line, ...] = ()


class Telling(Protocol):
    """What this app reads of the panel "deliveries"; whoever offers it shows the rest by itself."""

    deliveries: Sequence[Any]
    why: str
    untold: bool


@dataclass(frozen=True)
class Page:
    """A page as a picture."""

    number: int
    url: str
    width: int
    height: int
    thumb_url: str = ""
