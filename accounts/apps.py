"""Who may, who did, whom we may reach: people, roles, contacts, journal, subjects."""

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and rights")
    default = True

    def ready(self) -> None:
        from accounts import events, idempotency, seals, sessions, subjects  # noqa: F401, PLC0415 - actions are declared once models are loaded

        subjects.on_sweep("journal seals", seals.seal)
        subjects.on_sweep("kept answers", idempotency.sweep)
        subjects.on_sweep("old sessions", sessions.sweep)


class AdminConfig(apps.AdminConfig):
    """Django's admin behind our own sign-in, without Django's own groups: ours are in this app."""

    default = False
    default_site = "accounts.admin_site.Site"

    def ready(self) -> None:
        from django.contrib.auth.models import Group  # noqa: PLC0415 - models are loaded only now

        super().ready()
        admin.site.unregister(Group)
