"""Servers that follow a script to the letter, for what a well-behaved simulator would never do."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile

Script = list[tuple[bytes, bytes | None]]
EHLO: tuple[bytes, bytes] = (b"ehlo", b"250 hello\r\n")
PIPELINING: tuple[bytes, bytes] = (b"ehlo", b"250-hello\r\n250 PIPELINING\r\n")
MAIL, RCPT = (b"mail", b"250 ok\r\n"), (b"rcpt", b"250 ok\r\n")
DATA, DOT = (b"data", b"354 go\r\n"), (b".\r\n", b"250 2.0.0 taken\r\n")
LETTER: Script = [MAIL, RCPT, DATA, DOT]


class Heard:
    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[bytes] = []
        self.closed = 0  # connections that have been closed by us


@contextmanager
def smtp(*scripts: Script, greeting: bytes = b"220 here\r\n") -> Iterator[Heard]:
    """Each connection plays its script and is then closed; None closes without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Heard(listener.getsockname()[1])
        thread = threading.Thread(target=_play_all, args=(listener, scripts, greeting, heard))
        thread.start()
        try:
            yield heard
        finally:
            _end(thread, heard, len(scripts))


def _play_all(listener: socket.socket, scripts: tuple[Script, ...], greeting: bytes, heard: Heard) -> None:
    for script in scripts:
        connection, _peer = listener.accept()
        with connection, connection.makefile("rb") as incoming, contextlib.suppress(OSError):
            connection.sendall(greeting)
            for expected, reply in script:
                if not _hear(incoming, expected, heard) or reply is None:
                    break
                connection.sendall(reply)


def _hear(incoming: Iterator[bytes], expected: bytes, heard: Heard) -> bool:
    for line in incoming:
        heard.lines.append(line)
        if line.lower().startswith(expected):
            return True
    return False


@contextmanager
def http(*answers: bytes | None) -> Iterator[Heard]:
    """Each request gets its answer on a connection of its own; None closes without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Heard(listener.getsockname()[1])
        thread = threading.Thread(target=_answer_all, args=(listener, answers, heard))
        thread.start()
        try:
            yield heard
        finally:
            _end(thread, heard, len(answers))


def _end(thread: threading.Thread, heard: Heard, connections: int) -> None:
    """Whoever still waits for a connection gets one and finds it empty."""
    for _number in range(connections):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", heard.port), timeout=1):
            pass
    thread.join()


def _answer_all(listener: socket.socket, answers: tuple[bytes | None, ...], heard: Heard) -> None:
    for answer in answers:
        connection, _peer = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            heard.lines += _request(connection)
            if answer is not None:
                connection.sendall(answer)
        heard.closed += 1


def _request(connection: socket.socket) -> list[bytes]:
    with connection.makefile("rb") as incoming:
        head = list(takewhile(lambda line: line not in (b"\r\n", b""), incoming))
        lengths = [line.partition(b":")[2] for line in head if line.lower().startswith(b"content-length")]
        return [*head, incoming.read(int(lengths[0]) if lengths else 0)]


def answered(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body
