"""Documents come in: the checks that need no parsing, then the rows. A refusal leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.audit import Actor, person
from accounts.models import User
from docflow.common.errors import NotAllowed, NotPossible, TooLarge
from documents import editing, formats, lifecycle, permissions, queries, searching, storage
from documents.models import Document, DocumentType, DocumentVersion, Priority
from documents.receiving import ReceivedFile
from documents.states import REPLACEABLE, State

NOT_A_DUPLICATE = (State.REJECTED, State.RECALLED)


@dataclass(frozen=True)
class Details:
    """What is said of a document when it comes in."""

    title: str
    client: User | None = None
    number: str = ""
    priority: str = Priority.NORMAL
    purpose: str = ""
    due_at: datetime | None = None


def create(kind: DocumentType, file: ReceivedFile, details: Details, *, by: Actor, begin: bool = True) -> Document:
    """Take a file in as a new document; with `begin` its processing starts in the same transaction.

    Raises NotAllowed, TooLarge, WrongFormat, NotValid, or NotPossible for a duplicate; then neither row nor
    file is left.
    """
    if not permissions.may_create(by):
        raise NotAllowed(_("You have no right to upload documents."))
    _check_fields(kind, details)
    _check_file(kind, file)
    author = person(by)
    if author is None:
        raise NotAllowed(_("You have no right to upload documents."))
    with _kept(file) as stored, transaction.atomic():
        _refuse_duplicate(kind, details.client, file, by)
        document = _document(kind, details, author)
        with lifecycle.started_at_once(document, by=by) if begin else nullcontext():
            document.save(force_insert=True)
            _version(document, file, stored, author)
            searching.index(document.pk, document.version)
            editing.tell("document.created", document, by=by, file=file.name, size=stored.size)
    return document


def new_version(document: Document, file: ReceivedFile, *, by: Actor, comment: str = "") -> Document:
    """Replace the file of a document that was not accepted, failed, sent back, recalled or declined."""
    if not permissions.may_manage(by, document):
        raise NotAllowed(_("You have no right to do this with the document."))
    _check_file(document.type, file)
    with _kept(file) as stored, lifecycle.replacing(document, by=by, comment=comment) as fresh:
        _refuse_duplicate(fresh.type, fresh.client, file, by, of=fresh)
        _version(fresh, file, stored, person(by))
    return fresh


def _document(kind: DocumentType, details: Details, author: User) -> Document:
    return Document(
        type=kind,
        author=author,
        title=details.title.strip(),
        number=details.number.strip(),
        client=details.client,
        priority=details.priority,
        purpose=details.purpose.strip(),
        due_at=details.due_at,
    )


def _version(document: Document, file: ReceivedFile, stored: storage.StoredFile, author: User | None) -> None:
    DocumentVersion.objects.create(
        id=file.version_id,
        document=document,
        n=document.version,
        original_name=file.name,
        format=file.format.value,
        size=stored.size,
        sha256=stored.sha256,
        stored_name=stored.name,
        wrapped_key=stored.wrapped_key,
        created_by=author,
    )


@contextmanager
def _kept(file: ReceivedFile) -> Iterator[storage.StoredFile]:
    """The file made permanent for the rows written inside; if they are not, it is removed again.

    When the database is lost, the rows may have been committed all the same: the file stays for documents.orphans.
    """
    stored = file.keep()
    try:
        yield stored
    except (OperationalError, InterfaceError):
        raise
    except BaseException:
        storage.delete(stored.name)
        raise


def _check_fields(kind: DocumentType, details: Details) -> None:
    given = {"number": details.number, "client": details.client, "due": details.due_at, "purpose": details.purpose}
    editing.require(kind, given)


def _check_file(kind: DocumentType, file: ReceivedFile) -> None:
    formats.require(file.name, file.format, kind.allowed)
    if (file.size or 0) > kind.max_size:
        text = _("The file is %(size)s; for “%(type)s” up to %(limit)s is possible. Compress or split it.")
        words = {
            "size": filesizeformat(file.size),
            "limit": filesizeformat(kind.max_size),
            "type": kind.name,
        }
        raise TooLarge(text % words, field="file", limit=kind.max_size)


def _refuse_duplicate(
    kind: DocumentType, client: User | None, file: ReceivedFile, by: Actor, *, of: Document | None = None
) -> None:
    """Same bytes, same client, same type as another document than `of`. Two such uploads at once wait here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{file.sha256}:{client.pk if client else None}:{kind.pk}"],
        )
    others = Document.objects.filter(type=kind, client=client, versions__sha256=file.sha256)
    if of is not None:
        others = others.exclude(pk=of.pk)
    same = others.exclude(state__in=NOT_A_DUPLICATE).order_by("id").values_list("pk", flat=True).first()
    if same is not None:
        raise _duplicate(Document.objects.get(pk=same), by)


def _duplicate(same: Document, by: Actor) -> NotPossible:
    """The other document is named only to who may see it, with whether he may put the file there as a new version."""
    if not queries.visible_to(by).filter(pk=same.pk).exists():
        return NotPossible(_("This file is already here. Choose another one."), code="duplicate", field="file")
    made = localtime(same.created_at)
    day = date_format(made, "j E" if made.year == localtime().year else "j E Y")
    text = _("Same file as “%(document)s” of %(day)s.") % {"document": same, "day": day}
    url = reverse("documents:document", args=[same.pk])
    replaceable = same.state in REPLACEABLE and permissions.may_manage(by, same)
    return NotPossible(text, code="duplicate", field="file", document=str(same.pk), url=url, replaceable=replaceable)
