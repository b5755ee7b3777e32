"""Celery's way in: messages only wake, the rows say what there is to do."""

from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_process_init

from documents import parsing, processing, wake

log = structlog.get_logger(__name__)


def prepare(**_: Any) -> None:
    """Have the parsing process ready before the first document comes."""
    try:
        parsing.prepare()
    except parsing.ParserUnavailable as error:
        log.error("parser_unavailable", error=str(error))


worker_process_init.connect(prepare)


@shared_task(name=wake.TASK, queue=wake.QUEUE, ignore_result=True, time_limit=300, soft_time_limit=None)  # type: ignore[untyped-decorator]  # Celery has no types
def process() -> None:
    """Work until nothing is due."""
    wake.heard()
    processing.drain()
