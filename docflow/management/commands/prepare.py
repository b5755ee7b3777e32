"""Bring the database to this version: migrate as its owner, grant the product its rights, fill in defaults."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from docflow import database, defaults
from docflow.servers import roles


class Command(BaseCommand):
    help = "Migrate (as DATABASE_OWNER_URL), grant rights to the running role, add missing default settings."

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections["default"]
        connection.close()
        connection.settings_dict.update(database.parse(settings.DATABASE_OWNER_URL))
        call_command("migrate", interactive=False, verbosity=0)
        roles.grant(settings.DATABASE_OWNER_URL, settings.DATABASE_URL)
        defaults.ensure()
