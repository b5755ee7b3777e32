"""Providers' rate limits, shared by all processes in Valkey; when it is away, a careful share of them per process."""

import threading
import time
from dataclasses import dataclass, field

import redis

from docflow.common import valkey

TAKE = """
local now = redis.call('TIME')
local t = now[1] + now[2] / 1e6
local rate, size, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'n', 't')
local n = math.min(size, (tonumber(kept[1]) or size) + (t - (tonumber(kept[2]) or t)) * rate)
local given = math.min(wanted, math.floor(n))
redis.call('HSET', KEYS[1], 'n', n - given, 't', t)
redis.call('PEXPIRE', KEYS[1], math.ceil(size / rate * 1000) + 1000)
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


def take(channel: str, wanted: int) -> int:
    """How many of `wanted` messages the channel may send now."""
    rate = PER_CHANNEL.get(channel)
    return wanted if rate is None or wanted <= 0 else _take(f"bucket:{channel}", rate, wanted)


def take_for(channel: str, address: str) -> bool:
    """Whether one more message may go to this address (its keyed hash) now."""
    rate = PER_ADDRESS.get(channel)
    return rate is None or _take(f"bucket:{channel}:{address}", rate, 1) == 1


def _take(key: str, rate: Rate, wanted: int) -> int:
    try:
        return int(valkey.client().eval(TAKE, 1, f"docflow:{key}", rate.per_second, rate.burst, wanted))
    except redis.RedisError:
        return _local.take(key, rate, wanted)


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
