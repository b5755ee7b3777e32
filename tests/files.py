"""Files to upload in tests, good and hostile, made when asked for. Nothing here is stored in the repository."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from fontpkg_pt_serif import ROOT as FONTS
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

MEGABYTE = 1024 * 1024
RUSSIAN = "Договор поставки № 418: ёлка, объём, съёмка"
ENGLISH = "Supply contract No. 418 for Vector Logistics"
FONT = "PT Serif"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
TYPES = f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'


class InMemory:
    """Bytes where a sealed file is expected."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read_range(self, start: int, end: int) -> bytes:
        return self.data[max(start, 0) : end]

    def chunks(self) -> Iterable[bytes]:
        return (self.data[start : start + 1024 * 1024] for start in range(0, self.size, 1024 * 1024))


@cache
def _font() -> str:
    pdfmetrics.registerFont(TTFont(FONT, str(FONTS / "files" / "PT_Serif-Web-Regular.ttf")))
    return FONT


@lru_cache(maxsize=64)
def pdf(*lines: str, pages: int = 1, password: str | None = None, title: str = "") -> bytes:
    """A digital A4 PDF; every page starts with its number. Without lines: one Russian, one English."""
    target = io.BytesIO()
    encrypt = StandardEncryption(password, canPrint=1) if password else None
    paper = canvas.Canvas(target, pagesize=A4, encrypt=encrypt, invariant=1)
    paper.setTitle(title)
    for page in range(1, pages + 1):
        paper.setFont(_font(), 14)
        for place, line in enumerate((f"{page}", *(lines or (RUSSIAN, ENGLISH)))):
            paper.drawString(72, 770 - 22 * place, line)
        paper.showPage()
    paper.save()
    return target.getvalue()


def encrypted_pdf() -> bytes:
    """Opens only with a password."""
    return pdf(password="secret")


def truncated(data: bytes, share: float = 0.6) -> bytes:
    """The first part of a file, as a broken connection leaves it."""
    return data[: int(len(data) * share)]


def flipped(data: bytes, place: int) -> bytes:
    """One bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def pdf_of_many_pages(count: int) -> bytes:
    """A small PDF that claims any number of pages by naming one page again and again."""
    kids = b" ".join([b"3 0 R"] * count)
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    )


def pdf_with_page_loop() -> bytes:
    """The page tree contains itself."""
    return _pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>")


def pdf_with_script(address: str) -> bytes:
    """Runs a script, starts a program and sends a form when opened, if the reader lets it."""
    act = (
        f"<</S/JavaScript/JS(app.launchURL('{address}'))/Next<</S/SubmitForm/F(({address}))/Next<</S/Launch/F(sh)>>>>>>"
    )
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction " + act.encode() + b">>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/AA<</O " + act.encode() + b">>>>",
    )


def pdf_stream_bomb(megabytes: int = 900) -> bytes:
    """The content of its page unpacks to a huge stream."""
    packed = _zeros_packed(megabytes * MEGABYTE)
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    )


def _pdf(*objects: bytes) -> bytes:
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
    return out.getvalue()


def _zeros_packed(count: int) -> bytes:
    """A zlib stream of zeros, put together from one packed piece repeated."""
    packer = zlib.compressobj(9)
    start = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    whole, rest = divmod(count - MEGABYTE, MEGABYTE)
    end = packer.compress(bytes(rest)) + packer.flush()
    checksum = struct.pack(">HH", count % 65521, 1)
    return start + piece * whole + end[:-4] + checksum


@lru_cache(maxsize=32)
def picture(kind: str, width: int = 320, height: int = 200, frames: int = 1) -> bytes:
    """PNG, JPEG, TIFF, GIF or WEBP with a gradient, and with a place and an author in its EXIF where it can be."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    exif = Image.Exif()
    exif[0x013B] = "Secret Author"
    options = {"save_all": True, "append_images": [image] * (frames - 1)} if frames > 1 else {}
    target = io.BytesIO()
    image.save(target, kind.upper(), exif=exif.tobytes(), **options)
    return target.getvalue()


def png_flood(width: int = 60_000, height: int = 60_000) -> bytes:
    """A tiny one-bit PNG that unpacks to billions of pixels."""
    body = _zeros_packed(height * (1 + (width + 7) // 8))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _png_part(b"IHDR", head) + _png_part(b"IDAT", body) + _png_part(b"IEND", b"")


def _png_part(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def archive(members: Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str]], *, packed: bool = True) -> bytes:
    """A ZIP of these members, in this order; names may repeat or point anywhere."""
    target = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", kind) as file:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            with warnings.catch_warnings(action="ignore"):  # two members of one name are meant
                member = zipfile.ZipInfo(name)  # of 1980: the same bytes whenever it is made
                file.writestr(member, content, zipfile.ZIP_STORED if name == "mimetype" else kind)
    return target.getvalue()


def docx(*paragraphs: str, more: Mapping[str, bytes | str] | None = None, doctype: str = "") -> bytes:
    """A Word document; `more` adds or replaces members."""
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in paragraphs or (RUSSIAN, ENGLISH))
    document = f'{XML}{doctype}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return archive({"[Content_Types].xml": TYPES, "word/document.xml": document, **(more or {})})


