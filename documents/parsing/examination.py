"""The parent's side of parsing: keeps one prepared process, hands it a document, reads what comes back.

What comes back is not trusted either: sizes, types and order are checked. Django is imported only where its
settings are read, because the parsing process imports this package too.
"""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from documents.parsing import wire
from documents.parsing.results import (
    Examined,
    Finding,
    Limits,
    PageResult,
    ParserDied,
    ParserUnavailable,
    Picture,
    Verdict,
)

if TYPE_CHECKING:
    from documents.formats import Format

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from documents.parsing import nursery; nursery.main()"
START_SECONDS = 20.0
LARGEST_SIDE = 5000
PICTURED_AT_ONCE = 40


class Source(Protocol):
    """The document: storage.SealedFile, or any like it."""

    size: int

    def chunks(self) -> Iterable[bytes]: ...


def examine(
    source: Source,
    found: "Format",
    *,
    want_text: bool = True,
    want_pictures: bool = True,
    first_picture: int = 1,
    last_picture: int = PICTURED_AT_ONCE,
    on_page: Callable[[PageResult], None] | None = None,
    limits: Limits | None = None,
) -> Examined:
    """Check a file and, if it is sound, read its text and draw its pages, all in one visit to another process.

    `on_page` gets each drawn page as it comes; pages beyond `last_picture` are drawn by another call. Raises
    ParserDied (limits, crashes), ParserUnavailable, storage.Damaged, and whatever `on_page` raises.
    """
    if found.value == "encrypted_office":
        return Examined(Verdict.ENCRYPTED)
    limits = limits or Limits()
    job = {
        "kind": found.value,
        "size": source.size,
        "want_text": want_text,
        "pictures": [first_picture, last_picture] if want_pictures else None,
        "limits": asdict(limits),
    }
    with _conversation(limits.wall_seconds) as line:
        with _told():
            wire.send(line, job)
        for chunk in source.chunks():
            with _told():
                line.sendall(chunk)
        return _listen(line, limits, on_page or _forget)


def prepare() -> None:
    """Start the prepared process now, so that the first document need not wait. Raises ParserUnavailable."""
    _nursery.prepare()


def close() -> None:
    """End the prepared process of this one, if there is any."""
    with _nursery.lock:
        _nursery.stop()


def _forget(page: PageResult) -> None:
    """Nobody wants the pictures."""


def _listen(line: "_Line", limits: Limits, on_page: Callable[[PageResult], None]) -> Examined:
    report = _Report(limits)
    while not report.complete:
        with _told():
            page = report.take(*wire.receive(line))
        if page:
            on_page(page)
    return report.examined


class _Report:
    """What the parser has said so far; raises wire.Nonsense, KeyError, TypeError or ValueError when it is no sense."""

    def __init__(self, limits: Limits) -> None:
        self.examined = Examined(Verdict.DAMAGED)
        self.complete = False
        self._limits = limits
        self._text_left = limits.text
        self._page: tuple[int, Picture] | None = None

    def take(self, header: dict[str, Any], body: bytes) -> PageResult | None:
        """Note one message; answers the page it completes."""
        match header["is"]:
            case "opened":
                sizes = [(float(width), float(height)) for width, height in header["sizes"]]
                findings = [Finding(each) for each in header["findings"]]
                pages = _whole(header["pages"], self._limits.pages)
                self.examined = Examined(Verdict.OK, pages, sizes=sizes, findings=findings)
            case "text":
                self._text(body.decode())
            case "picture":
                return self._picture(header["kind"], _whole(header["page"], self._limits.pages), _picture(header, body))
            case "refused":
                self.examined = Examined(Verdict(header["verdict"]), _whole(header["pages"], sys.maxsize))
                self.complete = True
            case "done":
                self.complete = True
            case other:
                raise wire.Nonsense(str(other))
        return None

    def _text(self, text: str) -> None:
        self._text_left = _whole(self._text_left - len(text), self._limits.text)
        _whole(len(self.examined.text_by_page), self._limits.pages)
        self.examined.text_by_page.append(text)

    def _picture(self, kind: str, number: int, picture: Picture) -> PageResult | None:
        if kind == "page":
            self._page = (number, picture)
            return None
        if self._page is None or self._page[0] != number:
            raise wire.Nonsense("a thumbnail without its page")
        return PageResult(number, self._page[1], picture)


