"""Foreign files: what is found in sound ones, what is said of others, and what the process can not do."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from documents import formats, parsing, storage
from documents.formats import Format
from documents.parsing import Examined, Limits, PageResult, Verdict, wire
from tests import files

ROOT = Path(parsing.__file__).parent.parent.parent


def examine(data: bytes, found: Format | None = None, **wanted: Any) -> Examined:
    source = files.InMemory(data)
    return parsing.examine(source, found or formats.sniff(source), **wanted)


def pages_of(data: bytes, **wanted: Any) -> list[PageResult]:
    pages: list[PageResult] = []
    assert examine(data, on_page=pages.append, **wanted).verdict is Verdict.OK
    return pages


def test_pdf_gives_russian_and_english_text_page_by_page():
    found = examine(files.pdf(files.RUSSIAN, files.ENGLISH, pages=3))

    assert (found.verdict, found.pages) == (Verdict.OK, 3)
    assert found.text_by_page == [f"{page}\n{files.RUSSIAN}\n{files.ENGLISH}" for page in (1, 2, 3)]
    assert {(round(width), round(height)) for width, height in found.sizes} == {(595, 842)}


def test_pages_are_drawn_with_thumbnails():
    pages = pages_of(files.pdf(pages=2))

    assert [page.number for page in pages] == [1, 2]
    for page in pages:
        with Image.open(io.BytesIO(page.picture.data)) as picture:
            assert picture.format == "WEBP"
            assert picture.size == (page.picture.width, page.picture.height) == (1240, 1754)
            assert picture.convert("L").getextrema() == (0, 255)
        assert page.thumbnail.width == 96
        assert len(page.picture.data) <= 80_000


def test_dense_text_page_stays_small():
    lines = [
        f"{zlib.crc32(bytes([n]))} договор поставки товара {zlib.crc32(bytes([n, n]))} ёлка {n}" for n in range(33)
    ]

    (page,) = pages_of(files.pdf(*lines))

    assert len(page.picture.data) <= 80_000


def test_only_the_wanted_pages_are_drawn():
    assert [page.number for page in pages_of(files.pdf(pages=4), first_picture=2, last_picture=3)] == [2, 3]
    assert pages_of(files.pdf(pages=4), first_picture=5, last_picture=9) == []
    assert pages_of(files.pdf(), want_pictures=False) == []
    assert examine(files.pdf(), want_text=False).text_by_page == []


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "gif", "webp"])
def test_item_35_pictures_are_redrawn_without_their_metadata(kind: str):
    data = files.picture(kind, 3000, 1500)

    (page,) = pages_of(data)

    assert (page.picture.width, page.picture.height) == (1240, 620)
    assert b"Secret Author" not in page.picture.data + page.thumbnail.data
    with Image.open(io.BytesIO(page.picture.data)) as picture:
        assert not picture.getexif()


def test_tiff_has_pages():
    found = examine(files.picture("tiff", frames=3))

    assert (found.pages, len(found.text_by_page)) == (3, 3)


@pytest.mark.parametrize(
    ("mode", "kind"), [("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG")]
)
def test_pictures_of_every_mode_can_be_drawn(mode: str, kind: str):
    target = io.BytesIO()
    Image.new(mode, (300, 200)).save(target, "TIFF")

    (page,) = pages_of(target.getvalue())

    assert page.picture.width == 300


def test_turned_photograph_is_shown_upright():
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 100), "white").save(target, "JPEG", exif=exif)

    (page,) = pages_of(target.getvalue())

    assert (page.picture.width, page.picture.height) == (100, 400)


@pytest.mark.parametrize("data", [files.docx(), files.odt()], ids=["docx", "odt"])
def test_office_text(data: bytes):
    found = examine(data)

    assert (found.verdict, found.pages) == (Verdict.OK, 0)
    assert found.text_by_page == [f"{files.RUSSIAN}\n{files.ENGLISH}\n"]


def test_workbook_text_keeps_rows_and_cells():
    assert examine(files.xlsx(("Итого", 418), ("ёлка",))).text_by_page == ["Итого\t418\nёлка"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_plain_text(encoding: str):
    assert examine(files.txt(encoding)).text_by_page == [files.txt().decode()]


def test_formats_without_parser_have_no_text():
    assert examine(b"{\\rtf1 hello}") == Examined(Verdict.OK, 0, [""], [])


def test_text_is_cut_at_the_limit():
    found = examine(b"x" * 1000, limits=Limits(text=100))

    assert found.text_by_page == ["x" * 100]


HOSTILE = {
    "encrypted pdf": (files.encrypted_pdf, Verdict.ENCRYPTED),
    "encrypted office": (files.encrypted_docx, Verdict.ENCRYPTED),
    "encrypted odt": (lambda: files.odt(encrypted=True), Verdict.ENCRYPTED),
    "cut pdf": (lambda: files.truncated(files.pdf()), Verdict.DAMAGED),
    "cut pdf near its end": (lambda: files.truncated(files.pdf(), 0.99), Verdict.DAMAGED),
    "only a head": (lambda: b"%PDF-1.7\n", Verdict.DAMAGED),
    "page loop": (files.pdf_with_page_loop, Verdict.DAMAGED),
    "a million pages": (lambda: files.pdf_of_many_pages(1_000_000), Verdict.TOO_MANY_PAGES),
    "cut png": (lambda: files.truncated(files.picture("png")), Verdict.DAMAGED),
    "cut jpeg": (lambda: files.truncated(files.picture("jpeg")), Verdict.DAMAGED),
    "cut tiff": (lambda: files.truncated(files.picture("tiff")), Verdict.DAMAGED),
    "gif with script": (lambda: files.polyglots()["gif-js.gif"], Verdict.DAMAGED),
    "picture flood": (files.png_flood, Verdict.BOMB),
    "zip bomb": (files.zip_bomb, Verdict.BOMB),
    "20000 members": (lambda: files.docx(more={str(n): b"" for n in range(20_000)}), Verdict.BOMB),
    "xml bomb": (files.xml_bomb, Verdict.DAMAGED),
    "outside entity": (lambda: files.docx_with_outside_entity("file:///etc/passwd"), Verdict.DAMAGED),
    "two documents in one": (files.twin_members, Verdict.DAMAGED),
    "no document in it": (lambda: files.docx(more={"word/document.xml": b"<a"}), Verdict.DAMAGED),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_item_30_and_34_hostile_files_get_their_verdict(case: str):
    build, verdict = HOSTILE[case]
    began = time.monotonic()

    found = examine(build())

    assert found.verdict is verdict
    assert found.text_by_page == []
    assert time.monotonic() - began < 10


def test_item_30_members_that_lead_outside_are_never_unpacked():
    assert examine(files.zip_slip()).verdict is Verdict.OK
    assert not Path("/tmp/slipped.txt").exists()


@pytest.mark.parametrize(
    "build", [files.pdf, files.docx, files.xlsx, lambda: files.picture("png"), lambda: files.picture("tiff")]
)
def test_flipped_bits_never_break_the_parent(build: Callable[[], bytes]):
    whole = build()
    found = formats.sniff(files.InMemory(whole))

    for place in range(8, len(whole), max(len(whole) // 12, 1)):
        try:
            assert examine(files.flipped(whole, place), found).verdict in Verdict
        except parsing.ParserDied:
            continue


def test_item_30_stream_bomb_kills_only_its_own_process():
    with pytest.raises(parsing.ParserDied):
        examine(files.pdf_stream_bomb(), limits=Limits(memory=400 * files.MEGABYTE))

    assert examine(files.pdf()).verdict is Verdict.OK


def test_time_limit_kills():
    bomb = files.pdf_stream_bomb()
    began = time.monotonic()

    with pytest.raises(parsing.ParserDied, match="in time"):
        examine(bomb, limits=Limits(wall_seconds=0.05))

    assert time.monotonic() - began < 2
    assert examine(files.pdf()).verdict is Verdict.OK


def test_prepared_process_is_replaced_when_it_dies():
    examine(files.pdf())
    for child in _children():
        os.kill(child, 9)

    assert examine(files.pdf()).verdict is Verdict.OK


def test_failing_reader_of_pages_is_not_the_parsers_fault():
    def fail(page: PageResult) -> None:
        raise ValueError("disk full")

    with pytest.raises(ValueError, match="disk full"):
        examine(files.pdf(), on_page=fail)


def test_damage_of_the_stored_file_comes_through():
    writer = storage.Writer("here")
    writer.write(files.pdf() + bytes(3 * storage.CHUNK))
    stored = writer.keep()
    path = storage.incoming().parent / stored.name
    path.write_bytes(files.flipped(path.read_bytes(), storage.CHUNK + 500))

    with storage.open_sealed(stored.name, stored.wrapped_key, "here") as reader, pytest.raises(storage.Damaged):
        parsing.examine(reader, Format.PDF)


def test_item_76_scripts_and_addresses_in_a_pdf_reach_nothing(listener: socket.socket):
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

    examine(files.pdf_with_script(address))
    examine(files.docx_with_outside_entity(address))

    with pytest.raises(BlockingIOError):
        listener.accept()


TRESPASS = """
import sys, os, socket, json
sys.path.insert(0, {root!r})
from documents.parsing import jail
from documents.parsing.results import Limits
def tries():
    yield "network", lambda: socket.create_connection(("127.0.0.1", {port}), 2)
    yield "file", lambda: open("/etc/passwd")
    yield "write", lambda: open("/tmp/docflow-trespass", "w")
    yield "memory", lambda: bytearray(2 * 1024 ** 3)
    yield "unshare", lambda: (_ for _ in ()).throw(OSError()) if jail.leave_network() else None