def docm() -> bytes:
    """A Word document with a macro project."""
    return docx(more={"word/vbaProject.bin": b"macro"})


def xlsx(*rows: tuple[str | float, ...]) -> bytes:
    """A workbook of one sheet; text lies in the shared table, numbers in the cells."""
    rows = rows or ((RUSSIAN, 1), (ENGLISH, 2.5))
    strings = [cell for row in rows for cell in row if isinstance(cell, str)]
    table = "".join(f"<si><t>{text}</t></si>" for text in strings)
    sheet = "".join(f"<row>{''.join(_cell(cell, strings) for cell in row)}</row>" for row in rows)
    return archive(
        {
            "[Content_Types].xml": TYPES,
            "xl/workbook.xml": f'{XML}<workbook xmlns="{SHEET}"/>',
            "xl/sharedStrings.xml": f'{XML}<sst xmlns="{SHEET}">{table}</sst>',
            "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{SHEET}"><sheetData>{sheet}</sheetData></worksheet>',
        }
    )


def _cell(value: str | float, strings: list[str]) -> str:
    if isinstance(value, str):
        return f'<c t="s"><v>{strings.index(value)}</v></c>'
    return f"<c><v>{value}</v></c>"


def odt(*paragraphs: str, encrypted: bool = False) -> bytes:
    """An OpenDocument text."""
    body = "".join(f"<text:p>{line}</text:p>" for line in paragraphs or (RUSSIAN, ENGLISH))
    secret = "<manifest:encryption-data/>" if encrypted else ""
    manifest = f'{XML}<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0">{secret}</manifest:manifest>'
    content = (
        f'{XML}<office:document-content xmlns:office="{ODF}:office:1.0" xmlns:text="{ODF}:text:1.0">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.text"
    return archive({"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": manifest})


def txt(encoding: str = "utf-8") -> bytes:
    """Plain text in both languages."""
    return f"{RUSSIAN.replace('№', 'N')}\r\n{ENGLISH}\r\n".encode(encoding)


def csv() -> bytes:
    """A table with a formula in it."""
    return "Номер;Сумма\n418;=1+1\n".encode()


def encrypted_docx() -> bytes:
    """An OLE container as office programs write for a document with a password: header and first directory sector."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 48, 0)
    entries = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    return bytes(header) + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in entries) + bytes(1024)


def zip_bomb(megabytes: int = 40) -> bytes:
    """A docx whose one member unfolds a thousandfold."""
    return docx(more={"word/media/zeros.bin": bytes(megabytes * 1024 * 1024)})


def xml_bomb() -> bytes:
    """A docx with a billion laughs."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return docx("&a9;", doctype=f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]>')


def docx_with_outside_entity(address: str) -> bytes:
    """A docx that wants a file from elsewhere."""
    return docx("&x;", doctype=f'<!DOCTYPE d [<!ENTITY x SYSTEM "{address}">]>')


def zip_slip() -> bytes:
    """A docx with members that lead out of any folder."""
    return docx(more={"../../../../tmp/slipped.txt": "out", "/etc/slipped": "out"})


def twin_members() -> bytes:
    """A docx with two different documents under one name."""
    first = [("[Content_Types].xml", TYPES)]
    body = '<w:document xmlns:w="{0}"><w:body><w:p><w:r><w:t>{1}</w:t></w:r></w:p></w:body></w:document>'
    twins = [("word/document.xml", body.format(WORD, text)) for text in ("pay 10", "pay 1000")]
    return archive([*first, *twins])


def polyglots() -> dict[str, bytes]:
    """Files that are two things at once, by a name that says which."""
    sound = pdf()
    return {
        "pdf-zip.pdf": sound + archive({"a.txt": "a"}),
        "html-pdf.pdf": b"<html><script>alert(1)</script>" + sound,
        "gif-js.gif": b"GIF89a/*" + bytes(16) + b"*/=1;alert(1)//",
        "jpeg-php.jpg": picture("jpeg") + b"<?php __HALT_COMPILER(); ?>",
        "exe-pdf.pdf": b"MZ" + bytes(60) + sound,
    }


HOSTILE_NAMES = (
    "../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "%2e%2e%2fsecret.pdf",
    "nul\0byte.pdf",
    "line\r\nbreak.pdf",
    "a" * 255 + ".pdf",
    "ы" * 4096 + ".pdf",
    "contract\u202efdp.exe",
    "zero\u200bwidth\ufeff.pdf",
    "CON",
    "com1.pdf",
    ".htaccess",
    "-rf.pdf",
    "...",
    "   ",
    "lone\ud800surrogate.pdf",
    "😀.pdf",
    "{{ 7*7 }}<script>alert(1)</script>'; drop table.pdf",
)
