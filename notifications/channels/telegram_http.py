"""The transport under python-telegram-bot: one loop thread per process, kept connections, one deadline."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, TypeVar

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from notifications.channels.base import ANSWER_LIMIT, Commit
from notifications.channels.wire import CONNECT

KEY_HEADER = "X-Docflow-Key"
CONNECTIONS = 128
IDLE = 15.0

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


class _Loop:
    """The event loop of this process, in a thread of its own; made on first use, and anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def get(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                self._loop, self._process = asyncio.new_event_loop(), os.getpid()
                threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True).start()
            return self._loop


LOOP = _Loop()


def call() -> Sending:
    """A call that is no message: it may be repeated freely."""
    return Sending(Commit(lambda: None))


def run(work: Callable[[], Coroutine[Any, Any, Result]], sending: Sending, seconds: float) -> Result:
    """Do `work` on the loop and wait for it. What `committing` raised comes out as it was."""

    async def told() -> Result:
        _sending.set(sending)
        return await work()

    future = asyncio.run_coroutine_threadsafe(told(), LOOP.get())
    try:
        # The transport keeps the deadline; the margin only covers a loop that stands still.
        return future.result(seconds + CONNECT)
    except TimeoutError as error:
        future.cancel()
        raise TimedOut("no answer in time") from error
    except Exception:
        if sending.commit.stopped is not None:
            raise sending.commit.stopped from None
        raise


class KeptRequest(BaseRequest):
    """BaseRequest over one aiohttp session."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._seconds

    async def initialize(self) -> None:
        """The session is made by the first request."""

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

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
        try:
            status, answer = await self._exchange(url, method, request_data, sending)
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise CertificateRefused(str(error.certificate_error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise AskedToWait("asked to wait")
        return status, answer

    async def _exchange(self, url: str, method: str, data: RequestData | None, sending: Sending) -> tuple[int, bytes]:
        body = data.json_payload if data else b"{}"
        sending.status, sending.answer = 0, b""
        headers = {"Content-Type": "application/json"} | ({KEY_HEADER: sending.key} if sending.key else {})
        async with self._kept().request(
            method, url, data=body, headers=headers, trace_request_ctx=sending, allow_redirects=False
        ) as response:
            sending.status = response.status
            async for chunk in response.content.iter_any():
                sending.answer += chunk
                if len(sending.answer) > ANSWER_LIMIT:
                    response.close()
                    raise NetworkError("the answer is too long")
            return response.status, sending.answer

    def _kept(self) -> aiohttp.ClientSession:
        if self._session is None:
            moments = aiohttp.TraceConfig()
            moments.on_request_headers_sent.append(_about_to_write)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE),
                timeout=aiohttp.ClientTimeout(total=self._seconds, sock_connect=CONNECT),
                trace_configs=[moments],
            )
        return self._session


async def _about_to_write(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: aiohttp.TraceRequestHeadersSentParams
) -> None:
    # aiohttp calls this when it has a connection and holds headers and body back for one write.
    sending: Sending = context.trace_request_ctx
    sending.commit()
