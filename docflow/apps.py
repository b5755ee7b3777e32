"""The app that ties the others together."""

from django.apps import AppConfig

from docflow.common import ids, lookups


class DocflowConfig(AppConfig):
    name = "docflow"

    def ready(self) -> None:
        """Whoever wakes a worker finds our Celery, with its settings; the ORM knows our lookups."""
        from docflow.celery import app  # noqa: PLC0415 - its settings may be read only now

        app.set_default()
        lookups.register()
        ids.register()
