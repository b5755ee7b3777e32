"""Files nobody should send, made when asked for: what each is called, how it is built, and how it must end.

An end is a status at the door ("415"), or a state after processing with the reason's code or the findings behind it.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from tests import files

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = "<script>alert(1)</script>"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


@dataclass(frozen=True)
class Case:
    """`ends` lists every acceptable end; `full` keeps a slow one for the long run."""

    name: str
    build: Callable[[], bytes]
    ends: tuple[str, ...]
    full: bool = False


def pdf_acting(act: str, *more: bytes) -> bytes:
    """A page whose catalog does this when it is opened."""
    return files._pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction " + act.encode() + b">>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        *more,
    )


def pdf_with_packed_script() -> bytes:
    """The script's action lies in a packed group of objects, where no search of the bytes finds it."""
    action = b"<</S/JavaScript/JS(app.alert(1))>>"
    packed = zlib.compress(b"5 0 " + action)
    group = b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    return pdf_acting("5 0 R", group)


def pdf_object_bomb(megabytes: int = 700) -> bytes:
    """A group of objects that unpacks to a huge stream."""
    packed = files._zeros_packed(megabytes * files.MEGABYTE)
    group = b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    return pdf_acting("5 0 R", group)


def pdf_with_attachment() -> bytes:
    """Another file travels inside."""
    return files._pdf(
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a.exe) 4 0 R]>>>>>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Length 2>>stream\nMZ\nendstream",
    )


def pdf_without_table() -> bytes:
    """The table of objects is missing."""
    whole = files.pdf("без таблицы")
    return whole[: whole.rindex(b"xref", 0, whole.rindex(b"startxref"))] + b"%%EOF\n"


def pdf_locked_by_owner() -> bytes:
    """Opens for everybody, only printing is forbidden."""
    target = io.BytesIO()
    paper = canvas.Canvas(target, encrypt=StandardEncryption("", ownerPassword="x", canPrint=0), invariant=1)
    paper.drawString(72, 700, "open to read")
    paper.save()
    return target.getvalue()


def relation(kind: str, target: str) -> bytes:
    """A Word document with a part from elsewhere."""
    one = f'<Relationship Id="r1" Type="{OFFICE}{kind}" Target="{target}" TargetMode="External"/>'
    return files.docx(more={"word/_rels/document.xml.rels": RELATIONS.format(one)})


def docx_with_field(field: str) -> bytes:
    """The field is split over runs, as authors of such files do."""
    runs = "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in (field[:2], field[2:]))
    body = f'<w:document xmlns:w="{files.WORD}"><w:body><w:p>{runs}</w:p></w:body></w:document>'
    return files.docx(more={"word/document.xml": body})


def docx_locked() -> bytes:
    """Members are marked as encrypted."""
    whole = bytearray(files.docx())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = whole.find(mark)
        while at >= 0:
            whole[at + place] |= 1
            at = whole.find(mark, at + 4)
    return bytes(whole)


def docx_with_symlink() -> bytes:
    """One member points at a file of the machine."""
    target = io.BytesIO(files.docx())
    with zipfile.ZipFile(target, "a") as archive:
        member = zipfile.ZipInfo("word/media/link")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return target.getvalue()


def docx_nested() -> bytes:
    """Archives within archives; the innermost would fill a disk."""
    inner = files.zip_bomb(9)
    for _level in range(4):
        inner = files.archive({f"{n}.zip": inner for n in range(4)}, packed=False)
    return files.docx(more={"word/media/nested.zip": inner})


def docx_overlapping() -> bytes:
    """Many names share one packed piece: little on the wire, gigabytes unpacked."""
    whole = files.docx(more={"word/media/a": bytes(9 * files.MEGABYTE)})
    start = whole.rindex(b"PK\5\6")
    directory_at = struct.unpack_from("<I", whole, start + 16)[0]
    directory = whole[directory_at:start]
    last = directory[directory.rindex(b"PK\1\2") :]
    many = directory + b"".join(last.replace(b"media/a", b"media/%c" % (98 + n)) for n in range(40))
    count = struct.unpack_from("<H", whole, start + 8)[0] + 40
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(many), directory_at, 0)
    return whole[:directory_at] + many + tail


def docx_of_members(count: int) -> bytes:
    """So many empty members."""
    return files.docx(more={str(number): b"" for number in range(count)})


