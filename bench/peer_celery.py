"""The Celery application of the peer's installation, as its page on Celery has it."""

from celery import Celery

app = Celery("peer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["post_office"])
