"""The true format of a file, whatever its name says."""

import struct

import pytest

from docflow.common import errors
from documents import formats
from documents.formats import Format
from tests import files

SOUND = [
    (files.pdf(), Format.PDF),
    (b"junk before" + files.pdf(), Format.PDF),
    (files.encrypted_pdf(), Format.PDF),
    (files.docx(), Format.DOCX),
    (files.xlsx(), Format.XLSX),
    (files.odt(), Format.ODT),
    (files.docm(), Format.MACROS),
    (files.encrypted_docx(), Format.ENCRYPTED_OFFICE),
    (files.archive({"a.txt": "a"}), Format.ZIP),
    (b"PK\5\6" + bytes(18), Format.ZIP),
    (files.txt(), Format.TXT),
    (files.txt("cp1251"), Format.TXT),
    (files.txt("utf-16"), Format.TXT),
    (files.txt("utf-8-sig"), Format.TXT),
    ("ы".encode() * formats.HEAD, Format.TXT),
    (b"x" + "ы".encode() * formats.HEAD, Format.TXT),
    (b"{\\rtf1 hello}", Format.RTF),
    (b"<!DOCTYPE html><p>hello", Format.HTML),
    (b"  \n<!-- a --><!-- b --><HTML>", Format.HTML),
    ("<html>".encode("utf-16"), Format.HTML),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", Format.HTML),
    (b'<?xml version="1.0"?><svg xmlns="x" onload="alert(1)"/>', Format.SVG),
    (b"<svg><script>alert(1)</script></svg>", Format.SVG),
    (b'<?xml version="1.0"?><a/>', Format.XML),
    (b"MZ\x90\0" + bytes(60), Format.PROGRAM),
    (b"\x7fELF" + bytes(60), Format.PROGRAM),
    (b"#!/bin/sh\nrm -rf /", Format.PROGRAM),
    (bytes(100), Format.UNKNOWN),
    (b"\x81\x8d\x8f\x90", Format.UNKNOWN),
    (b"", Format.EMPTY),
    (b"x", Format.TXT),
    *[(files.picture(kind), Format(kind)) for kind in ("png", "jpeg", "tiff", "gif", "webp")],
]


@pytest.mark.parametrize(("data", "expected"), SOUND)
def test_item_29_bytes_tell_the_format(data: bytes, expected: Format):
    assert formats.sniff(files.InMemory(data)) is expected


def test_only_the_name_tells_a_table_from_text():
    assert formats.sniff(files.InMemory(files.csv()), "sums.CSV") is Format.CSV
    assert formats.sniff(files.InMemory(files.csv()), "sums.txt") is Format.TXT
    assert formats.sniff(files.InMemory(files.pdf()), "sums.csv") is Format.PDF


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pdf-zip.pdf", Format.PDF),
        ("html-pdf.pdf", Format.HTML),
        ("gif-js.gif", Format.GIF),
        ("jpeg-php.jpg", Format.JPEG),
        ("exe-pdf.pdf", Format.PROGRAM),
    ],
)
def test_two_faced_files_are_taken_by_their_first_bytes(name: str, expected: Format):
    assert formats.sniff(files.InMemory(files.polyglots()[name])) is expected


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(
    "whole", [files.docx(), files.odt(), files.encrypted_docx(), files.picture("tiff"), files.pdf()]
)
def test_cut_files_are_no_trouble(whole: bytes, share: float):
    assert formats.sniff(files.InMemory(files.truncated(whole, share))) in Format


def test_item_30_lying_archive_directories_are_no_trouble():
    sound = files.docx()
    end = sound.rfind(b"PK\5\6")
    for size, offset in ((0xFFFFFFFF, 0), (100, 0xFFFFFFFF), (0, 0), (60, len(sound) - 30)):
        lying = sound[: end + 12] + struct.pack("<II", size, offset) + sound[end + 20 :]
        assert formats.sniff(files.InMemory(lying)) is Format.ZIP


@pytest.mark.parametrize(
    ("name", "found", "disagrees"),
    [
        ("act.pdf", Format.PDF, False),
        ("act.PDF", Format.PNG, True),
        ("photo.jpeg", Format.JPEG, False),
        ("photo.jpg", Format.PNG, True),
        ("letter.doc", Format.RTF, False),
        ("letter.docx", Format.ENCRYPTED_OFFICE, False),
        ("letter.docx", Format.MACROS, True),
        ("without ending", Format.PDF, False),
        ("odd.ending", Format.PDF, False),
        (".pdf", Format.PNG, False),
    ],
)
def test_item_29_name_and_bytes_may_disagree(name: str, found: Format, disagrees: bool):
    assert formats.disagree(name, found) is disagrees


def test_every_format_is_described():
    for each in Format:
        assert each.label
        assert str(each.about.is_what)
        assert "/" in each.mime


@pytest.mark.parametrize(
    ("name", "found", "status", "words"),
    [
        ("akt.pdf", Format.EMPTY, 422, "The file is empty. Choose another one."),
        ("akt.docx", Format.ENCRYPTED_OFFICE, 422, "This document has a password, so we can't read it."),
        ("akt.pdf", Format.GIF, 415, '"akt.pdf" is really a GIF image. Save it as a PDF and upload again.'),
        ("akt.pdf", Format.PNG, 415, '"akt.pdf" is really a PNG image.'),
        ("akt.zip", Format.ZIP, 415, '"akt.zip" is a ZIP archive. Accepted here: PDF, PNG.'),
        ("akt", Format.UNKNOWN, 415, 'We do not know the format of "akt". Accepted here: PDF, PNG.'),
    ],
)
def test_refusals_say_what_and_what_to_do(name: str, found: Format, status: int, words: str):
    with pytest.raises(errors.Refused) as refused:
        formats.require(name, found, (Format.PDF, Format.PNG))

    assert refused.value.status == status
    assert str(refused.value.message).startswith(words)
    assert refused.value.field == "file"


def test_accepted_format_under_its_own_name_passes():
    formats.require("akt.pdf", Format.PDF, formats.DEFAULT_ALLOWED)
    formats.require("akt", Format.PDF, formats.DEFAULT_ALLOWED)
