"""Celery runs the work; the rows in PostgreSQL are the truth. Messages are wake-ups, worthless when lost.

Hence no results, no ETA and no countdown anywhere, and short time-outs so that a dead broker is noticed.
"""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import (
    after_task_publish,
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_ready,
)
from django.conf import settings
from django.db import close_old_connections
from kombu.entity import Queue

from docflow.common import garbage, pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docflow.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # `manage.py prepare` has made them; they take half a second

QUEUES = ("plan", "send", "default", "files")
CANARIES = ("default", "files")
"""One queue of each worker program: a canary comes through it every ten seconds, whatever else there is to do."""
CANARY_EVERY = 10.0

# The messages are JSON and their tasks take no arguments, so being root adds no way in.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("docflow")


def configure() -> dict[str, Any]:
    """Celery's settings, read when they are first needed."""
    return {
        "broker_url": settings.REDIS_URL,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_default_queue": "default",
        "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
        "task_create_missing_queues": False,
        "task_time_limit": 120,
        "task_soft_time_limit": 90,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 1000,
        "worker_soft_shutdown_timeout": 5,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "CELERY_DB_REUSE_MAX": sys.maxsize,  # else a new database connection for every task: see keep_connections
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 300,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "health_check_interval": 10,
        },
        "beat_max_loop_interval": 5,
        "beat_schedule": {
            f"canary of {queue}": {
                "task": "docflow.canary",
                "schedule": CANARY_EVERY,
                "options": {"queue": queue, "expires": CANARY_EVERY * 3},
            }
            for queue in CANARIES
        },
        "timezone": "UTC",
    }


app.add_defaults(configure)
app.autodiscover_tasks()


@app.task(name="docflow.canary", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def canary() -> None:
    """Nothing; that it ran is the sign of life."""


def keep_connections(**_: Any) -> None:
    """As between two requests: what is broken or too old is closed, the rest is checked and used again."""
    close_old_connections()


def work_gets_on(task: Task, **_: Any) -> None:
    """A task has begun or ended in this worker (`worker@host`, `files@host`)."""
    pulse.beat(str(task.request.hostname).partition("@")[0])


def beat_gets_on(**_: Any) -> None:
    """The clock has sent what was due."""
    pulse.beat("beat")


def keep_logging(**_: Any) -> None:
    """Django's logging settings hold in the workers too."""


def settle(**_: Any) -> None:
    """Everything is loaded."""
    garbage.settle()


def say_ready(**_: Any) -> None:
    """Tell the supervisor that this process has begun to work."""
    if file := os.environ.get("DOCFLOW_READY"):
        Path(file).touch()


def begin_to_tick(**_: Any) -> None:
    """From now on this process is the clock."""
    say_ready()
    after_task_publish.connect(beat_gets_on)


setup_logging.connect(keep_logging)
task_prerun.connect(keep_connections)
task_postrun.connect(keep_connections)
worker_ready.connect(settle)
worker_ready.connect(say_ready)
beat_init.connect(begin_to_tick)
task_prerun.connect(work_gets_on)
task_postrun.connect(work_gets_on)
