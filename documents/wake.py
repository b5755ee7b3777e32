"""Waking the file workers after the commit: one message however many documents, never needed for correctness."""

import redis
import structlog
from celery import current_app
from django.db import transaction

from docflow.common import valkey

log = structlog.get_logger(__name__)

TASK = "documents.process"
QUEUE = "files"
KEY = "docflow:wake:files"
KEY_SECONDS = 5


def files() -> None:
    """Let a file worker look for work once this transaction is committed."""
    transaction.on_commit(now, robust=True)


def now() -> bool:
    """Wake at once, unless a wake is under way; whether one is. Never raises: the sweeper finds the work without it."""
    try:
        if valkey.client().set(KEY, b"1", nx=True, ex=KEY_SECONDS):
            current_app.send_task(TASK, queue=QUEUE, ignore_result=True, retry=False)
    except Exception as error:  # whatever the broker does, the rows are safe
        log.warning("wake_lost", queue=QUEUE, error=type(error).__name__)
        return False
    return True


def heard() -> None:
    """A worker is about to look: whoever commits from now on must wake again."""
    try:
        valkey.client().delete(KEY)
    except redis.RedisError as error:
        log.warning("wake_kept", queue=QUEUE, error=type(error).__name__)
