"""Python's search for reference cycles, told what a long-lived process is like."""

import gc

OFTEN = (20_000, 20, 20)
"""Allocations before the youngest are looked at; Python's 700 suit scripts, not groups of hundreds of rows."""


def settle() -> None:
    """Called once all is loaded: what there is now stays for good and is never looked at again.

    Else every few groups of messages the whole of Django and Celery is walked through, a third of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
