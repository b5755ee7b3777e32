"""One client of Valkey per process, with short time-outs: nothing that matters may wait for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

WAIT = 2.0
PAUSE = 5.0
"""Seconds for which a Valkey that did not answer in time is not asked again by this process."""


def client() -> "redis.Redis":
    """This process's connections."""
    return _client(settings.REDIS_URL)


def hit(key: str, seconds: int) -> int:
    """Count one more within the window that began with the first hit; 0 when Valkey does not answer."""
    try:
        with client().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, seconds, nx=True)
            count, _ = pipe.execute()
    except redis.RedisError:
        return 0
    return int(count)


@lru_cache(maxsize=4)
def _client(url: str) -> "redis.Redis":
    line = type("Line", (_Line,), {"silent_until": 0.0})  # the pause is that of one address
    pool = redis.ConnectionPool.from_url(url, connection_class=line, socket_timeout=WAIT, socket_connect_timeout=1)
    return redis.Redis.from_pool(pool)


class _Line(redis.Connection):
    """A connection to a server that may stand still: whoever asks next must not wait for it too."""

    silent_until: float

    def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        with self._heard():
            super().connect_check_health(*args, **kwargs)

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        with self._heard():
            super().send_packed_command(*args, **kwargs)  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        with self._heard():
            return super().read_response(*args, **kwargs)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        if time.monotonic() < self.silent_until:
            raise redis.TimeoutError("it did not answer a moment ago")
        try:
            yield
        except redis.TimeoutError:
            type(self).silent_until = time.monotonic() + PAUSE
            raise
