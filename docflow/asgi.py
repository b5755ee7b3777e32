"""The one server's entry: live updates run on async Django, everything else in threads.

Threads keep their database connections, which async Django cannot with psycopg2: three times the requests.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

from docflow import arriving, leaving, sisters
from docflow.common import garbage
from docflow.env import env_int
from docflow.wsgi import application as wsgi

Side = Callable[[Any, Any, Any], Awaitable[None]]

LIVE = "/events/"

sisters.go_with_parent()
live = cast("Side", get_asgi_application())
pages = WSGIMiddleware(cast("Any", wsgi), workers=env_int("DOCFLOW_WEB_THREADS", 16))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand the request to the side that serves its path."""
    sisters.watch(pages.executor)
    if scope["type"] == "http" and scope["path"].startswith(LIVE):
        await live(scope, receive, send)
    else:
        body = await arriving.begun(scope, arriving.bounded(receive))
        await cast("Side", pages)(scope, body, leaving.bounded(send))


garbage.settle()
