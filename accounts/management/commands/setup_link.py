"""Print the one-time address at which the first administrator is made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import people
from docflow.common.errors import NotPossible


class Command(BaseCommand):
    help = "Print the one-time set-up link while there is no administrator; an earlier link dies."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(people.set_up_link())
        except NotPossible as refused:
            raise CommandError(str(refused.message)) from refused
