"""What the simulated providers share: the books they write, whom they let in, and how they answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from notifications.simulators import magic
from notifications.simulators.ledger import Ledger
from notifications.simulators.magic import Behaviour
from notifications.simulators.showcase import Showcase


@dataclass(frozen=True, slots=True)
class Doors:
    """The credentials a caller must show; an empty one lets anybody in."""

    smtp_user: str = ""
    smtp_password: str = ""
    twilio_sid: str = ""
    twilio_token: str = ""
    telegram_token: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    ledger: Ledger
    showcase: Showcase
    doors: Doors = field(default_factory=Doors)
    delay: float = 0.0
    report_step: float = 0.4
    refusals: Counter[str] = field(default_factory=Counter)
    outages: dict[str, float] = field(default_factory=dict)

    def refuses_once_more(self, behaviour: Behaviour, key: str) -> bool:
        """Whether this message is still in the refusals that its address asks for."""
        wanted = {Behaviour.SOFT: magic.SOFT_REFUSALS, Behaviour.BUSY: 1}.get(behaviour, 0)
        self.refusals[key] += 1
        return self.refusals[key] <= wanted

    def is_down(self, behaviour: Behaviour, provider: str) -> bool:
        """Whether the provider fails just now for everybody who asks for an outage; the first of them begins it."""
        if behaviour != Behaviour.OUTAGE:
            return False
        now = time.monotonic()
        if now - self.outages.get(provider, -magic.OUTAGE_EVERY) >= magic.OUTAGE_EVERY:
            self.outages[provider] = now
        return now - self.outages[provider] < magic.OUTAGE_SECONDS

    async def answer(
        self, request: web.Request, behaviour: Behaviour, payload: Mapping[str, object], status: int = 200
    ) -> web.StreamResponse:
        """The provider's answer to a message it has taken, as slow or broken as the address asks."""
        await self.pause(behaviour)
        if behaviour == Behaviour.GARBAGE:
            return web.Response(text="<html><body>It works</body></html>", content_type="text/html")
        if behaviour in OPEN_ANSWERS:
            return await OPEN_ANSWERS[behaviour](request)
        return web.json_response(dict(payload), status=status)

    async def pause(self, behaviour: Behaviour) -> None:
        extra = {Behaviour.TIMEOUT: magic.WITHHELD_SECONDS, Behaviour.SLOW: magic.SLOW_SECONDS}
        await asyncio.sleep(self.delay + extra.get(behaviour, 0.0))


async def _begun(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = await _begun(request)
    for _moment in range(int(magic.WITHHELD_SECONDS / 0.2)):
        await response.write(b" ")
        await asyncio.sleep(0.2)
    return response


async def _flood(request: web.Request) -> web.StreamResponse:
    response = await _begun(request)
    block = b" " * 65536
    with contextlib.suppress(ConnectionError):
        for _block in range(magic.FLOOD_BYTES // len(block)):
            await response.write(block)
    return response


async def _cut(request: web.Request) -> web.StreamResponse:
    response = await _begun(request)
    await response.write(b'{"ok": true, "res')
    if request.transport:
        request.transport.abort()
    return response


OPEN_ANSWERS = {Behaviour.DRIP: _drip, Behaviour.FLOOD: _flood, Behaviour.CUT: _cut}
