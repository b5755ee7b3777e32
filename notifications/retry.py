"""When again? Pure: the schedule, its limits and what a provider's own wish does to it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

JITTER = 0.2
LONGEST_WISH = 3600.0


def wait(
    tries: int, *, schedule: Sequence[float], now: datetime, expires_at: datetime, retry_after: float | None = None
) -> float | None:
    """Seconds until the next try after `tries` that counted; None when it is over.

    A provider's Retry-After is obeyed. The last step of the schedule repeats until the delivery expires.
    """
    if retry_after is not None:
        seconds = max(1.0, min(retry_after, LONGEST_WISH))
    else:
        step = schedule[min(max(tries, 1), len(schedule)) - 1]
        seconds = step * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter, not a secret
    return seconds if now + timedelta(seconds=seconds) < expires_at else None
