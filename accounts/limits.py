"""How often something may be tried; counted in the cache, by keyed hash, per window of time."""

import time

import redis
import structlog
from django.core.cache import cache

from docflow.common import crypto

log = structlog.get_logger(__name__)


def allow(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Whether this try is among the first `times` of its window. Without the cache all pass."""
    window = int(time.time()) // seconds
    key = f"limit:{what}:{window}:{crypto.lookup(who, 'limit')[:32]}"
    try:
        cache.add(key, 0, timeout=seconds)
        return int(cache.incr(key)) <= times
    except (redis.RedisError, ValueError):
        log.warning("limit_not_counted", what=what)
        return True
