"""For who lost the phone and the recovery codes: whoever runs the machine vouches for the person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_factor
from accounts.audit import SYSTEM
from accounts.models import User


class Command(BaseCommand):
    help = "Remove a person's authenticator app and recovery codes; staff set up new ones at the next sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.by_email(options["email"])
        if user is None or not second_factor.has(user):
            raise CommandError("Nobody with a second factor signs in with this address.")
        second_factor.remove(user, by=SYSTEM)
        self.stdout.write(f"{user.name} signs in without a second factor once, and sets up a new one.")
