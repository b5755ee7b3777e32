"""Pages of a version for the viewer: pictures, what stands in for them, and the text."""

from collections.abc import Callable

from documents.models import DocumentText, DocumentVersion, Step
from documents.states import State
from documents.story.shapes import Page

LONGEST_SHOWN = 60_000
Address = Callable[[int, bool], str]
"""Page number and "is it the thumbnail" to a path."""


def pages(version: DocumentVersion, address: Address) -> list[Page]:
    """The pictures made so far."""
    return [
        Page(row.n, address(row.n, False), row.width, row.height, address(row.n, True))
        for row in version.pictures.order_by("n")
    ]


def preview(version: DocumentVersion, shown: list[Page], steps: list[Step]) -> str | None:
    """Nothing to say while pages are shown; otherwise whether they come later, are being made or will never be."""
    if shown:
        return None
    if version.document.state == State.UPLOADED:
        return "later"
    waiting = any(step.kind == Step.Kind.PICTURES and not step.outcome for step in steps)
    unread = version.checked_at is None and not version.reason
    return "preparing" if (waiting and version.pages) or unread else "unavailable"


def text(version: DocumentVersion) -> str:
    """The text version, of the current version only, cut where nobody reads on."""
    row = DocumentText.objects.filter(document=version.document_id, version=version.n).values_list("text", flat=True)
    return (row.first() or "")[:LONGEST_SHOWN]
