"""One coalesced wake after commit. A lost wake costs only the seconds until the sweeper looks."""

import logging

import redis
from celery import current_app
from django.db import transaction

from docflow.common import valkey
from notifications import metrics

log = logging.getLogger(__name__)

PLAN, CONCLUDE, INCOMING = "plan", "conclude", "incoming"
EXPIRES = 5
QUEUES = {"plan": "plan", "conclude": "plan", "incoming": "plan", "send": "send"}


def after_commit(name: str) -> None:
    """Wake a task by its name, or `send:<lane>:<channel>`, once the present transaction has committed."""
    transaction.on_commit(lambda: now(name), robust=True)


def now(name: str) -> None:
    """Wake at once, unless a wake is under way already. Never raises: the sweeper makes up for it."""
    try:
        if valkey.client().set(_key(name), b"1", nx=True, ex=EXPIRES):
            task, *arguments = name.split(":")
            current_app.send_task(
                f"notifications.tasks.{task}", args=arguments, queue=QUEUES[task], retry=False, ignore_result=True
            )
    except Exception as error:
        metrics.wakes_lost.inc()
        log.warning("wake lost", extra={"event": "wake.lost", "wake": name, "error": str(error)[:200]})


def heard(name: str) -> None:
    """Called before the first claim, so that what commits from here on wakes again."""
    try:
        valkey.client().delete(_key(name))
    except redis.RedisError as error:
        log.warning("wake key kept", extra={"event": "wake.kept", "wake": name, "error": str(error)[:200]})


def _key(name: str) -> str:
    return f"docflow:wake:{name}"
