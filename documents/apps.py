"""The app and what it tells the others when the project starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    label = "documents"
    verbose_name = _("Documents")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from documents import events, subjects  # noqa: PLC0415 - models must be loaded first

        events.declare()
        subjects.register()
