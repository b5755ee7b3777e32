"""Signs of life. A process shows one each time its work gets on, so that one that merely exists is found out.

The supervisor reads them from a file beside each process, `/readyz` from Valkey. Losing them loses nothing.
"""

import os
import time
from pathlib import Path

import redis

from docflow.common import figures, valkey

EVERY = 1.0
KEPT_MS = 600_000
NAMES = ("worker", "files", "sweeper", "beat")

_last: dict[str, float] = {}


def beat(name: str) -> None:
    """The work of this process has just got on; figures go along. Costs nothing when said often; never raises."""
    now = time.monotonic()
    if now - _last.get(name, 0.0) < EVERY:
        return
    _last[name] = now
    if file := os.environ.get("DOCFLOW_READY"):
        Path(file).touch()
    try:
        valkey.client().set(_key(name), b"1", px=KEPT_MS)
        figures.publish()
    except redis.RedisError:
        return


def ages() -> dict[str, float | None]:
    """Seconds since each kind of process last showed a sign; None when it did not for ten minutes."""
    try:
        with valkey.client().pipeline(transaction=False) as asked:
            for name in NAMES:
                asked.pttl(_key(name))
            left = asked.execute()
    except redis.RedisError:
        return dict.fromkeys(NAMES)
    return {name: round((KEPT_MS - ms) / 1000, 1) if ms > 0 else None for name, ms in zip(NAMES, left, strict=True)}


def _key(name: str) -> str:
    return f"docflow:pulse:{name}"
