"""HTTP over kept connections, one per thread: one deadline, and the moment of no return before the body."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from notifications.channels import wire

IDLE = 15.0


class NotSent(OSError):
    """The request did not leave: nobody was reached or the line broke before its body."""


class AnswerLost(OSError):
    """The request left and no whole answer came back; `status` is 0 when not even its first line did."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]
    """Names in lower case."""


class _Line(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port)
        self.context = context
        self.deadline = 0.0
        self.idle_since = 0.0

    def connect(self) -> None:
        line = wire.dial(self.host, self.port, self.deadline)
        if self.context:
            line = line.wrap(self.context, self.host)
        self.sock = cast("socket.socket", line)

    def arm(self, deadline: float) -> None:
        """Ready for one request; a connection that has idled long or been closed is made anew."""
        self.deadline = deadline
        line = cast("wire.TimedSocket | None", self.sock)
        if line is not None and (time.monotonic() - self.idle_since > IDLE or line.is_stale()):
            self.close()
            line = None
        if line is None:
            self.connect()
        cast("wire.TimedSocket", self.sock).arm(deadline)


class Lines:
    """Connections to one server. Any number of threads may ask, each on its own."""

    def __init__(self, base: str, seconds: float) -> None:
        parts = urlsplit(base)
        secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if secure else 80)
        self.prefix = parts.path.rstrip("/")
        self._context = ssl.create_default_context() if secure else None
        self._seconds = seconds
        self._own = threading.local()
        self._all: set[_Line] = set()
        self._lock = threading.Lock()

    def ask(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        committing: Callable[[], None] | None = None,
    ) -> Answer:
        """One exchange; `committing` runs before the body leaves. Raises NotSent, AnswerLost or ssl's own refusal."""
        line = self._line()
        try:
            self._begin(line, method, target, body, headers)
            if committing and body:
                committing()
            answer = self._finish(line, body)
        except BaseException:
            line.close()
            raise
        line.idle_since = time.monotonic()
        return answer

    def close(self) -> None:
        with self._lock:
            lines, self._all = self._all, set()
        for line in lines:
            line.close()

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._own, "line", None)
        if line is None:
            line = self._own.line = _Line(self._host, self._port, self._context)
        with self._lock:
            self._all.add(line)
        return line

    def _begin(self, line: _Line, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            line.arm(time.monotonic() + self._seconds)
            line.putrequest(method, target)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                line.putheader(name, value)
            line.endheaders()
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(str(error)) from error

    def _finish(self, line: _Line, body: bytes) -> Answer:
        status = 0
        try:
            if body:
                line.send(body)
            response = line.getresponse()
            status = response.status
            said = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise AnswerLost(str(error), status) from error
        if response.will_close:
            line.close()
        return Answer(status, said, {name.lower(): value for name, value in response.getheaders()})