def outcome(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
print(json.dumps(jail.leave_network())); jail.drop_rights()
if {before}:
    print(json.dumps(outcome(dict(tries())["network"]))); sys.exit()
jail.confine(Limits())
print(json.dumps({{name: outcome(act) for name, act in tries()}}))
"""


def _trespass(listener: socket.socket, *, before: bool) -> object:
    program = TRESPASS.format(root=str(ROOT), port=listener.getsockname()[1], before=before)
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, env={})
    namespaces, outcome = map(json.loads, run.stdout.splitlines())
    assert namespaces == ""
    return outcome


def test_item_76_namespace_alone_keeps_the_network_away(listener: socket.socket):
    assert _trespass(listener, before=True) == "OSError"


def test_item_76_confined_code_can_open_nothing(listener: socket.socket):
    outcome = _trespass(listener, before=False)

    assert outcome == {
        "network": "OSError",
        "file": "OSError",
        "write": "OSError",
        "memory": "MemoryError",
        "unshare": "OSError",
    }
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_parsing_process_has_neither_django_nor_environment():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from documents.parsing import nursery, work; work.warm_up();"
        + ("print([name for name in sys.modules if name.startswith(('django', 'docflow', 'celery'))])")
    )
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, env={})
    examine(files.pdf())

    assert run.stdout.strip() == "[]"
    assert [Path(f"/proc/{child}/environ").read_bytes() for child in _children()] in ([b""], [])


def test_answers_of_a_broken_parser_are_not_believed():
    nonsense: list[dict[str, Any]] = [
        {"is": "opened", "pages": 10**9, "sizes": []},
        {"is": "opened", "pages": -1, "sizes": []},
        {"is": "opened"},
        {"is": "picture", "page": 1, "kind": "page", "width": 10, "height": 10},
        {"is": "refused", "verdict": "fine", "pages": 0},
        {"is": "hello"},
        {},
    ]
    from documents.parsing import examination

    for header in nonsense:
        with pytest.raises((wire.Nonsense, KeyError, TypeError, ValueError)):
            examination._Report(Limits()).take(header, b"body")


@pytest.mark.parametrize("sent", [b"\xff" * 8, b"\0\0\0\2\0\0\0\0[]", b"\0\0\0\2\0\0\0\0{x"])
def test_wire_refuses_what_is_no_message(sent: bytes):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        with pytest.raises(wire.Nonsense):
            wire.receive(ours)


def test_nothing_is_left_behind(tmp_path: Path):
    before = set(Path("/tmp").glob("*"))
    examine(files.pdf())
    with pytest.raises(parsing.ParserDied):
        examine(files.pdf_stream_bomb(), limits=Limits(wall_seconds=0.05))

    left = {path for path in set(Path("/tmp").glob("*")) - before if path.is_file()}
    assert left == set()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _children() -> list[int]:
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in listed if b"nursery" in Path(f"/proc/{pid}/cmdline").read_bytes()]
