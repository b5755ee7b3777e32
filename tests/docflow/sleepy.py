"""A web process of which one can ask that all its threads sleep."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docflow import sisters

sisters.go_with_parent()
threads = ThreadPoolExecutor(1)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers with its process id."""
    sisters.watch(threads)
    if scope["path"] == "/sleep":
        threads.submit(time.sleep, 600)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
