"""Celery's way in: messages only wake, the rows say what there is to do."""

from celery import shared_task

from documents import processing, wake


@shared_task(name=wake.TASK, queue=wake.QUEUE, ignore_result=True, time_limit=300, soft_time_limit=None)  # type: ignore[untyped-decorator]  # Celery has no types
def process() -> None:
    """Work until nothing is due."""
    wake.heard()
    processing.drain()
