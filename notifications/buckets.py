"""Providers' rate limits, shared by all processes in Valkey; when it is away, a careful share of them per process."""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import redis

from docflow.common import valkey

TAKE = """
local now = redis.call('TIME')
local t = now[1] + now[2] / 1e6
local rate, size, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local given = {}
for place, key in ipairs(KEYS) do
    local kept = redis.call('HMGET', key, 'n', 't')
    local n = math.min(size, (tonumber(kept[1]) or size) + (t - (tonumber(kept[2]) or t)) * rate)
    given[place] = math.min(wanted, math.floor(n))
    redis.call('HSET', key, 'n', n - given[place], 't', t)
    redis.call('PEXPIRE', key, math.ceil(size / rate * 1000) + 1000)
end
return given
"""
SHARE = 4
"""Without Valkey nobody knows how many processes send: each takes a quarter of the rate."""


@dataclass(frozen=True)
class Rate:
    """So many per second on average, so many at once."""

    per_second: float
    burst: float


PER_CHANNEL = {"telegram": Rate(25, 25)}
PER_ADDRESS = {"telegram": Rate(1, 3)}


def take(channel: str, wanted: int, per_second: float | None = None) -> int:
    """How many of `wanted` messages the channel may send now; `per_second` is what was agreed with the provider."""
    rate = PER_CHANNEL.get(channel)
    if rate is None or wanted <= 0:
        return wanted
    return _take([f"bucket:{channel}"], Rate(per_second, per_second) if per_second else rate, wanted)[0]


def most(channel: str, wanted: int, per_second: float | None = None) -> int:
    """No more than this of `wanted` can be allowed at once."""
    rate = PER_CHANNEL.get(channel)
    return wanted if rate is None else min(wanted, math.ceil(per_second or rate.burst))


def take_each(channel: str, addresses: Sequence[str]) -> list[bool]:
    """Whether one more message may go to each of these addresses (their keyed hashes) now: one call."""
    rate = PER_ADDRESS.get(channel)
    if rate is None or not addresses:
        return [True] * len(addresses)
    return [given == 1 for given in _take([f"bucket:{channel}:{address}" for address in addresses], rate, 1)]


def _take(keys: Sequence[str], rate: Rate, wanted: int) -> list[int]:
    try:
        names = [f"docflow:{key}" for key in keys]
        return list(valkey.client().eval(TAKE, len(names), *names, rate.per_second, rate.burst, wanted))
    except redis.RedisError:
        return [_local.take(key, rate, wanted) for key in keys]


@dataclass
class Local:
    """The careful stand-in of one process."""

    kept: dict[str, tuple[float, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, rate: Rate, wanted: int) -> int:
        now, per_second = time.monotonic(), rate.per_second / SHARE
        size = max(1.0, rate.burst / SHARE)
        with self.lock:
            if len(self.kept) > 10_000:
                self.kept.clear()
            left, then = self.kept.get(key, (size, now))
            left = min(size, left + (now - then) * per_second)
            given = min(wanted, int(left))
            self.kept[key] = (left - given, now)
        return given


_local = Local()
