"""What a document does when a reader opens it: scripts, attached files, calls to other addresses, started programs."""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator

from documents.parsing import job
from documents.parsing.results import Finding, Verdict

PDF_NAMES = {
    b"JavaScript": Finding.SCRIPTS,
    b"RichMedia": Finding.SCRIPTS,
    b"XFA": Finding.SCRIPTS,
    b"SubmitForm": Finding.SENDS,
    b"ImportData": Finding.SENDS,
    b"EmbeddedFile": Finding.FILES,
    b"EmbeddedFiles": Finding.FILES,
    b"GoToE": Finding.OUTSIDE,
    b"GoToR": Finding.OUTSIDE,
}
LAUNCH = b"Launch"
PDF_NAME = re.compile(rb"/(" + b"|".join([*PDF_NAMES, LAUNCH]) + rb")(?=[\s<>\[\](){}/%]|$)")
FILE_ADDRESS = re.compile(rb"/URI\s*\(\s*file:", re.IGNORECASE)
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PACKED_OBJECTS = re.compile(rb"/ObjStm\b[^\0]{0,2000}?stream\r?\n(.*?)endstream", re.DOTALL)
MOST_UNPACKED = 16 * 1024 * 1024  # of one packed group of objects, and of all together four times that

OFFICE_PLACES = (
    (re.compile(r"(word|xl)/(embeddings|activeX)/"), Finding.FILES),
    (re.compile(r"xl/externalLinks/"), Finding.OUTSIDE),
    (re.compile(r"(Basic|Scripts)/"), Finding.SCRIPTS),
)
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
FOREIGN = re.compile(rb"TargetMode\s*=\s*[\"']External")
HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
LONGEST_RELATIONS = 1024 * 1024
STARTING_FIELD = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)


def in_pdf(data: bytes | bytearray) -> list[Finding]:
    """What the names of actions in a PDF tell, packed objects included. Raises Refused for one that starts programs."""
    texts = [_plain(bytes(data)), *map(_plain, _unpacked(data))]
    names = {name for text in texts for name in PDF_NAME.findall(text)}
    if LAUNCH in names:
        raise job.Refused(Verdict.STARTS_PROGRAM)
    outside = {Finding.OUTSIDE} if any(map(FILE_ADDRESS.search, texts)) else set()
    return sorted({PDF_NAMES[name] for name in names} | outside)


def _plain(text: bytes) -> bytes:
    """Names without their escapes: `/J#61vaScript` is `/JavaScript`."""
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)


def _unpacked(data: bytes | bytearray) -> Iterator[bytes]:
    left = 4 * MOST_UNPACKED
    for packed in PACKED_OBJECTS.finditer(data):
        try:
            text = zlib.decompressobj().decompress(packed[1], min(MOST_UNPACKED, max(left, 1)))
        except zlib.error:
            continue
        left -= len(text)
        yield text


def in_office(archive: zipfile.ZipFile) -> list[Finding]:
    """What the members of an office document tell. Raises Refused for one that starts programs."""
    names = archive.namelist()
    found = {finding for place, finding in OFFICE_PLACES for name in names if place.match(name)}
    for name in names:
        if name.endswith(".rels") and _reaches_out(_start(archive, name)):
            found.add(Finding.OUTSIDE)
        if name.startswith("xl/externalLinks/") and b"ddeLink" in _start(archive, name):
            raise job.Refused(Verdict.STARTS_PROGRAM)
    return sorted(found)


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(LONGEST_RELATIONS)


def _reaches_out(relations: bytes) -> bool:
    """Whether a part is taken from elsewhere; a link that waits to be clicked is none."""
    return any(FOREIGN.search(one) and not HYPERLINK.search(one) for one in RELATION.findall(relations))


def require_harmless(fields: Iterable[str]) -> None:
    """Raises Refused for a field that starts a program when the document opens."""
    if STARTING_FIELD.search("".join(fields)):
        raise job.Refused(Verdict.STARTS_PROGRAM)
