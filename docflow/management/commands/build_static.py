"""`manage.py build_static`: make sheets, scripts and sprite, then collect everything for serving."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from docflow import assets

UNUSED = ["rest_framework", "django_htmx"]  # the API has no pages; htmx is part of our scripts


class Command(BaseCommand):
    """Run after every change of a template's icons, a sheet or a script, and once at bootstrap."""

    help = "Build the static files and collect them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Leave `build/collected` complete and hashed."""
        try:
            sizes = assets.build(settings.ROOT, settings.ROOT / "build" / "static")
        except assets.UnknownOutline as unknown:
            raise CommandError(f"no such outline in lucide: {unknown}") from unknown
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
        self.stdout.write(", ".join(f"{name} {size / 1024:.1f} KB" for name, size in sizes.items()))
