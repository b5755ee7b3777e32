"""Writes that move nothing: comments, details, and the one way to record a fact about a document."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from docflow.common.errors import NotAllowed, NotPossible, NotValid
from documents import permissions, searching
from documents.models import Comment, Document, DocumentType, DocumentVersion, RequiredField
from documents.states import CLOSED

Kind = Comment.Kind
LONGEST_COMMENT = 4000
EDITABLE = ("title", "number", "priority", "purpose", "due_at")
SEARCHED = {"title", "number"}


def current_version(document: Document) -> DocumentVersion:
    """The file that the document stands for now."""
    return document.versions.get(n=document.version)


def tell(action: str, document: Document, *, by: Actor, acting: list[UUID] | None = None, **data: Any) -> None:
    """Record a fact of the current version, with the people it concerns."""
    tell_all(action, [(document, data)], by=by, acting=acting)


def tell_all(
    action: str,
    told: Iterable[tuple[Document, Mapping[str, Any]]],
    *,
    by: Actor,
    acting: list[UUID] | None = None,
) -> None:
    """Record the same fact of many documents, each with what it says of that one."""
    facts = [_fact(document, data, acting or []) for document, data in told]
    if facts:
        audit.record_all(action, facts, by=by)


def _fact(document: Document, data: Mapping[str, Any], acting: list[UUID]) -> audit.Fact:
    participants = {
        "client": [document.client_id] if document.client_id else [],
        "author": [document.author_id],
        "acting": acting,
    }
    kept = {key: _storable(value) for key, value in data.items() if value not in ("", None)}
    return audit.Fact((Document.subject_kind, document.pk), document.version, kept, participants)


def _storable(value: Any) -> Any:
    return searching.clean(value) if isinstance(value, str) else value


def note(document: Document, kind: Comment.Kind, text: str, *, by: Actor) -> Comment | None:
    """Keep the words beside the document; none were said, none are kept. Raises NotValid for too many."""
    text = searching.clean(text).strip()
    if not text:
        return None
    if len(text) > LONGEST_COMMENT:
        raise NotValid(_("Up to 4,000 characters, please."), field="comment", code="too_long")
    author = audit.person(by)
    return Comment.objects.create(
        document=document,
        version=document.version,
        kind=kind,
        author=author,
        author_name=author.name if author else getattr(by, "masked", getattr(by, "name", "")),
        text=text,
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
    said = note(document, kind, text, by=by)
    if said is None:
        raise NotValid(_("Write a few words first."), field="text", code="empty")
    return said


def require(kind: DocumentType, given: Mapping[str, Any]) -> None:
    """Raises NotValid for the first field that the type asks for and that is empty."""
    for name in RequiredField.values:
        if name in kind.required and not given[name]:
            text = _("Fill in “%(field)s”: documents of the type “%(type)s” need it.")
            words = {"field": RequiredField(name).label, "type": kind.name}
            raise NotValid(text % words, field=name, code="required")


def change(document: Document, *, by: Actor, values: Mapping[str, Any], seen: str = "") -> Document:
    """Correct the details; the state stays. `seen` is the `mark` of the details that the person began from.

    Raises NotPossible when somebody else changed them meanwhile or the document is closed, NotValid when the type
    needs what is now empty. Unknown keys are a programming error.
    """
    if unknown := set(values) - set(EDITABLE):
        raise ValueError(f"not editable: {unknown}")
    with transaction.atomic():
        fresh = Document.objects.select_for_update(of=("self",)).select_related("type").get(pk=document.pk)
        if not permissions.may_manage(by, fresh):
            raise NotAllowed(_("You have no right to do this with the document."))
        _require_changeable(fresh, seen)
        _write(fresh, {name: value for name, value in values.items() if getattr(fresh, name) != value}, by=by)
    return fresh


def mark(document: Document) -> str:
    """Changes whenever one of the details does."""
    details = [str(getattr(document, name)) for name in EDITABLE]
    return hashlib.sha256(json.dumps(details).encode()).hexdigest()


def _require_changeable(fresh: Document, seen: str) -> None:
    if fresh.state in CLOSED:
        text = _("The document is “%(state)s”, so its details stay as they are.")
        raise NotPossible(text % {"state": fresh.get_state_display()}, code="closed", state=str(fresh.state))
    if seen and seen != mark(fresh):
        text = _("Somebody changed the details while you typed. Your values are kept; save again to replace theirs.")
        raise NotPossible(text, code="changed_meanwhile")


def _write(fresh: Document, changed: dict[str, Any], *, by: Actor) -> None:
    for name, value in changed.items():
        setattr(fresh, name, value)
    given = {"number": fresh.number, "client": fresh.client_id, "due": fresh.due_at, "purpose": fresh.purpose}
    require(fresh.type, given)
    if changed:
        fresh.save(update_fields=list(changed))
        tell("document.edited", fresh, by=by, changed=sorted(changed))
    if SEARCHED & set(changed):
        searching.index(fresh.pk, fresh.version)
