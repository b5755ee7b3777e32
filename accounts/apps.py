"""Who may, who did, whom we may reach: people, roles, contacts, journal, subjects."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import events  # noqa: F401, PLC0415 - declares this app's actions once models are loaded
