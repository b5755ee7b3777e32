"""Uploads sealed on arrival: the plain bytes of a file never reach the disk.

Only views that say so get files (`receives_files = True` on a view function or class) and only from people who
are signed in: from anybody else the bytes are read and dropped. Whatever a view does not `keep` is gone when the
request ends, however it ends.
"""

import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from docflow.common import errors, ids
from documents import formats, storage

if TYPE_CHECKING:
    _Uploaded = UploadedFile[bytes]
else:
    _Uploaded = UploadedFile

LONGEST_NAME = 200
FORM_FIELDS = 1024 * 1024  # what a request may carry beside its files
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def place(version_id: UUID) -> str:
    """What all files of one document version are sealed for."""
    return f"documents.version:{version_id}"


def oversized(request: HttpRequest) -> errors.TooLarge | None:
    """The refusal for a request that declares more bytes than any file may have, before one of them is read."""
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return None
    limit = settings.MAX_UPLOAD if request.content_type == "multipart/form-data" else 0
    return _too_large(declared) if declared > max(limit, settings.DATA_UPLOAD_MAX_MEMORY_SIZE) + FORM_FIELDS else None


def left_to_view(request: HttpRequest, view: object) -> bool:
    """Whether a view that expects files can be reached, and answer in its own way, without the body being read."""
    return expects(view) and (getattr(view, "csrf_exempt", False) or "X-CSRFToken" in request.headers)


def expects(view: object) -> bool:
    """Whether the view, or the class behind it, says `receives_files = True`."""
    owner = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return bool(getattr(view, "receives_files", False) or getattr(owner, "receives_files", False))


def tidy(request: HttpRequest) -> None:
    """Remove the file whose arrival broke off; what arrived whole, Django closes itself."""
    for handler in getattr(request, "_upload_handlers", ()):
        handler.upload_interrupted()


class ReceivedFile(_Uploaded):
    """A file that has arrived and waits, sealed, for a decision: `keep` or nothing.

    `version_id` is made here because the file is sealed for it: give it to the document version that keeps the
    file. What went wrong while receiving (TooLarge, NoSpace) is raised by whatever is asked first of `source`,
    `sha256`, `format` and `keep`.
    """

    name: str
    size: int

    def __init__(
        self, name: str, size: int, writer: storage.Writer | None, version_id: UUID, refused: Exception | None
    ) -> None:
        super().__init__(file=None, name=clean_name(name), size=size)
        self.version_id = version_id
        self.refused = refused
        self._writer = writer

    @property
    def sha256(self) -> str:
        """64 hex digits, of the plain bytes."""
        return self._received().finish().sha256

    @cached_property
    def format(self) -> formats.Format:
        """The true format, from the bytes."""
        with self.source() as source:
            return formats.sniff(source, self.name)

    def source(self) -> storage.SealedFile:
        """A reader of the plain bytes."""
        return self._received().open()

    def keep(self) -> storage.StoredFile:
        """Make the file permanent; if the transaction then fails, `storage.delete(name)` is the caller's task."""
        return self._received().keep()

    def discard(self) -> None:
        """Forget the file, unless it has been kept."""
        if self._writer:
            self._writer.discard()

    def close(self) -> None:
        """Called by Django at the end of the request."""
        self.discard()

    def _received(self) -> storage.Writer:
        if self._writer is None:
            raise self.refused or errors.NotValid(_("The file did not arrive. Send it again."), field="file")
        return self._writer


class SealingUploadHandler(FileUploadHandler):
    """The only upload handler; settings.MAX_UPLOAD bounds a file, Django itself bounds their number."""

    chunk_size = storage.CHUNK

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> tuple[QueryDict, MultiValueDict[str, _Uploaded]] | None:
        """Leave a body that is too long unread; the view tells it by `oversized`."""
        return (QueryDict(), MultiValueDict()) if self.request and oversized(self.request) else None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not _expected(self.request):
            raise SkipFile
        self.version_id = ids.new_id()
        self.refused: Exception | None = None
        self.writer: storage.Writer | None = None
        try:
            self.writer = storage.Writer(place(self.version_id))
        except errors.NoSpace as full:
            self.refused = full

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.refused or self.writer is None:
            return
        try:
            if start + len(raw_data) > settings.MAX_UPLOAD:
                raise _too_large(start + len(raw_data))
            self.writer.write(raw_data)
        except errors.Refused as refused:
            self._refuse(refused)

    def file_complete(self, file_size: int) -> ReceivedFile:
        writer, self.writer = self.writer, None
        return ReceivedFile(self.file_name or "", file_size, writer, self.version_id, self.refused)

    def upload_interrupted(self) -> None:
        """The body ended in the middle of a file."""
        writer, self.writer = getattr(self, "writer", None), None
        if writer:
            writer.discard()

    def _refuse(self, refused: errors.Refused) -> None:
        self.refused = refused
        self.upload_interrupted()


def clean_name(name: str | None) -> str:
    """A name to show and to offer on download: no path, nothing invisible, one spelling, 200 characters."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name or ""))[-1]
    name = "".join(" " if each.isspace() else each for each in name if each.isspace() or _visible(each))
    name = " ".join(name.split()).strip(". ")
    if RESERVED.fullmatch(name):
        name = f"_{name}"
    return _shorten(name) or "file"


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in INVISIBLE


def _shorten(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if len(name) <= LONGEST_NAME or not dot or len(ending) > 10:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _expected(request: HttpRequest | None) -> bool:
    match = getattr(request, "resolver_match", None)
    user = getattr(request, "user", None)
    return match is not None and expects(match.func) and user is not None and user.is_authenticated


def _too_large(size: int) -> errors.TooLarge:
    words = {"size": filesizeformat(size), "limit": filesizeformat(settings.MAX_UPLOAD)}
    text = _("The file is %(size)s; up to %(limit)s is possible. Compress or split it.")
    return errors.TooLarge(str(text) % words, field="file", limit=settings.MAX_UPLOAD)
