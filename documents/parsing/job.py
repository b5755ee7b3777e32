"""What a parser in the parsing process is given, and the answers it may yield."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from documents.parsing.results import Finding, Limits, Picture, Verdict


class Refused(Exception):
    """The file cannot be taken in."""

    def __init__(self, verdict: Verdict, pages: int = 0) -> None:
        super().__init__(verdict)
        self.verdict = verdict
        self.pages = pages


@dataclass(frozen=True)
class Job:
    """One document and what is wanted of it; `pictures` are the first and last page to draw."""

    kind: str
    data: bytearray
    want_text: bool
    pictures: tuple[int, int] | None
    limits: Limits

    def to_draw(self, pages: int) -> range:
        """The pages to draw, counted from 0."""
        first, last = self.pictures or (1, 0)
        return range(max(first, 1) - 1, min(last, pages))


@dataclass(frozen=True)
class Answer:
    """One message to the parent."""

    header: dict[str, Any]
    body: bytes = b""


Answers = Iterator[Answer]


def opened(pages: int, sizes: list[tuple[float, float]], findings: Sequence[Finding] = ()) -> Answer:
    """The file is sound."""
    return Answer({"is": "opened", "pages": pages, "sizes": sizes, "findings": list(findings)})


def texts(parts: Iterator[str], most: int) -> Answers:
    """The text, part by part, as far as the limit goes and without what no database stores."""
    for part in parts:
        text = part[:most].replace("\0", "")
        most -= len(text)
        yield Answer({"is": "text"}, text.encode(errors="ignore"))  # drops halves of characters


def drawing(page: int, kind: str, picture: Picture) -> Answer:
    """A drawn page or thumbnail, counted from 0 here and from 1 in the answer."""
    header = {"is": "picture", "page": page + 1, "kind": kind, "width": picture.width, "height": picture.height}
    return Answer(header, picture.data)
