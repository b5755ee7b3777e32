"""Office documents: ZIP archives of XML. Nothing is unpacked to disk, nothing they point at is fetched."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from documents.parsing import active, job
from documents.parsing.results import Limits, Verdict

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ODF_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
ODF_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ENCRYPTED = 0x1
RATIO, SMALL = 300, 10 * 1024 * 1024  # a member may unfold 300-fold, or up to 10 MiB
PIECE = 256 * 1024
BROKEN = (zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException, NotImplementedError, ValueError)


def warm_up() -> None:
    """Load the XML parser."""
    ElementTree.fromstring(b"<a/>")


def parse(task: job.Job) -> job.Answers:
    """Check the archive from its directory, then read its text."""
    try:
        with zipfile.ZipFile(io.BytesIO(task.data)) as archive:
            _check(archive, len(task.data), task.limits)
            findings = active.in_office(archive)
            parts = list(job.texts(READERS[task.kind](archive, task.limits), task.limits.text))
    except BROKEN as error:
        raise job.Refused(Verdict.DAMAGED) from error
    yield job.opened(0, [], findings)
    if task.want_text:
        yield from parts


def _check(archive: zipfile.ZipFile, size: int, limits: Limits) -> None:
    members = archive.infolist()
    unpacked = sum(each.file_size for each in members)
    packed = sum(each.compress_size for each in members)
    if any(each.flag_bits & ENCRYPTED for each in members):
        raise job.Refused(Verdict.ENCRYPTED)
    if len(members) > limits.members or unpacked > limits.unpacked or packed > size or any(map(_swells, members)):
        raise job.Refused(Verdict.BOMB)
    if len({each.filename for each in members}) != len(members):
        raise job.Refused(Verdict.DAMAGED)  # two members of one name: readers would disagree on the content


def _swells(member: zipfile.ZipInfo) -> bool:
    return member.file_size > max(SMALL, RATIO * member.compress_size)


class _Reader(Protocol):
    """A target of the XML parser that collects text."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> str: ...


def _read(archive: zipfile.ZipFile, name: str, reader: _Reader) -> str:
    """Run one member through a reader, piece by piece, without building a tree."""
    parser = ElementTree.DefusedXMLParser(target=reader, forbid_dtd=True)
    with archive.open(name) as member:
        while piece := member.read(PIECE):
            parser.feed(piece)
    return str(parser.close())


class _Flow:
    """Running text: what stands in `kept` elements, with breaks and tabs where elements say so."""

    def __init__(self, most: int, kept: set[str], breaks: set[str], tabs: set[str]) -> None:
        self.most, self.kept, self.breaks, self.tabs = most, kept, breaks, tabs
        self.parts: list[str] = []
        self.fields: list[str] = []
        self.depth = 0
        self.in_field = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += tag in self.kept
        self.in_field = tag == f"{WORD}instrText"
        if tag == f"{WORD}fldSimple":
            self.fields.append(attributes.get(f"{WORD}instr", ""))
        if tag in self.tabs:
            self.parts.append("\t")

    def end(self, tag: str) -> None:
        self.depth -= tag in self.kept
        self.in_field = False
        if tag in self.breaks:
            self.parts.append("\n")

    def data(self, text: str) -> None:
        if self.in_field:
            self.fields.append(text)
        if self.depth and self.most > 0:
            self.most -= len(text)
            self.parts.append(text)

    def close(self) -> str:
        return "".join(self.parts)


class _SharedStrings:
    """The string table of a workbook."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.now: list[str] = []
        self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.inside = tag == f"{SHEET}t"

    def end(self, tag: str) -> None:
        self.inside = False
        if tag == f"{SHEET}si":
            self.strings.append("".join(self.now))
            self.now = []

    def data(self, text: str) -> None:
        if self.inside:
            self.now.append(text)

    def close(self) -> str:
        return ""


class _Sheet:
    """The cells of one sheet: tabs between them, a line for each row."""

    def __init__(self, strings: list[str], most: int) -> None:
        self.strings, self.most = strings, most
        self.rows: list[str] = []
        self.cells: list[str] = []
        self.now: list[str] = []
        self.shared = self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{SHEET}c":
            self.shared = attributes.get("t") == "s"
        self.inside = tag in {f"{SHEET}v", f"{SHEET}t"}

    def end(self, tag: str) -> None:
        self.inside = False
        if tag == f"{SHEET}c":
            self._cell("".join(self.now))
            self.now = []
        elif tag == f"{SHEET}row":
            self.rows.append("\t".join(self.cells))
            self.cells = []

    def data(self, text: str) -> None:
        if self.inside:
            self.now.append(text)

    def close(self) -> str:
        return "\n".join(self.rows)

    def _cell(self, value: str) -> None:
        if self.shared and value.isdecimal() and int(value) < len(self.strings):
            value = self.strings[int(value)]
        if value and self.most > 0:
            self.most -= len(value)
            self.cells.append(value)


def _docx(archive: zipfile.ZipFile, limits: Limits) -> Iterator[str]:
    stories = re.compile(r"word/(document\d*|footnotes|endnotes|header\d+|footer\d+)\.xml")
    names = sorted(filter(stories.fullmatch, archive.namelist()), key=lambda name: "document" not in name)
    breaks, tabs = {f"{WORD}p", f"{WORD}br"}, {f"{WORD}tab"}
    flows = [_Flow(limits.text, {f"{WORD}t"}, breaks, tabs) for _name in names]
    yield "\n".join(_read(archive, name, flow) for name, flow in zip(names, flows, strict=True))
    for flow in flows:
        active.require_harmless(flow.fields)


def _opendocument(archive: zipfile.ZipFile, limits: Limits) -> Iterator[str]:
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise job.Refused(Verdict.ENCRYPTED)
    kept = {f"{ODF_TEXT}p", f"{ODF_TEXT}h"}
    breaks = kept | {f"{ODF_TEXT}line-break", f"{ODF_TABLE}table-row"}
    yield _read(archive, "content.xml", _Flow(limits.text, kept, breaks, {f"{ODF_TEXT}tab", f"{ODF_TEXT}s"}))


def _xlsx(archive: zipfile.ZipFile, limits: Limits) -> Iterator[str]:
    table = _SharedStrings()
    if "xl/sharedStrings.xml" in archive.namelist():
        _read(archive, "xl/sharedStrings.xml", table)
    sheet = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
    found = sorted((int(match[1]), match[0]) for name in archive.namelist() if (match := sheet.fullmatch(name)))
    for _, name in found:
        yield _read(archive, name, _Sheet(table.strings, limits.text))


READERS = {"docx": _docx, "odt": _opendocument, "ods": _opendocument, "xlsx": _xlsx}
