"""What the parent and the parsing process tell each other about. Imported by both: no Django here."""

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """Whether a file can be taken in; all but OK are the sender's to mend."""

    OK = "ok"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    BOMB = "bomb"
    TOO_MANY_PAGES = "too_many_pages"
    STARTS_PROGRAM = "starts_program"


class Finding(StrEnum):
    """What a sound file does by itself in its reader's program; people are told before they open it."""

    SCRIPTS = "scripts"
    SENDS = "sends"
    FILES = "files"
    OUTSIDE = "outside"


class ParserDied(Exception):
    """The parsing process crashed, ran out of a limit, or answered nonsense; the same file may do it again."""


class ParserUnavailable(Exception):
    """No parsing process can be started here; says why."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one parsing process."""

    wall_seconds: float = 60
    cpu_seconds: int = 30
    memory: int = 1024 * 1024 * 1024
    pages: int = 2000
    text: int = 8 * 1024 * 1024  # characters in all
    pixels: int = 150_000_000  # of one picture
    unpacked: int = 256 * 1024 * 1024  # bytes of one archive
    members: int = 10_000


@dataclass(frozen=True)
class Picture:
    """WebP bytes and their size in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class PageResult:
    """One page, counted from 1, drawn to read and to find."""

    number: int
    picture: Picture
    thumbnail: Picture


@dataclass
class Examined:
    """What was found. `pages` is 0 where the format has no fixed pages; its text then comes in one part or more.

    `sizes` are widths and heights of pages, in points or pixels: only their ratio means anything.
    """

    verdict: Verdict
    pages: int = 0
    text_by_page: list[str] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
