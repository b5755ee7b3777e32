"""Answers on their way out: who stops reading must not hold one of the few threads for as long as he likes."""

import asyncio
from collections.abc import Awaitable, Callable

from docflow.arriving import GRACE, SLOWEST, Event

Send = Callable[[Event], Awaitable[None]]


def bounded(send: Send, *, grace: float = GRACE, slowest: float = SLOWEST) -> Send:
    """The same answer; what is taken too slowly is thrown away from there on, and the connection ends."""
    return _Answer(send, grace, slowest).send


class _Answer:
    def __init__(self, out: Send, grace: float, slowest: float) -> None:
        self.out, self.grace, self.slowest = out, grace, slowest
        self.began, self.size = 0.0, 0
        self.is_given_up = False

    async def send(self, event: Event) -> None:
        if self.is_given_up:
            return
        self.began = self.began or asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self.began + self.grace + self.size / self.slowest):
                await self.out(event)
        except TimeoutError:
            self.is_given_up = True
        self.size += len(event.get("body", b""))
