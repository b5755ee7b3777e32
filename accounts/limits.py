"""How often something may be tried; counted in the cache, by keyed hash, per window of time.

Without the cache nothing is counted and all pass.
"""

import time

import redis
import structlog
from django.core.cache import cache

from docflow.common import crypto

log = structlog.get_logger(__name__)


def allow(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Count this try; whether it is among the first `times` of its window."""
    return count(what, who, seconds=seconds) <= times


def count(what: str, who: str, *, seconds: int) -> int:
    """Count this one; how many there are in this window."""
    key = _key(what, who, seconds)
    try:
        cache.add(key, 0, timeout=seconds)
        return int(cache.incr(key))
    except (redis.RedisError, ValueError):
        log.warning("limit_not_counted", what=what)
        return 0


def counted(what: str, who: str, *, seconds: int) -> int:
    """How many there are in this window so far."""
    try:
        return int(cache.get(_key(what, who, seconds), 0))
    except redis.RedisError:
        return 0


def _key(what: str, who: str, seconds: int) -> str:
    return f"limit:{what}:{int(time.time()) // seconds}:{crypto.lookup(who, 'limit')[:32]}"
