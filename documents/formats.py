"""What a file truly is, told from its bytes: never from its name or from what the sender declares.

Only a few bytes are looked at and nothing is unpacked here; what must be parsed waits for documents.parsing.
"""

import re
import struct
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from docflow.common import errors
from documents.parsing import plain

HEAD = 64 * 1024
DIRECTORY_LIMIT = 4 * 1024 * 1024  # of a ZIP; more names than fit in it make no office document


class Bytes(Protocol):
    """Random access to the file: storage.SealedFile, or any like it."""

    size: int

    def read_range(self, start: int, end: int) -> bytes: ...


@dataclass(frozen=True)
class About:
    """What people and browsers call a format; `is_what` ends the sentence "the file is really …"."""

    label: str | Promise
    is_what: str | Promise
    extensions: tuple[str, ...]
    mime: str


class Format(Enum):
    """Every format we can name; which of them are accepted is up to the document type."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    XLSX = "xlsx"
    ODS = "ods"
    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    GIF = "gif"
    WEBP = "webp"
    TXT = "txt"
    CSV = "csv"
    RTF = "rtf"
    DOC = "doc"
    XLS = "xls"
    PPTX = "pptx"
    MACROS = "macros"
    ENCRYPTED_OFFICE = "encrypted_office"
    OLE = "ole"
    ZIP = "zip"
    XML = "xml"
    HTML = "html"
    SVG = "svg"
    PROGRAM = "program"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def about(self) -> About:
        return ABOUT[self]

    @property
    def label(self) -> str:
        return str(ABOUT[self].label)

    @property
    def mime(self) -> str:
        return ABOUT[self].mime

    @property
    def extension(self) -> str:
        """The usual one, without the dot; empty where there is none."""
        return next(iter(ABOUT[self].extensions), "")


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_ANY = "application/octet-stream"

ABOUT = {
    Format.PDF: About("PDF", _("a PDF"), ("pdf",), "application/pdf"),
    Format.DOCX: About("Word", _("a Word document"), ("docx",), _WORD),
    Format.ODT: About("OpenDocument", _("an OpenDocument text"), ("odt",), "application/vnd.oasis.opendocument.text"),
    Format.XLSX: About("Excel", _("an Excel spreadsheet"), ("xlsx",), _SHEET),
    Format.ODS: About(
        _("OpenDocument spreadsheet"),
        _("an OpenDocument spreadsheet"),
        ("ods",),
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    Format.PNG: About("PNG", _("a PNG image"), ("png",), "image/png"),
    Format.JPEG: About("JPEG", _("a JPEG image"), ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg"),
    Format.TIFF: About("TIFF", _("a TIFF image"), ("tif", "tiff"), "image/tiff"),
    Format.GIF: About("GIF", _("a GIF image"), ("gif",), "image/gif"),
    Format.WEBP: About("WebP", _("a WebP image"), ("webp",), "image/webp"),
    Format.TXT: About(_("Text"), _("plain text"), ("txt", "text", "log", "md"), "text/plain"),
    Format.CSV: About("CSV", _("a CSV table"), ("csv", "tsv"), "text/csv"),
    Format.RTF: About("RTF", _("an RTF document"), ("rtf", "doc"), "application/rtf"),
    Format.DOC: About(_("Word 97–2003"), _("an old Word document (.doc)"), ("doc", "dot"), "application/msword"),
    Format.XLS: About(_("Excel 97–2003"), _("an old Excel file (.xls)"), ("xls", "xlt"), "application/vnd.ms-excel"),
    Format.PPTX: About("PowerPoint", _("a presentation"), ("pptx",), _SLIDES),
    Format.MACROS: About(
        _("Office with macros"), _("an office document with macros"), ("docm", "xlsm", "pptm", "dotm", "xltm"), _ANY
    ),
    Format.ENCRYPTED_OFFICE: About(
        _("Office with a password"),
        _("an office document with a password"),
        ("docx", "xlsx", "pptx"),
        "application/vnd.ms-office",
    ),
    Format.OLE: About("OLE", _("an old office file"), ("doc", "xls", "ppt", "msg", "msi"), "application/x-ole-storage"),
    Format.ZIP: About("ZIP", _("a ZIP archive"), ("zip",), "application/zip"),
    Format.XML: About("XML", _("an XML file"), ("xml",), "application/xml"),
    Format.HTML: About(_("Web page"), _("a web page"), ("html", "htm", "xhtml", "mht", "mhtml"), "text/html"),
    Format.SVG: About("SVG", _("an SVG drawing"), ("svg",), "image/svg+xml"),
    Format.PROGRAM: About(_("Program"), _("a program"), ("exe", "dll", "com", "scr", "so", "bin"), _ANY),
    Format.EMPTY: About(_("Empty file"), _("an empty file"), (), _ANY),
    Format.UNKNOWN: About(_("Unknown format"), _("a file of an unknown format"), (), _ANY),
}

DEFAULT_ALLOWED = (
    Format.PDF,
    Format.DOCX,
    Format.ODT,
    Format.XLSX,
    Format.PNG,
    Format.JPEG,
    Format.TIFF,
    Format.TXT,
)

MAGIC = (
    (b"%PDF-", Format.PDF),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"{\\rtf", Format.RTF),
    (b"MZ", Format.PROGRAM),
    (b"\x7fELF", Format.PROGRAM),
    (b"#!", Format.PROGRAM),
    (b"\xca\xfe\xba\xbe", Format.PROGRAM),
    (b"\xcf\xfa\xed\xfe", Format.PROGRAM),
)
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODF = {
    b"application/vnd.oasis.opendocument.text": Format.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Format.ODS,
}
OOXML = ((b"word/", Format.DOCX), (b"xl/", Format.XLSX), (b"ppt/", Format.PPTX))
MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|meta|title)\b", re.IGNORECASE)
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
OPENS_MARKUP = re.compile(rb"\s*<[!?a-z]", re.IGNORECASE)


def sniff(source: Bytes, name: str = "") -> Format:
    """The true format. The name only tells two kinds of plain text apart: text and a table."""
    head = source.read_range(0, HEAD)
    if not head:
        return Format.EMPTY
    for magic, found in MAGIC:
        if head.startswith(magic):
            return found
    if head.startswith(OLE_MAGIC):
        return _ole(source, head)
    if head.startswith(b"PK"):
        return _zip(source, head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Format.WEBP
    return _text(source, head, name)


def require(name: str, found: Format, allowed: Collection[Format]) -> None:
    """Refuse, in words for the sender, what is empty, not what its name says, locked, or not accepted here."""
    if found is Format.EMPTY:
        raise errors.NotValid(_("The file is empty. Choose another one."), code="empty", field="file")
    if found is Format.ENCRYPTED_OFFICE:
        raise errors.NotValid(
            _("This document has a password, so we can't read it. Remove it and upload again."),
            code="encrypted",
            field="file",
        )
    if found not in allowed or disagree(name, found):
        raise errors.WrongFormat(_wrong(name, found, allowed), field="file", format=found.value)


def _wrong(name: str, found: Format, allowed: Collection[Format]) -> str:
    words = {"name": name, "what": found.about.is_what, "formats": ", ".join(each.label for each in allowed)}
    if found in allowed:
        return gettext('"%(name)s" is really %(what)s. Correct its name and upload again.') % words
    if found is Format.UNKNOWN:
        return gettext('We do not know the format of "%(name)s". Accepted here: %(formats)s.') % words
    if disagree(name, found) and Format.PDF in allowed:
        return gettext('"%(name)s" is really %(what)s. Save it as a PDF and upload again.') % words
    return gettext('"%(name)s" is %(what)s. Accepted here: %(formats)s.') % words


def disagree(name: str, found: Format) -> bool:
    """Whether the name promises another format than the bytes keep; a name without a known ending promises none."""
    ending = extension(name)
    promised = {each for each, about in ABOUT.items() if ending in about.extensions}
    return bool(promised) and found not in promised


def extension(name: str) -> str:
    """The ending in small letters, without the dot; empty where there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def _text(source: Bytes, head: bytes, name: str) -> Format:
    markup = _markup(head)
    if markup is not None:
        return markup
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if plain.decode(head, whole=source.size <= len(head)) is None:
        return Format.UNKNOWN
    if head.lstrip()[:13].lower() == b"mime-version:":
        return Format.HTML
    return Format.CSV if extension(name) in ABOUT[Format.CSV].extensions else Format.TXT


