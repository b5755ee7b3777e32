"""The one server's entry: live updates run on async Django, everything else in threads.

Threads keep their database connections, which async Django cannot with psycopg2: three times the requests.
"""

from a2wsgi import WSGIMiddleware
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.asgi import get_asgi_application

from docflow.env import env_int
from docflow.wsgi import application as wsgi

LIVE = "/events/"

live = get_asgi_application()
pages = WSGIMiddleware(wsgi, workers=env_int("DOCFLOW_WEB_THREADS", 16))


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Hand the request to the side that serves its path."""
    side = live if scope["type"] == "http" and scope["path"].startswith(LIVE) else pages
    await side(scope, receive, send)
