"""`manage.py states_doc` writes docs/states.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from documents import diagram


class Command(BaseCommand):
    help = "Write docs/states.md from the graph of states."

    def handle(self, *args: Any, **options: Any) -> None:
        Path(settings.ROOT, "docs", "states.md").write_text(diagram.page(), encoding="utf-8")
