"""One SMTP connection with a total deadline and, where the server offers it, a pipelined envelope."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from typing import cast

from notifications.channels import wire
from notifications.channels.base import ANSWER_LENGTH

Reply = tuple[int, bytes]
LONGEST_LINE = 8192
STAGES = ("MAIL", "RCPT", "DATA")
ONE_WRITE = 16 * 1024
"""Up to so many bytes the letter and its final dot leave together: nothing that waits lies between them."""


class Refused(Exception):
    """The server said no, in words."""

    def __init__(self, stage: str, reply: Reply) -> None:
        super().__init__(stage, reply)
        self.stage = stage
        self.code, self.answer = reply


class SmtpLine(smtplib.SMTP):
    """`deliver` may be called again and again; after an exception other than Refused the line is of no use."""

    def __init__(self, own_name: str, deadline: float) -> None:
        self._unread = b""
        super().__init__(local_hostname=own_name)
        self.deadline = deadline
        self.context: ssl.SSLContext | None = None

    def dial(self, host: str, port: int, security: str) -> None:
        """Connect and greet, securely as asked. Raises OSError, SMTPException or Refused (no STARTTLS)."""
        self.context = None if security == "none" else ssl.create_default_context()
        self.host, self.security = host, security
        greeting = self.connect(host, port)
        if greeting[0] != 220:
            raise Refused("CONNECT", greeting)
        self.ehlo_or_helo_if_needed()
        if security == "starttls":
            self._secure()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = wire.dial(host, port, self.deadline)
        if self.security == "tls" and self.context:
            line = line.wrap(self.context, host)
        return cast("socket.socket", line)

    def _secure(self) -> None:
        reply = self.docmd("STARTTLS") if self.has_extn("starttls") else (502, b"STARTTLS is not offered")
        if reply[0] != 220 or not self.context:
            raise Refused("STARTTLS", reply)
        self.sock = cast("socket.socket", self._wire().wrap(self.context, self.host))
        # What was said in the clear counts for nothing (RFC 3207, 4.2).
        self._unread = b""
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.ehlo_or_helo_if_needed()

    def _wire(self) -> wire.TimedSocket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return cast("wire.TimedSocket", self.sock)

    def arm(self, deadline: float) -> None:
        self.deadline = deadline
        self._wire().arm(deadline)

    def close(self) -> None:
        super().close()
        self._unread = b""

    def getreply(self) -> Reply:
        """As the library's, which reads through three layers of files: twice the cost of a message's replies."""
        words: list[bytes] = []
        while True:
            line = self._line()
            words.append(line[4:].strip(b" \t\r\n"))
            if not line[:3].isdigit():
                return -1, b"\n".join(words)
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(words)

    def _line(self) -> bytes:
        """One line, or what there was when the other side closed. Raises SMTPException."""
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > LONGEST_LINE:
                self.close()
                raise smtplib.SMTPResponseException(500, "Line too long.")
            more = self._received()
            if not more:
                end = len(self._unread)
                break
            self._unread += more
        line, self._unread = self._unread[: end + 1], self._unread[end + 1 :]
        if not line:
            self.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return line

    def _received(self) -> bytes:
        try:
            return self._wire().recv(LONGEST_LINE)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error

    def deliver(self, sender: str, to: str, letter: bytes, committing: Callable[[], None]) -> Reply:
        """Hand the letter over and return the server's last word, whatever it is; Refused before that."""
        self._envelope(sender, to, len(letter))
        if len(letter) > ONE_WRITE:
            self.send(letter)
            letter = b""
        committing()
        self.send(letter + b".\r\n")
        return self._last_word()

    def _last_word(self) -> Reply:
        # The deadline rules here too: a server that answers byte by byte is cut off.
        return self.getreply()

    def _envelope(self, sender: str, to: str, size: int) -> None:
        limit = self.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            raise Refused("SIZE", (552, b"5.3.4 the letter is larger than the server allows"))
        size_option = f" SIZE={size}" if "size" in self.esmtp_features else ""
        commands = [f"MAIL FROM:<{sender}>{size_option}", f"RCPT TO:<{to}>", "DATA"]
        exchange = self._at_once if self.has_extn("pipelining") else self._one_by_one
        for stage, reply, wanted in zip(STAGES, exchange(commands), (2, 2, 3), strict=False):
            if reply[0] // 100 != wanted:
                self._start_over(reply)
                raise Refused(stage, reply)

    def _one_by_one(self, commands: list[str]) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            replies.append(self.docmd(command))
            if replies[-1][0] // 100 not in (2, 3):
                break
        return replies

    def _at_once(self, commands: list[str]) -> list[Reply]:
        self.send("".join(f"{command}\r\n" for command in commands))
        replies = [self.getreply() for _command in commands]
        if replies[-1][0] == 354 and any(code // 100 != 2 for code, _answer in replies[:-1]):
            # Some servers ask for a letter nobody is to get: give an empty one, which they refuse.
            self.send(b".\r\n")
            self.getreply()
        return replies

    def _start_over(self, reply: Reply) -> None:
        if reply[0] == 421:
            self.close()
        else:
            self.rset()

    def is_open(self) -> bool:
        return self.sock is not None


def after(seconds: float) -> float:
    return time.monotonic() + seconds


def words(reply: Reply) -> str:
    return f"{reply[0]} {reply[1].decode('utf-8', 'replace')}"[:ANSWER_LENGTH]
