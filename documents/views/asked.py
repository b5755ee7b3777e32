"""What a request names: a visible document, a page of a list, a device. Wrong values narrow nothing."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.audit import Actor
from docflow.common.errors import NotFound
from documents import queries
from documents.models import Document, DocumentVersion

PHONES = ("mobile", "android", "iphone")


def document(document_id: UUID, by: Actor) -> Document:
    """The document, if `by` may know of it; else NotFound, as if there were none."""
    rows = queries.visible_to(by).select_related("type", "client__organisation", "author")
    found = rows.filter(pk=document_id).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    return found


def version(of: Document, n: int) -> DocumentVersion:
    """One version of a document that is visible already."""
    found = of.versions.filter(n=n).select_related("document").first()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def identity(text: str) -> UUID | None:
    """The id in a query string, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def device(request: HttpRequest) -> str:
    """What kind of thing the person holds, as far as the browser says."""
    agent = request.headers.get("User-Agent", "").lower()
    return "phone" if any(word in agent for word in PHONES) else "computer"


def is_late(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and due_at < at
