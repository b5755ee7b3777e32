"""What a fresh database holds so that the main job works at once."""

from django.db import transaction

from accounts.models import Installation
from documents import defaults as documents
from notifications import defaults as notifications


@transaction.atomic
def ensure() -> None:
    """Add what is missing; change nothing that is there."""
    Installation.objects.get_or_create(pk=1)
    documents.ensure()
    notifications.ensure()
