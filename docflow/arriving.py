"""Bodies on their way to a thread: in large pieces, and only while their bytes really arrive.

A thread asks the event loop for each piece, which for a large file costs more than to hash and seal it; and a request
may hold one of the few threads only as long as something comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]

GRACE = 30.0
"""Seconds that any body may take."""
SLOWEST = 1024.0
"""Bytes a second that a body has to come with from then on, on average."""
GATHERED = 1024 * 1024
"""Bytes after which a piece is handed over."""


def bounded(receive: Receive, *, grace: float = GRACE, slowest: float = SLOWEST) -> Receive:
    """The same bytes; a body that comes too slowly ends as if the client had gone."""
    body = _Body(receive, grace, slowest)
    return body.next


async def begun(scope: Event, receive: Receive) -> Receive:
    """The same bytes, but a body that says it is small has arrived already: nobody waits for it in a thread."""
    declared = dict(scope["headers"]).get(b"content-length", b"")
    if not (declared.isdigit() and int(declared) <= GATHERED):
        return receive
    first = [await receive()]

    async def following() -> Event:
        return first.pop() if first else await receive()

    return following


class _Body:
    def __init__(self, receive: Receive, grace: float, slowest: float) -> None:
        self.receive, self.grace, self.slowest = receive, grace, slowest
        self.began, self.size = 0.0, 0
        self.is_whole = False

    async def next(self) -> Event:
        if self.is_whole:
            return await self.receive()
        gathered = bytearray()
        while len(gathered) < GATHERED and not self.is_whole:
            event = await self._event()
            if event["type"] != "http.request":
                return event
            gathered += event.get("body", b"")
        return {"type": "http.request", "body": bytes(gathered), "more_body": not self.is_whole}

    async def _event(self) -> Event:
        self.began = self.began or asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self.began + self.grace + self.size / self.slowest):
                event = await self.receive()
        except TimeoutError:
            event = {"type": "http.disconnect"}
        self.size += len(event.get("body", b""))
        self.is_whole = not event.get("more_body", False)
        return event
