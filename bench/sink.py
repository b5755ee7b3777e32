"""Takes messages as fast as a loopback allows and notes when: raw SMTP, and the HTTP of Twilio and Telegram.

A process of its own (`python -m bench.sink`), so that its CPU can be told apart; `Sink` is the handle on it.
It answers by the protocols' rules and understands nothing else.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

HELLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250 8BITMIME\r\n"
OK, GO_ON, BYE = b"250 2.0.0 OK\r\n", b"354 go on\r\n", b"221 2.0.0 bye\r\n"
END = b"\r\n.\r\n"


class Book:
    """What has arrived: to whom and when (monotonic), how many bytes; and how long to think before answering."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, float]] = []
        self.size = 0
        self.delay = 0.0

    def note(self, to: str, size: int) -> None:
        self.arrived.append((to, time.monotonic()))
        self.size += size

    def answer(self, transport: asyncio.WriteTransport, words: bytes) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, transport.write, words)
        else:
            transport.write(words)

    def tell(self, asked: str) -> Any:
        """Obey one line of the handle and give what it asked for."""
        what, _space, value = asked.partition(" ")
        if what == "delay":
            self.delay = float(value)
        elif what == "forget":
            self.arrived, self.size = [], 0
        elif what == "arrived":
            return self.arrived
        last = self.arrived[-1][1] if self.arrived else 0.0
        return {"count": len(self.arrived), "size": self.size, "last": last}


class Line(asyncio.Protocol):
    """One connection; bytes that are no whole unit yet wait in `rest`."""

    transport: asyncio.Transport

    def __init__(self, book: Book) -> None:
        self.book = book
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server makes no other
        self.transport = transport


class Smtp(Line):
    """RFC 5321 with PIPELINING (RFC 2920), for one recipient at a time."""

    letter = False
    to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while self._letter_ended() if self.letter else self._command():
            pass

    def _letter_ended(self) -> bool:
        end = self.rest.find(END)
        if end < 0:
            return False
        self.rest, self.letter = self.rest[end + len(END) :], False
        self.book.note(self.to, end)
        self.book.answer(self.transport, OK)
        return True

    def _command(self) -> bool:
        command, found, rest = self.rest.partition(b"\r\n")
        if not found:
            return False
        self.rest = rest
        verb = command[:4].upper()
        if verb == b"RCPT":
            self.to = command.partition(b"<")[2].rstrip(b">").decode()
        elif verb == b"DATA":
            self.letter = True
        self.transport.write({b"EHLO": HELLO, b"DATA": GO_ON, b"QUIT": BYE}.get(verb, OK))
        return True


class Http(Line):
    """HTTP/1.1 with kept connections: Twilio's `Messages.json`, Telegram's methods."""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        head, found, body = self.rest.partition(b"\r\n\r\n")
        if not found:
            return
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0].partition(b":")[2]) if lengths else 0
        if len(body) < length:
            return
        self.rest = body[length:]
        path = head.split(b" ", 2)[1]
        status, answer = _twilio(self.book, body) if path.endswith(b".json") else _telegram(self.book, path, body)
        said = json.dumps(answer).encode()
        self.book.answer(
            self.transport,
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(said), said),
        )


def _twilio(book: Book, body: bytes) -> tuple[bytes, dict[str, Any]]:
    said = parse_qs(body.decode())
    to = said["To"][0]
    book.note(to, len(body))
    answer: dict[str, Any] = {
        "sid": f"SM{len(book.arrived):032x}",
        "status": "queued",
        "to": to,
        "from": said["From"][0],
        "body": said["Body"][0],
        "num_segments": "1",
        "num_media": "0",
        "direction": "outbound-api",
        "api_version": "2010-04-01",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "date_created": "Sat, 21 Nov 2026 12:00:00 +0000",
        "date_updated": "Sat, 21 Nov 2026 12:00:00 +0000",
        "date_sent": None,
        "account_sid": f"AC{1:032x}",
        "messaging_service_sid": None,
        "uri": "/2010-04-01/Accounts/Messages.json",
        "subresource_uris": {},
    }
    return b"201 Created", answer


def _telegram(book: Book, path: bytes, body: bytes) -> tuple[bytes, dict[str, Any]]:
    bot = {"id": 1, "is_bot": True, "first_name": "sink", "username": "sink_bot"}
    if not path.endswith(b"/sendMessage"):
        return b"200 OK", {"ok": True, "result": bot}
    said = json.loads(body)
    book.note(str(said["chat_id"]), len(body))
    chat = {"id": int(said["chat_id"]), "type": "private", "first_name": "Anna"}
    message = {"message_id": len(book.arrived), "from": bot, "chat": chat, "date": 1795262400, "text": said["text"]}
    return b"200 OK", {"ok": True, "result": message}


async def _serve() -> None:
    book, loop = Book(), asyncio.get_running_loop()
    kinds: dict[str, Callable[[], Line]] = {"smtp": lambda: Smtp(book), "http": lambda: Http(book)}
    servers = {name: await loop.create_server(kind, "127.0.0.1", 0, backlog=512) for name, kind in kinds.items()}
    print(json.dumps({name: one.sockets[0].getsockname()[1] for name, one in servers.items()}), flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while asked := await orders.readline():
        print(json.dumps(book.tell(asked.decode().strip())), flush=True)


class Sink:
    """The handle: ports, and what has arrived."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        ports = json.loads(self._read())
        self.smtp, self.http = int(ports["smtp"]), int(ports["http"])

    def arrived(self) -> list[tuple[str, float]]:
        """Every message so far: to whom, and the monotonic clock of its acceptance."""
        return [(to, at) for to, at in self._ask("arrived")]

    def count(self) -> int:
        return int(self._ask("count")["count"])

    def last(self) -> float:
        """When the last message arrived, by the monotonic clock that all processes share."""
        return float(self._ask("count")["last"])

    def size(self) -> int:
        """Bytes of all messages so far."""
        return int(self._ask("count")["size"])

    def forget(self) -> None:
        self._ask("forget")

    def think(self, seconds: float) -> None:
        """Answer each message that late from now on."""
        self._ask(f"delay {seconds}")

    def wait(self, count: int, within: float) -> None:
        """Until so many have arrived. Raises TimeoutError with what there was."""
        until = time.monotonic() + within
        while (found := self.count()) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{found} of {count} messages arrived")
            time.sleep(0.05)

    def _ask(self, order: str) -> Any:
        assert self.process.stdin  # noqa: S101 - opened as a pipe
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return json.loads(self._read())

    def _read(self) -> str:
        assert self.process.stdout  # noqa: S101 - opened as a pipe
        return self.process.stdout.readline()


@contextmanager
def running() -> Iterator[Sink]:
    """A fresh sink on free ports."""
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sink(process)
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve())
