"""Bring the Russian catalogue up to date with the code."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Find all texts, update and compile locale/ru; exit 1 when some lack Russian. Needs the dev packages."

    def handle(self, *args: Any, **options: Any) -> None:
        from docflow import translations  # noqa: PLC0415 - polib is a dev package

        lacking = translations.update()
        for text in lacking:
            self.stdout.write(text)
        if lacking:
            raise CommandError(f"{len(lacking)} texts lack Russian.")
