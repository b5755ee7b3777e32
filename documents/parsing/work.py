"""Inside the parsing process: take one document from the line, answer with what it is and holds."""

import socket
from typing import Any

from documents.parsing import images, job, office, pdf, plain, wire
from documents.parsing.results import Limits, Verdict

PARSERS = {
    "pdf": pdf.parse,
    **dict.fromkeys(("png", "jpeg", "tiff", "gif", "webp"), images.parse),
    **dict.fromkeys(("docx", "odt", "ods", "xlsx"), office.parse),
}
CODECS = ("cp1251", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp437", "latin-1", "ascii")


def warm_up() -> None:
    """Load all that a document may need: later no file can be opened."""
    images.warm_up()
    pdf.warm_up()
    office.warm_up()
    for codec in CODECS:
        "".encode(codec)


def examine(
    line: socket.socket, limits: Limits, *, kind: str, size: int, want_text: bool, pictures: list[int] | None
) -> None:
    """Answer for the document that follows on the line. Whatever a parser chokes on is called damaged."""
    try:
        task = job.Job(kind, wire.read(line, size), want_text, _pair(pictures), limits)
        for answer in PARSERS.get(kind, _text)(task):
            wire.send(line, answer.header, answer.body)
        last: dict[str, Any] = {"is": "done"}
    except job.Refused as refused:
        last = {"is": "refused", "verdict": refused.verdict, "pages": refused.pages}
    except MemoryError:
        last = {"is": "refused", "verdict": Verdict.BOMB, "pages": 0}
    except Exception:  # parsers of foreign bytes raise anything
        last = {"is": "refused", "verdict": Verdict.DAMAGED, "pages": 0}
    wire.send(line, last)


def _pair(pictures: list[int] | None) -> tuple[int, int] | None:
    return (pictures[0], pictures[1]) if pictures else None


def _text(task: job.Job) -> job.Answers:
    """Plain text; of formats without a parser nothing is read."""
    yield job.opened(0, [])
    if task.want_text:
        text = plain.decode(bytes(task.data)) if task.kind in {"txt", "csv"} else ""
        if text is None:
            raise job.Refused(Verdict.DAMAGED)
        yield from job.texts(iter([text]), task.limits.text)