def xlsx_of_cells(count: int) -> bytes:
    """A sheet with so many filled cells."""
    return files.xlsx(*[tuple(range(100)) for _row in range(count // 100)])


def tiff_loop() -> bytes:
    """Its only directory names itself as the next one."""
    whole = bytearray(files.picture("tiff"))
    at = struct.unpack_from("<I", whole, 4)[0]
    entries = struct.unpack_from("<H", whole, at)[0]
    struct.pack_into("<I", whole, at + 2 + 12 * entries, at)
    return bytes(whole)


def png_with_profile(megabytes: int = 60) -> bytes:
    """A colour profile that unpacks to far more than any."""
    whole = files.picture("png")
    profile = files._png_part(b"iCCP", b"a\0\0" + files._zeros_packed(megabytes * files.MEGABYTE))
    return whole[:33] + profile + whole[33:]


def png_with_words(megabytes: int = 30) -> bytes:
    """Packed words that nobody reads."""
    whole = files.picture("png")
    words = files._png_part(b"zTXt", b"a\0\0" + files._zeros_packed(megabytes * files.MEGABYTE))
    return whole[:33] + words + whole[33:]


def jpeg_with_script() -> bytes:
    """Markup in its author and comment."""
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x013B] = exif[0x010E] = SCRIPT
    Image.new("RGB", (60, 40), "white").save(target, "JPEG", exif=exif.tobytes(), comment=SCRIPT.encode())
    return target.getvalue()


def markup(text: str) -> Callable[[], bytes]:
    return lambda: text.encode()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>'
CASES = (
    Case("empty.pdf", lambda: b"", ("422",)),
    Case("one byte.txt", lambda: b"a", ("ready",)),
    Case("one byte.pdf", lambda: b"%", ("415",)),
    Case("only zeros.txt", lambda: bytes(4096), ("415",)),
    Case("head.pdf", lambda: b"%PDF-1.7\n", ("rejected damaged",)),
    Case("cut.pdf", lambda: files.truncated(files.pdf("cut")), ("rejected damaged",)),
    Case("locked.pdf", files.encrypted_pdf, ("rejected encrypted",)),
    Case("owner.pdf", pdf_locked_by_owner, ("ready",)),
    Case("no table.pdf", pdf_without_table, ("ready", "rejected damaged")),
    Case("loop.pdf", files.pdf_with_page_loop, ("rejected damaged",)),
    Case("a million pages.pdf", lambda: files.pdf_of_many_pages(1_000_000), ("rejected too_many_pages",)),
    Case("programs.pdf", lambda: files.pdf_with_script("http://127.0.0.1:1/"), ("rejected starts_program",)),
    Case("launch.pdf", lambda: pdf_acting("<</S/Launch/F(cmd.exe)>>"), ("rejected starts_program",)),
    Case("hidden launch.pdf", lambda: pdf_acting("<</S/L#61unch/F(cmd.exe)>>"), ("rejected starts_program",)),
    Case("script.pdf", lambda: pdf_acting("<</S/JavaScript/JS(app.alert(1))>>"), ("ready scripts",)),
    Case("hidden script.pdf", lambda: pdf_acting("<</S/J#61vaScript/JS(1)>>"), ("ready scripts",)),
    Case("packed script.pdf", pdf_with_packed_script, ("ready scripts",)),
    Case("form.pdf", lambda: pdf_acting("<</S/SubmitForm/F(http://127.0.0.1:1/)>>"), ("ready sends",)),
    Case("attachment.pdf", pdf_with_attachment, ("ready files",)),
    Case("file address.pdf", lambda: pdf_acting("<</S/URI/URI(file:///etc/passwd)>>"), ("ready outside",)),
    Case("other file.pdf", lambda: pdf_acting("<</S/GoToR/F(//server/share.pdf)/D[0]>>"), ("ready outside",)),
    Case("opens at a place.pdf", lambda: pdf_acting("[3 0 R/Fit]"), ("ready",)),
    Case(
        "object bomb.pdf", pdf_object_bomb, ("ready", "rejected bomb", "rejected damaged", "failed stopped"), full=True
    ),
    Case("stream bomb.pdf", files.pdf_stream_bomb, ("ready", "rejected bomb", "failed stopped"), full=True),
    Case("locked.docx", files.encrypted_docx, ("422",)),
    Case("locked members.docx", docx_locked, ("rejected encrypted",)),
    Case("locked.odt", lambda: files.odt(encrypted=True), ("rejected encrypted",)),
    Case("macros.docm", files.docm, ("415",)),
    Case("macros.docx", files.docm, ("415",)),
    Case("entity.docx", lambda: files.docx_with_outside_entity("file:///etc/passwd"), ("rejected damaged",)),
    Case("laughs.docx", files.xml_bomb, ("rejected damaged",)),
    Case("template.docx", lambda: relation("attachedTemplate", "http://127.0.0.1:1/a.dotm"), ("ready outside",)),
    Case("picture.docx", lambda: relation("image", r"\\server\a.png"), ("ready outside",)),
    Case("link.docx", lambda: relation("hyperlink", "https://example.com/"), ("ready",)),
    Case("inside.docx", lambda: files.docx(more={"word/embeddings/oleObject1.bin": b"MZ"}), ("ready files",)),
    Case("dde.docx", lambda: docx_with_field("DDEAUTO c:\\\\cmd.exe"), ("rejected starts_program",)),
    Case("page field.docx", lambda: docx_with_field("PAGE \\* MERGEFORMAT"), ("ready",)),
    Case("slip.docx", files.zip_slip, ("ready",)),
    Case("symlink.docx", docx_with_symlink, ("ready",)),
    Case("nested.docx", docx_nested, ("ready", "rejected bomb")),
    Case("overlap.docx", docx_overlapping, ("rejected bomb",)),
    Case("twins.docx", files.twin_members, ("rejected damaged",)),
    Case("bomb.docx", files.zip_bomb, ("rejected bomb",)),
    Case(
        "members.docx", lambda: files.docx(more={str(n): b"" for n in range(100_000)}), ("415", "rejected bomb"), True
    ),
    Case("20000 members.docx", lambda: docx_of_members(20_000), ("rejected bomb",)),
    Case("no document.docx", lambda: files.docx(more={"word/document.xml": b"<a"}), ("rejected damaged",)),
    Case("cells.xlsx", lambda: xlsx_of_cells(1_000_000), ("ready", "rejected bomb", "failed stopped"), full=True),
    Case("archive.zip", lambda: files.archive({"a.txt": "a"}), ("415",)),
    Case("archive.docx", lambda: files.archive({"a.txt": "a"}), ("415",)),
    Case("flood.png", files.png_flood, ("rejected bomb",)),
    Case("profile.png", png_with_profile, ("ready", "rejected damaged", "rejected bomb")),
    Case("words.png", png_with_words, ("ready", "rejected damaged", "rejected bomb")),
    Case("cut.png", lambda: files.truncated(files.picture("png", 640)), ("rejected damaged",)),
    Case("cut.jpg", lambda: files.truncated(files.picture("jpeg", 640)), ("rejected damaged",)),
    Case("loop.tiff", tiff_loop, ("ready", "rejected damaged", "rejected too_many_pages")),
    Case("frames.tiff", lambda: files.picture("tiff", 8, 8, 2_100), ("rejected too_many_pages",), full=True),
    Case("script.jpg", jpeg_with_script, ("ready",)),
    Case("frames.gif", lambda: files.picture("gif", 8, 8, 300), ("415",)),
    Case("eicar.txt", lambda: EICAR, ("ready",)),  # plain text; what scans for viruses comes later
    Case("formulas.csv", lambda: b"=cmd|'/C calc'!A0;@SUM(1)\n", ("415",)),
    Case("formulas.txt", lambda: b"=cmd|'/C calc'!A0;@SUM(1)\n", ("ready",)),
    Case("page.html", markup(f"<!doctype html>{SCRIPT}"), ("415",)),
    Case("page.txt", markup(f"<html>{SCRIPT}</html>"), ("415",)),
    Case("page.xhtml", markup('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), ("415",)),
    Case("page.mhtml", markup("MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>"), ("415",)),
    Case("style.xml", markup('<?xml version="1.0"?><?xml-stylesheet href="a.xsl" type="text/xsl"?><a/>'), ("415",)),
    Case("entity.xml", markup('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), ("415",)),
    Case("script.svg", markup(SVG.format("", SCRIPT)), ("415",)),
    Case("onload.svg", markup(SVG.format('onload="alert(1)"', "")), ("415",)),
    Case("foreign.svg", markup(SVG.format("", f"<foreignObject><body>{SCRIPT}</body></foreignObject>")), ("415",)),
    Case("use.svg", markup(SVG.format("", '<use href="http://127.0.0.1:1/#a"/>')), ("415",)),
    Case("import.svg", markup(SVG.format("", "<style>@import url(http://127.0.0.1:1/)</style>")), ("415",)),
    Case("drawing.png", markup(SVG.format("", SCRIPT)), ("415",)),
    Case("program.exe", lambda: b"MZ" + bytes(99), ("415",)),
    Case("program.pdf", lambda: b"MZ" + bytes(99), ("415",)),
    Case("shell.txt", lambda: b"#!/bin/sh\nrm -rf /\n", ("415",)),
    *(
        Case(name, lambda name=name: files.polyglots()[name], ends)  # type: ignore[misc]  # the name is bound now
        for name, ends in {
            "pdf-zip.pdf": ("ready",),
            "html-pdf.pdf": ("415",),
            "gif-js.gif": ("415",),
            "jpeg-php.jpg": ("ready",),
            "exe-pdf.pdf": ("415",),
        }.items()
    ),
)
