"""Answers on their way out: who stops reading must not hold one of the few threads for as long as he likes."""

import asyncio
from collections.abc import Awaitable, Callable

from docflow.arriving import Event

Send = Callable[[Event], Awaitable[None]]

PIECE = 64 * 1024
PATIENCE = 30.0
"""Seconds that a reader may take for a piece."""


def bounded(send: Send, *, piece: int = PIECE, patience: float = PATIENCE) -> Send:
    """The same answer in small pieces; from the first that is not taken in time all is thrown away."""
    return _Answer(send, piece, patience).send


class _Answer:
    def __init__(self, out: Send, piece: int, patience: float) -> None:
        self.out, self.piece, self.patience = out, piece, patience
        self.is_given_up = False

    async def send(self, event: Event) -> None:
        body, more = event.get("body", b""), event.get("more_body", False)
        if len(body) <= self.piece:
            await self._send(event)
            return
        for start in range(0, len(body), self.piece):
            end = start + self.piece
            await self._send({**event, "body": body[start:end], "more_body": more or end < len(body)})

    async def _send(self, event: Event) -> None:
        if self.is_given_up:
            return
        try:
            async with asyncio.timeout(self.patience):
                await self.out(event)
        except TimeoutError:
            self.is_given_up = True
