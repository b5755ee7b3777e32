"""Messages between parent and parsing process: two lengths, a JSON header, raw bytes."""

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

LENGTHS = struct.Struct(">II")
LONGEST_HEADER = 256 * 1024
LONGEST_BODY = 32 * 1024 * 1024


class Nonsense(Exception):
    """The other side broke the rules of this wire."""


def send(line: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Write one message."""
    head = json.dumps(header).encode()
    line.sendall(LENGTHS.pack(len(head), len(body)) + head)
    line.sendall(body)


def receive(line: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises EOFError when the other side is gone, Nonsense when it misbehaves."""
    head_length, body_length = LENGTHS.unpack(read(line, LENGTHS.size))
    if head_length > LONGEST_HEADER or body_length > LONGEST_BODY:
        raise Nonsense("message too long")
    try:
        header = json.loads(read(line, head_length))
    except (ValueError, RecursionError) as error:
        raise Nonsense("not JSON") from error
    if not isinstance(header, dict):
        raise Nonsense("not an object")
    return header, bytes(read(line, body_length))


def read(line: socket.socket, length: int) -> bytearray:
    """Exactly so many bytes. Raises EOFError."""
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = line.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    view.release()
    return data
