"""The transport under Twilio's library: our kept lines, and the moment of no return."""

from __future__ import annotations

import base64
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode, urlsplit

from twilio.http import HttpClient
from twilio.http.response import Response

from notifications.channels.base import DEADLINE
from notifications.channels.http_line import Lines

log = logging.getLogger(__name__)


class TwilioHttp(HttpClient):  # type: ignore[misc]  # the library publishes no types
    """`while_sending` names what to call before the body of the next request of this thread leaves."""

    def __init__(self, base: str, seconds: float = DEADLINE) -> None:
        super().__init__(log, is_async=False)
        self._lines = Lines(base, seconds)
        self._own = threading.local()

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
        target = f"{self._lines.prefix}{parts.path}" + (f"?{query}" if query else "")
        body = urlencode(data, doseq=True).encode() if data else b""
        committing: Callable[[], None] | None = getattr(self._own, "committing", None)
        answer = self._lines.ask(method, target, body, _headers(headers, auth), committing)
        self._own.retry_after = answer.headers.get("retry-after", "")
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    def close(self) -> None:
        self._lines.close()


def _headers(headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
    sent = dict(headers or {})
    if auth:
        sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode("ascii")
    return sent
