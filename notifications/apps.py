"""The notification engine as a Django app: declares its actions and listens to the journal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications import desk, events, metrics, panel, receivers  # noqa: PLC0415 - models must be loaded first

        events.declare()
        desk.declare()
        receivers.connect()
        panel.register()
        metrics.register()
