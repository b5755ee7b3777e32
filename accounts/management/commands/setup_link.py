"""Print the one-time address at which the first administrator is made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import people
from docflow.common.errors import NotPossible


class Command(BaseCommand):
    help = "Print the one-time set-up link while there is no administrator; an earlier link dies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="print nothing when there is an administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(people.set_up_link())
        except NotPossible as refused:
            if options["if_needed"]:
                return
            raise CommandError(str(refused.message)) from refused