def _picture(header: dict[str, Any], body: bytes) -> Picture:
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP":
        raise wire.Nonsense("not WebP")
    return Picture(body, _whole(header["width"], LARGEST_SIDE), _whole(header["height"], LARGEST_SIDE))


def _whole(value: object, most: int) -> int:
    if not isinstance(value, int) or not 0 <= value <= most:
        raise wire.Nonsense("number out of range")
    return value


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what became of the parser when talking with it fails."""
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise ParserDied("It ended without an answer.") from error
    except TimeoutError as error:
        raise ParserDied("It did not answer in time.") from error
    except (wire.Nonsense, KeyError, TypeError, ValueError) as error:
        raise ParserDied(f"It answered nonsense: {error}") from error


class _Line(socket.socket):
    """A socket whose every wait ends at one deadline."""

    deadline: float

    def recv_into(self, *args: Any) -> int:
        self._hurry()
        return super().recv_into(*args)

    def sendall(self, *args: Any) -> None:
        self._hurry()
        super().sendall(*args)

    def _hurry(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


@contextlib.contextmanager
def _conversation(seconds: float) -> Iterator[_Line]:
    """A line to a fresh process, which is dead afterwards."""
    ours, theirs = socket.socketpair()
    with _Line(fileno=ours.detach()) as line:
        line.deadline = time.monotonic() + seconds
        with theirs:
            child = _nursery.bear(theirs)
        try:
            yield line
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(child, signal.SIGKILL)
            os.close(child)


class _Nursery:
    """The prepared process, started on first need and again when it is gone; each process of ours has its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def bear(self, line: socket.socket) -> int:
        """Fork a parser that talks over `line`; answers its pidfd."""
        with self.lock:
            for last_try in (False, True):
                with self._reported(quietly=not last_try):
                    return self._ask(line)
        raise ParserUnavailable("The parsing process does not start.")

    def prepare(self) -> None:
        with self.lock, self._reported(quietly=False):
            self._ready()

    @contextlib.contextmanager
    def _reported(self, *, quietly: bool) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, wire.Nonsense) as error:
            self.stop()
            if not quietly:
                raise ParserUnavailable(f"The parsing process does not start: {error!r}") from error

    def stop(self) -> None:
        if self._control:
            self._control.close()
        if self._process and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = self._control = None

    def _ask(self, line: socket.socket) -> int:
        control = self._ready()
        socket.send_fds(control, [b"d"], [line.fileno()])
        _, children, _, _ = socket.recv_fds(control, 1, 1)
        if not children:
            raise EOFError("it ended")
        return children[0]

    def _ready(self) -> socket.socket:
        if self._control is None or self._owner != os.getpid():
            self.stop()
            return self._start()
        return self._control

    def _start(self) -> socket.socket:
        control, theirs = socket.socketpair()
        control.settimeout(START_SECONDS)
        self._control = control
        self._owner = os.getpid()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
        born, _ = wire.receive(control)
        if born.get("without_namespaces") and not _allowed_without_namespaces():
            self.stop()
            raise ParserUnavailable(
                "User namespaces are missing here, so foreign files would be parsed with the network in reach. "
                f"Enable them, or set DOCFLOW_PARSERS_WITHOUT_NAMESPACES=1 ({born['without_namespaces']})."
            )
        wire.send(control, {"is": "go"})
        wire.receive(control)
        return control


def _allowed_without_namespaces() -> bool:
    from django.conf import settings  # noqa: PLC0415 - the parsing process imports this module and has no Django

    return bool(settings.PARSERS_WITHOUT_NAMESPACES)


_nursery = _Nursery()
atexit.register(close)
