"""Python's search for reference cycles, told what our processes are like."""

import gc

OFTEN = (20_000, 20, 20)
"""Allocations before the youngest are looked at; Python's 700 suit scripts, neither Django nor large groups."""


def seldom() -> None:
    """Called before anything is loaded: while thousands of modules come, nearly all that is made stays."""
    gc.set_threshold(*OFTEN)


def settle() -> None:
    """Called once all is loaded: what there is now stays for good and is never looked at again.

    Else every few groups of messages the whole of Django and Celery is walked through, a third of a worker's time.
    """
    gc.collect()
    gc.freeze()
