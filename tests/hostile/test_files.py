"""The corpus through page and API and through the real processing: a clear end each time, and nothing left over."""

import itertools
import logging
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry, Role, User
from documents import formats, parsing, processing, storage
from documents.models import Document, DocumentVersion, PagePicture, Step
from tests import files
from tests.factories import documents as make
from tests.hostile.asking import refused, upload
from tests.hostile.corpus import CASES, Case

pytestmark = pytest.mark.django_db

GROWTH = 200 * 1024  # KiB that this process may grow by
PATIENCE = 30  # seconds
MUTATIONS = 400  # of each sound file, in the long run


@pytest.fixture
def page(staff: User) -> Client:
    browser = Client()
    browser.force_login(staff, backend="accounts.backends.EmailBackend")
    return browser


def by_page(page: Client, kind: str, client: User, name: str, data: bytes) -> int:
    """The upload page's answer to one file, as its script sends it."""
    sent = {"file": SimpleUploadedFile(name, data), "type": kind, "client": client.email, "title": "x"}
    answer = page.post("/documents/upload/", sent, headers={"HX-Request": "true"})
    assert "<script" not in answer.content.decode()
    return answer.status_code


def finished(document: Document) -> str:
    """How the document ends after the machine had all its tries."""
    for _try in range(4):
        processing.drain()
        Step.objects.filter(outcome="").update(due_at=document.created_at)
    processing.sweep()
    version = DocumentVersion.objects.select_related("document").get(document=document)
    words = [version.reason["code"]] if version.reason else list(version.findings)
    return " ".join([str(version.document.state), ",".join(words)]).strip()


def left_over() -> set[str]:
    """Files without a row, and rows without a file."""
    known = set(DocumentVersion.objects.values_list("stored_name", flat=True))
    for names in PagePicture.objects.values_list("stored_name", "thumb_stored_name"):
        known |= set(names)
    root = storage.incoming().parent
    found = {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file() and "lost" not in one.parts}
    return found ^ known


@pytest.fixture(autouse=True)
def _clean_ground(settings, tmp_path) -> None:
    """What other tests left in the folder, whose rows are rolled back, is not ours."""
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.mkdir()


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name, marks=[pytest.mark.full] if case.full else []) for case in CASES]
)
def test_a_hostile_file_ends_as_it_should(case: Case, key, page):
    kind = make.kind(formats=[one.value for one in formats.DEFAULT_ALLOWED])
    data, began, grown = case.build(), time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mine, other = make.person(Role.CLIENT), make.person(Role.CLIENT)

    status = by_page(page, kind.slug, mine, case.name, data)
    answer = upload(key, data, name=case.name, type=kind.slug, client=str(other.pk))

    assert status == answer.status_code
    if answer.status_code != 201:
        refused(answer)
        assert str(answer.status_code) in case.ends
        assert not Document.objects.exists()
    else:
        ends = {finished(document) for document in Document.objects.all()}
        assert len(ends) == 1
        assert ends <= set(case.ends)
        if "rejected" in ends.pop():
            assert AuditEntry.objects.filter(action="document.rejected").count() == 2
    assert left_over() == set()
    assert not Path("/tmp/slipped.txt").exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown < GROWTH + len(data) // 256
    assert time.monotonic() - began < PATIENCE * (4 if case.full else 1)
    assert parsing.examine(files.InMemory(b"alive"), formats.Format.TXT).text_by_page == ["alive"]


def test_every_wrong_ending_is_refused_at_the_door(key):
    sound = {
        "pdf": files.pdf(),
        "docx": files.docx(),
        "odt": files.odt(),
        "xlsx": files.xlsx(),
        "png": files.picture("png"),
        "jpg": files.picture("jpeg"),
        "tiff": files.picture("tiff"),
    }
    kind = make.kind(formats=[one.value for one in formats.DEFAULT_ALLOWED])
    pairs = [(ending, data) for (ending, _), (_other, data) in itertools.permutations(sound.items(), 2)]

    assert len(pairs) >= 30
    for ending, data in pairs:
        assert "really" in refused(upload(key, data, name=f"a.{ending}", type=kind.slug), 415)["detail"]
    assert left_over() == set()


def test_the_limit_of_a_type_is_met_to_the_byte(key):
    kind = make.kind(max_size_mb=1)
    exactly = (b"a" * 63 + b"\n") * (1024 * 16)

    assert upload(key, exactly, name="a.txt", type=kind.slug).status_code == 201
    problem = refused(upload(key, exactly + b"a", name="b.txt", type=kind.slug), 413)
    assert "1.0\u00a0MB" in problem["detail"]
    assert left_over() == set()


@pytest.mark.parametrize("name", files.HOSTILE_NAMES, ids=range(len(files.HOSTILE_NAMES)))
def test_a_hostile_name_is_shown_safely(name, key, staff, page):
    """Kept without paths, invisible characters and tricks; the page shows what is kept, and so does the download."""
    kind = make.kind(formats=[one.value for one in formats.DEFAULT_ALLOWED])
    raw = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A")
    body = (
        b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\n' + kind.slug.encode() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + raw + b'"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + files.pdf() + b"\r\n--x--\r\n"
    )
    answer = Client().generic(
        "POST", "/api/v1/documents", body, content_type="multipart/form-data; boundary=x", headers=key
    )

    assert answer.status_code in (201, 400, 415, 422)
    if answer.status_code != 201:
        refused(answer)
        assert left_over() == set()
        return
    version = DocumentVersion.objects.get()
    assert not set(version.original_name) & set("/\\\0\r\n\u202e\u200b\ufeff")
    assert 0 < len(version.original_name) <= 200
    shown = page.get(f"/documents/{version.document_id}/").content.decode()
    assert "<script>alert" not in shown
    got = page.get(f"/documents/{version.document_id}/versions/1/file")
    disposition = got.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    got.close()


BASES: dict[str, Callable[[], bytes]] = {
    "a.pdf": files.pdf,
    "a.docx": files.docx,
    "a.xlsx": files.xlsx,
    "a.png": lambda: files.picture("png"),
    "a.tiff": lambda: files.picture("tiff"),
    "a.odt": files.odt,
    "a.jpg": lambda: files.picture("jpeg"),
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BASES)
def test_changed_bytes_never_break_the_parent(name, pytestconfig, caplog):
    """Bits flipped, pieces doubled, cut out and zeroed, at places told by a seed that is printed."""
    whole, seed = BASES[name](), random.randrange(2**32)
    caplog.set_level("INFO")
    logging.getLogger(__name__).info("seed %s", seed)
    chance = random.Random(seed)
    found = formats.sniff(files.InMemory(whole))
    for _time in range(MUTATIONS if pytestconfig.getoption("--full") else 12):
        data = mutated(whole, chance)
        formats.sniff(files.InMemory(data), name)
        try:
            assert parsing.examine(files.InMemory(data), found).verdict in parsing.Verdict
        except parsing.ParserDied:
            continue
    assert parsing.examine(files.InMemory(whole), found).verdict is parsing.Verdict.OK


def mutated(whole: bytes, chance: random.Random) -> bytes:
    data = bytearray(whole)
    for _change in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(data)), chance.randint(1, 64)
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + length] = bytes(length)
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                del data[at : at + length]
            case _:
                data[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"9999", b"-1  "])
        if len(data) < 16:
            break
    return bytes(data)
