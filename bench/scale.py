"""How large the heaps of messages are: whole, or a fifth with `--quick`."""

import os

QUICK = "BENCH_QUICK"


def messages(number: int) -> int:
    """So many, or a fifth of it."""
    return number // 5 if os.environ.get(QUICK) else number
