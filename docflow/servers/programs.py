"""The processes of the product, as the supervisor runs them here and docker-compose.yml runs them elsewhere."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from docflow.servers.child import Process

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = str(ROOT / "manage.py")
SOURCES = {".css", ".js", ".svg", ".png", ".ico", ".woff2", ".webmanifest", ".html", ".py"}
CELERY = ("-m", "celery", "-A", "docflow")
WORKER = ("worker", "--without-gossip", "--without-mingle", "--loglevel=WARNING")

CELERY_WORKERS = ("worker", "files")
USUAL_PATIENCE = 120.0
PATIENCE = {"files": 360.0}  # Celery itself ends what reads one batch of documents for five minutes
# Else glibc keeps freed memory apart for each thread: over 100,000 messages a worker grew twice as much.
ARENAS = {"MALLOC_ARENA_MAX": "2"}

# name -> what Python runs; {…} is filled in from where it runs
PROGRAMS: dict[str, tuple[str, ...]] = {
    "web": (
        "-m", "uvicorn", "docflow.asgi:application", "--host={host}", "--port={port}", "--workers={webs}",
        "--lifespan=off", "--no-access-log", "--no-proxy-headers", "--no-server-header",
        "--timeout-graceful-shutdown=3", "--log-level=warning",
    ),
    "worker": (
        *CELERY, *WORKER, "--pool=threads", "--concurrency={threads}", "-Q", "plan,send,default", "-n", "worker@%h",
    ),
    "files": (*CELERY, *WORKER, "--pool=prefork", "--concurrency={parsers}", "-Q", "files", "-n", "files@%h"),
    "beat": (*CELERY, "beat", "--schedule={run}/beat", "--pidfile=", "--loglevel=WARNING"),
    "sweeper": (MANAGE, "sweeper"),
}  # fmt: skip


def process(
    name: str, places: Mapping[str, str], env: Mapping[str, str], ready: Callable[[], bool] | None = None
) -> Process:
    """One of PROGRAMS as a supervised process; it counts as ready by `ready`, else once it has said so itself."""
    run = Path(places["run"])
    said = run / f"{name}.ready"
    return Process(
        name=name,
        command=[sys.executable, *(part.format(**places) for part in PROGRAMS[name])],
        env={**ARENAS, **env, "DOCFLOW_READY": str(said)},
        ready=ready or said.exists,
        before=lambda: said.unlink(missing_ok=True),
        stands_still=lambda ran: stands_still(name, run, ran, ready),
    )


def stands_still(name: str, run: Path, ran: float, answers: Callable[[], bool] | None = None) -> bool:
    """Whether a process that has run for `ran` seconds has shown no sign of life for too long (see common.pulse).

    `web` shows it by answering. Workers are sent canaries by the clock: while it is silent, their silence says nothing.
    """
    patience = float(os.environ.get("DOCFLOW_STUCK_AFTER") or PATIENCE.get(name, USUAL_PATIENCE))
    sign = run / f"{name}.ready"
    if answers and answers():
        sign.touch()
    if name in CELERY_WORKERS and silence(run / "beat.ready") > patience / 2:
        return False
    return ran > patience and silence(sign) > patience


def silence(sign: Path) -> float:
    """Seconds since this file was last touched."""
    try:
        return time.time() - sign.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def pages_are_built() -> bool:
    """Whether the collected sheets, scripts and icons are younger than everything they are made of."""
    made = ROOT / "build" / "collected" / "staticfiles.json"
    sources = [ROOT / "requirements.lock", *_sources()]
    return made.exists() and all(source.stat().st_mtime < made.stat().st_mtime for source in sources)


def _sources() -> Iterator[Path]:
    for folder in ("static", "templates", "docflow", "accounts", "documents", "notifications", "support"):
        yield from (path for path in (ROOT / folder).rglob("*.*") if path.suffix in SOURCES)


def manage(*arguments: str) -> list[str]:
    """The command line of a management command."""
    return [sys.executable, MANAGE, *arguments]


def serves(host: str, port: int, named: str) -> bool:
    """Whether the web process answers there to the name people use for it."""
    line = HTTPConnection(host, port, timeout=3)
    try:
        line.request("GET", "/healthz", headers={"Host": named})
        return line.getresponse().status < 400
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def listens(*addresses: tuple[str, int]) -> bool:
    """Whether something accepts connections at every one of these."""
    try:
        for address in addresses:
            socket.create_connection(address, timeout=2).close()
    except OSError:
        return False
    return True
