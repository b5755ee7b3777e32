"""Sockets on which every wait counts against one deadline and no answer grows without limit."""

from __future__ import annotations

import io
import select
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING

from notifications.channels.base import ANSWER_LIMIT

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CONNECT = 5.0
OVER = "the time for one message is over"
SHORTEST = 0.001
NEAR = 0.02
"""The share by which the system's own limit of a wait may differ from the time that is left."""


class AnswerTooLong(OSError):
    """The other side keeps talking."""


class _AsTimeout:
    """What the system calls "try again" is the end of our patience."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BlockingIOError):
            raise TimeoutError(OVER) from error


_as_timeout = _AsTimeout()


class TimedSocket:
    """Stands where the standard library expects a socket. `arm` starts the clock of one exchange.

    In the clear the system itself limits each wait: Python's own limit costs two calls, and two turns of the one
    interpreter, for each read and write. Encrypted lines have Python's.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self._is_clear = not isinstance(sock, ssl.SSLSocket)
        self._limit = 0.0
        if self._is_clear:
            sock.settimeout(None)
        self.deadline = deadline
        self.allowance = ANSWER_LIMIT

    def arm(self, deadline: float) -> None:
        self.deadline = deadline
        self.allowance = ANSWER_LIMIT

    def _wait_at_most(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(OVER)
        if not self._is_clear:
            self.sock.settimeout(left)
        elif abs(self._limit - left) > left * NEAR:
            self._limit = left
            limit = struct.pack("@ll", int(left), int(left % 1 * 1e6) or 1)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def sendall(self, data: ReadableBuffer) -> None:
        self._wait_at_most()
        with _as_timeout:
            self.sock.sendall(data)

    def recv(self, most: int) -> bytes:
        self._wait_at_most()
        with _as_timeout:
            received = self.sock.recv(most)
        self._count(len(received))
        return received

    def recv_into(self, buffer: WriteableBuffer) -> int:
        self._wait_at_most()
        with _as_timeout:
            received = self.sock.recv_into(buffer)
        self._count(received)
        return received

    def _count(self, received: int) -> None:
        self.allowance -= received
        if self.allowance < 0:
            raise AnswerTooLong("the answer is too long")

    def makefile(self, mode: str = "rb", *_args: object, **_kwargs: object) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def wrap(self, context: ssl.SSLContext, host: str) -> TimedSocket:
        self.sock.settimeout(max(self.deadline - time.monotonic(), SHORTEST))
        return TimedSocket(context.wrap_socket(self.sock, server_hostname=host), self.deadline)

    def is_stale(self) -> bool:
        """An idle connection on which something arrives has been closed by the other side, or is out of step."""
        readable, _writable, _errors = select.select([self.sock], [], [], 0)
        return bool(readable)

    def close(self) -> None:
        self.sock.close()

    def shutdown(self, how: int) -> None:
        self.sock.shutdown(how)


class _Incoming(io.RawIOBase):
    def __init__(self, wire: TimedSocket) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._wire.recv_into(buffer)


def dial(host: str, port: int, deadline: float) -> TimedSocket:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(OVER)
    sock = socket.create_connection((host, port), timeout=min(left, CONNECT))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return TimedSocket(sock, deadline)
