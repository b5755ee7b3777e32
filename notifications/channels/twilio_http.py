"""The transport under Twilio's library: kept connections, one deadline, and the moment of no return."""

from __future__ import annotations

import base64
import contextlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import cast
from urllib.parse import urlencode, urlsplit

from twilio.http import HttpClient
from twilio.http.response import Response

from notifications.channels import wire
from notifications.channels.base import DEADLINE

IDLE = 15.0
log = logging.getLogger(__name__)


class NotSent(OSError):
    """The request did not leave: nobody was reached or the line broke before its body."""


class AnswerLost(OSError):
    """The request left and no whole answer came back."""


class _Connection(http.client.HTTPConnection):
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


class TwilioHttp(HttpClient):  # type: ignore[misc]  # the library publishes no types
    """`while_sending` names what to call before the body of the next request of this thread leaves."""

    def __init__(self, base: str, seconds: float = DEADLINE) -> None:
        super().__init__(log, is_async=False)
        parts = urlsplit(base)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._context = ssl.create_default_context() if self._secure else None
        self._seconds = seconds
        self._own = threading.local()
        self._all: set[_Connection] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def while_sending(self, committing: Callable[[], None]) -> Iterator[None]:
        self._own.committing = committing
        try:
            yield
        finally:
            self._own.committing = None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, as the last answer to this thread asked."""
        asked = str(getattr(self._own, "retry_after", ""))
        return float(asked) if asked.isascii() and asked.isdigit() else None

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Raises NotSent or AnswerLost; `uri` keeps its path and query, the host is the configured one."""
        parts = urlsplit(uri)
        query = "&".join(filter(None, [parts.query, urlencode(params or {}, doseq=True)]))
        target = f"{self._prefix}{parts.path}" + (f"?{query}" if query else "")
        body = urlencode(data, doseq=True).encode() if data else b""
        connection = self._connection()
        try:
            status, text, answered = self._exchange(connection, method, target, body, self._headers(headers, auth))
        except BaseException:
            connection.close()
            raise
        connection.idle_since = time.monotonic()
        self._own.retry_after = answered.get("retry-after", "")
        return Response(status, text, answered)

    def close(self) -> None:
        with self._lock:
            connections, self._all = self._all, set()
        for connection in connections:
            connection.close()

    def _connection(self) -> _Connection:
        connection: _Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = _Connection(self._host, self._port, self._context)
        with self._lock:
            self._all.add(connection)
        return connection

    def _headers(self, headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode("ascii")
        return sent

    def _exchange(
        self, connection: _Connection, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str, dict[str, str]]:
        try:
            connection.arm(time.monotonic() + self._seconds)
            connection.putrequest(method, target)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders()
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(str(error)) from error
        committing: Callable[[], None] | None = getattr(self._own, "committing", None)
        if committing and body:
            committing()
        return self._answer(connection, body)

    def _answer(self, connection: _Connection, body: bytes) -> tuple[int, str, dict[str, str]]:
        try:
            if body:
                connection.send(body)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise AnswerLost(str(error)) from error
        if response.will_close:
            connection.close()
        return response.status, text, {name.lower(): value for name, value in response.getheaders()}
