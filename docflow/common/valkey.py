"""One client of Valkey per process, with short time-outs: nothing that matters may wait for it."""

from functools import lru_cache

import redis
from django.conf import settings


def client() -> "redis.Redis":
    """This process's connections."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)


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
