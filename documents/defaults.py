"""What a fresh database needs so that the main job works at once."""

from documents.formats import DEFAULT_ALLOWED
from documents.models import ClientSees, Confirm, DocumentType


def ensure() -> None:
    """One type without a human step, unless any type exists."""
    if DocumentType.objects.exists():
        return
    DocumentType.objects.get_or_create(
        slug="document",
        defaults={
            "name_ru": "Документ",
            "name_en": "Document",
            "formats": [each.value for each in DEFAULT_ALLOWED],
            "confirm": Confirm.TAP,
            "client_sees": ClientSees.PREPARING,
        },
    )
