"""Check that nobody changed the journal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import seals
from accounts.models import AuditSeal


class Command(BaseCommand):
    help = "Verify the journal's hash chain and its signed checkpoints; exit 1 when anything was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(seals.verify())
        for fault in faults:
            self.stderr.write(f"seal {fault.seq}: {fault.what}")
        if faults:
            raise CommandError(f"The journal was changed: {len(faults)} faults.")
        self.stdout.write(f"The journal is whole: {AuditSeal.objects.count()} sealed entries.")
