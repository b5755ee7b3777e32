"""Who may, who did, whom we may reach: people, roles, contacts, journal, subjects."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True

    def ready(self) -> None:
        from accounts import events  # noqa: F401, PLC0415 - declares this app's actions once models are loaded


class AdminConfig(admin.AdminConfig):
    """Django's admin behind our own sign-in."""

    default = False
    default_site = "accounts.admin_site.Site"
