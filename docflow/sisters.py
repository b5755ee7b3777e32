"""What web processes owe each other while they share a port: to go with their parent, and not to stand still.

While its sisters answer, nobody outside would notice one that lives and answers nobody, so it watches itself. One that
is alone has the supervisor for both.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Executor
from functools import cache

from docflow.servers import child
from docflow.servers.programs import USUAL_PATIENCE

log = logging.getLogger(__name__)

EVERY = 5.0
FAILED = 70


def go_with_parent() -> None:
    """Called when the process begins."""
    if parent := multiprocessing.parent_process():
        child.follow(parent.pid or 0, signal.SIGKILL)


@cache  # once in a process, at its first request
def watch(threads: Executor) -> None:
    """End this process, with a word in its log, once its loop or all these threads have been busy for two minutes."""
    if multiprocessing.parent_process():
        loop = asyncio.get_running_loop()
        threading.Thread(target=_watch, args=(loop, threads), daemon=True).start()


def _watch(loop: asyncio.AbstractEventLoop, threads: Executor) -> None:
    patience = float(os.environ.get("DOCFLOW_STUCK_AFTER") or USUAL_PATIENCE)
    missed = 0
    while missed * EVERY < patience:  # counted, not timed: after a pause of the whole machine nobody is to blame
        answered = threading.Event()
        try:
            loop.call_soon_threadsafe(threads.submit, answered.set)
        except RuntimeError:
            return  # the loop is closed: the process is ending
        missed = 0 if answered.wait(EVERY) else missed + 1
        time.sleep(0 if missed else EVERY)
    log.error("web stands still; ending it", extra={"event": "web.stands_still", "seconds": patience})
    os._exit(FAILED)
