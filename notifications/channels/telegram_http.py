"""The transport under python-telegram-bot: our kept lines, in the thread that asks, without an event loop.

The library's calls are coroutines that wait for nothing but their request. One whose request does not suspend runs to
its end at the first step, so no loop is needed; with one a message costs several times as much.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from notifications.channels.base import Commit
from notifications.channels.http_line import AnswerLost, Lines, NotSent

KEY_HEADER = "X-Docflow-Key"

Result = TypeVar("Result")


@dataclass(slots=True)
class Sending:
    """One call to Telegram: how far it got and what came back."""

    commit: Commit
    key: str = ""
    status: int = 0
    answer: bytes = b""


class AskedToWait(NetworkError):
    """429. Raised here because the library's own error warns of its future whenever it is made."""


class CertificateRefused(NetworkError):
    """Whoever answers there is not Telegram."""


_sending: ContextVar[Sending] = ContextVar("sending")


def call() -> Sending:
    """A call that is no message: it may be repeated freely."""
    return Sending(Commit(lambda: None))


def run(work: Callable[[], Coroutine[Any, Any, Result]], sending: Sending) -> Result:
    """Do `work` to its end. What `committing` raised comes out as it was."""
    before = _sending.set(sending)
    try:
        return _driven(work())
    except Exception:
        if sending.commit.stopped is not None:
            raise sending.commit.stopped from None
        raise
    finally:
        _sending.reset(before)


def _driven(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    work.close()
    raise NetworkError("the library waits for something that is not its request")


class KeptRequest(BaseRequest):
    """BaseRequest over kept lines; it never suspends."""

    def __init__(self, base: str, seconds: float) -> None:
        self._seconds = seconds
        self._lines = Lines(base, seconds)

    @property
    def read_timeout(self) -> float:
        return self._seconds

    async def initialize(self) -> None:
        """A line is made by the first request of a thread."""

    async def shutdown(self) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's, but without writing the answer into the log."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
            raise TelegramError("Invalid server response")
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,
        connect_timeout: object = None,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        sending = _sending.get()
        sending.status, sending.answer = 0, b""
        headers = {"Content-Type": "application/json"} | ({KEY_HEADER: sending.key} if sending.key else {})
        body = request_data.json_payload if request_data else b"{}"
        try:
            answer = self._lines.ask(method, urlsplit(url).path, body, headers, sending.commit)
        except ssl.SSLCertVerificationError as error:
            raise CertificateRefused(error.verify_message) from error
        except AnswerLost as error:
            sending.status = error.status
            raise NetworkError(str(error)) from error
        except NotSent as error:
            raise NetworkError(str(error)) from error
        sending.status, sending.answer = answer.status, answer.body
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise AskedToWait("asked to wait")
        return answer.status, answer.body
