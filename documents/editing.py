"""Writes that move nothing: comments, details, and the one way to record a fact about a document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from docflow.common.errors import NotAllowed, NotValid
from documents import permissions, searching
from documents.models import Comment, Document, DocumentVersion

Kind = Comment.Kind
LONGEST_COMMENT = 4000
EDITABLE = ("title", "number", "priority", "purpose", "due_at")
SEARCHED = {"title", "number"}


def current_version(document: Document) -> DocumentVersion:
    """The file that the document stands for now."""
    return document.versions.get(n=document.version)


def tell(action: str, document: Document, *, by: Actor, acting: list[UUID] | None = None, **data: Any) -> None:
    """Record a fact of the current version, with the people it concerns."""
    participants = {
        "client": [document.client_id] if document.client_id else [],
        "author": [document.author_id],
        "acting": acting or [],
    }
    kept = {key: value for key, value in data.items() if value not in ("", None)}
    audit.record(action, document, by=by, version=document.version, data=kept, participants=participants)


def note(document: Document, kind: Comment.Kind, text: str, *, by: Actor) -> Comment | None:
    """Keep the words beside the document; none were said, none are kept."""
    if not text.strip():
        return None
    author = audit.person(by)
    return Comment.objects.create(
        document=document,
        version=document.version,
        kind=kind,
        author=author,
        author_name=author.name if author else getattr(by, "masked", getattr(by, "name", "")),
        text=searching.clean(text.strip())[:LONGEST_COMMENT],
    )


def comment(document: Document, *, by: Actor, text: str) -> Comment:
    """A word to colleagues; the client does not see it."""
    if not permissions.may_comment(by):
        raise NotAllowed(_("You have no right to do this with the document."))
    with transaction.atomic():
        said = _said(document, Kind.NOTE, text, by=by)
        tell("document.commented", document, by=by, comment=said.text)
    return said


def ask(document: Document, *, by: Actor, text: str) -> Comment:
    """A question of the recipient: kept as a comment, and the author is told."""
    if not permissions.may_answer(by, document):
        raise NotAllowed(_("You have no right to do this with the document."))
    with transaction.atomic():
        said = _said(document, Kind.QUESTION, text, by=by)
        tell("document.asked", document, by=by, comment=said.text)
    return said


def note_download(document: Document, *, by: Actor, device: str = "") -> None:
    """The client took the file from his account."""
    with transaction.atomic():
        tell("document.downloaded", document, by=by, device=device)


def _said(document: Document, kind: Comment.Kind, text: str, *, by: Actor) -> Comment:
    if len(text) > LONGEST_COMMENT:
        raise NotValid(_("Up to 4,000 characters, please."), field="text", code="too_long")
    said = note(document, kind, text, by=by)
    if said is None:
        raise NotValid(_("Write a few words first."), field="text", code="empty")
    return said


def change(document: Document, *, by: Actor, values: Mapping[str, Any]) -> Document:
    """Correct the details; the state stays. Unknown keys are a programming error."""
    if unknown := set(values) - set(EDITABLE):
        raise ValueError(f"not editable: {unknown}")
    with transaction.atomic():
        fresh = Document.objects.select_for_update(of=("self",)).select_related("type").get(pk=document.pk)
        if not permissions.may_manage(by, fresh):
            raise NotAllowed(_("You have no right to do this with the document."))
        changed = {name: value for name, value in values.items() if getattr(fresh, name) != value}
        for name, value in changed.items():
            setattr(fresh, name, value)
        if changed:
            fresh.save(update_fields=list(changed))
            tell("document.edited", fresh, by=by, changed=sorted(changed))
        if SEARCHED & set(changed):
            searching.index(fresh.pk, fresh.version)
    return fresh