def _markup(head: bytes) -> Format | None:
    """HTML, SVG or XML. UTF-16 is seen through by leaving out its zero bytes."""
    start = COMMENT.sub(b"", head[:8192].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe"))
    if not OPENS_MARKUP.match(start):
        return None
    if b"<svg" in start.lower():
        return Format.SVG
    if MARKUP.search(start):
        return Format.HTML
    return Format.XML if start.lstrip().startswith((b"<?xml", b"<!DOCTYPE")) else None


def _ole(source: Bytes, head: bytes) -> Format:
    """Compound files name their streams in UTF-16 in directory sectors; the header says where these begin."""
    if len(head) < 76:
        return Format.OLE
    shift, first = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
    start = (first + 1) << min(shift, 12)
    names = source.read_range(start, start + 4096) if start < source.size else b""
    for stream, found in OLE_STREAMS:
        if stream in names:
            return found
    return Format.OLE


OLE_STREAMS = tuple(
    (name.encode("utf-16-le"), found)
    for name, found in (
        ("EncryptedPackage", Format.ENCRYPTED_OFFICE),
        ("WordDocument", Format.DOC),
        ("Workbook", Format.XLS),
        ("Book", Format.XLS),
    )
)


def _zip(source: Bytes, head: bytes) -> Format:
    names = _zip_names(source)
    if names is None:
        return Format.ZIP if head.startswith((b"PK\3\4", b"PK\5\6")) else Format.UNKNOWN
    if any(name.lower().endswith(b"vbaproject.bin") for name in names):
        return Format.MACROS
    if b"[Content_Types].xml" in names:
        for folder, found in OOXML:
            if any(name.startswith(folder) for name in names):
                return found
    return _open_document(head) or Format.ZIP


def _open_document(head: bytes) -> Format | None:
    """OpenDocument keeps its MIME type as the first member, not packed."""
    if head[30:38] != b"mimetype":
        return None
    packed, skip = struct.unpack_from("<I", head, 18)[0], struct.unpack_from("<H", head, 28)[0]
    return ODF.get(head[38 + skip : 38 + skip + min(packed, 100)])


def _zip_names(source: Bytes) -> set[bytes] | None:
    """Member names from the central directory; None when there is no sane one."""
    tail = source.read_range(max(source.size - 65557, 0), source.size)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        return None
    size, offset = struct.unpack_from("<II", tail, at + 12)
    if size > DIRECTORY_LIMIT:
        return None
    directory = source.read_range(offset, offset + size)
    names, place = set(), 0
    while directory[place : place + 4] == b"PK\1\2" and place + 46 <= len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        names.add(directory[place + 46 : place + 46 + name])
        place += 46 + name + extra + comment
    return names
