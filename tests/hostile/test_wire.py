"""The real web server under requests whose frames lie: too short, too long, torn, endless."""

import gzip
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from accounts.models import Role
from docflow.servers import ports, programs
from documents.models import Document
from tests import files
from tests.factories import documents as make
from tests.hostile.asking import key_of
from tests.servers.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("wire"), pytest.mark.timeout(120)]

ANSWERS = {201, 400, 409, 411, 413, 415, 422, 429, 431}
LIMIT = django_settings.MAX_UPLOAD
GROWTH = 120 * 1024  # KiB
AT_WORK = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND backend_type = 'client backend' AND state <> 'idle'
"""


class Web:
    """One web process as in production, on the tests' own database."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def ask(self, *parts: bytes, whole: bool = True, patience: float = 30) -> list[int]:
        """Send these bytes as they are, read until the line is closed; answers the statuses that came back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as line:
            got = b""
            try:
                for part in parts:
                    line.sendall(part)
                if not whole:
                    line.shutdown(socket.SHUT_WR)
                while piece := line.recv(65536):
                    got += piece
                    if whole and b"\r\n\r\n" in got:
                        break
            except (ConnectionResetError, BrokenPipeError):
                pass
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", got)]

    @property
    def memory(self) -> int:
        """KiB that the process holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) if found else 0


def _database() -> str:
    named = connection.settings_dict
    user, password = quote(named["USER"] or ""), quote(named["PASSWORD"] or "")
    secret = f"{user}:{password}@" if password else f"{user}@" if user else ""
    place, query = named["HOST"] or "", ""
    if place.startswith("/"):
        place, query = "", f"?host={place}"
    port = f":{named['PORT']}" if named["PORT"] and place else ""
    return f"postgresql://{secret}{place}{port}/{named['NAME']}{query}"


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker) -> Iterator[Web]:
    port = ports.free_port()
    command = [part.format(host="127.0.0.1", port=port, webs=1) for part in programs.PROGRAMS["web"]]
    address = _database()
    with subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "docflow.settings", "DATABASE_URL": address},
        cwd=programs.ROOT,
    ) as process:
        started = Web(port, process)
        try:
            until(lambda: _answers(started), 60)
            yield started
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def at_rest(transactional_db) -> Iterator[None]:
    """What the server still does for a line that is closed must not meet the emptying of the tables."""
    yield
    until(_rests)


def _rests() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK)
        working = cursor.fetchall()
        time.sleep(0.1)
        cursor.execute(AT_WORK)
        return not working and not cursor.fetchall()


def _answers(web: Web) -> bool:
    try:
        return web.ask(request("GET", "/healthz")) == [200]
    except OSError:
        return False


@pytest.fixture
def bearer() -> str:
    return key_of(make.person(Role.STAFF))["Authorization"]


def request(method: str, path: str, *headers: str, body: bytes = b"", length: int | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body or length is not None:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def form(kind: str, data: bytes) -> bytes:
    return (
        b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\n' + kind.encode() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + data + b"\r\n--x--\r\n"
    )


def kept() -> list[str]:
    """Files in the folder that no request should have left."""
    return [str(one) for one in Path(django_settings.FILES_DIR, "incoming").glob("*")]


MULTIPART = "Content-Type: multipart/form-data; boundary=x"
JSON = "Content-Type: application/json"
PATH = "/api/v1/documents"


def test_a_sound_request_is_taken(web, bearer):
    kind = make.kind()
    sent = request("POST", PATH, f"Authorization: {bearer}", MULTIPART, body=form(kind.slug, b"sound"))

    assert web.ask(sent) == [201]


def test_bodies_shorter_than_they_say_hold_no_thread_and_leave_nothing(web, bearer):
    kind = make.kind()
    body = form(kind.slug, b"y" * 300_000)
    before = kept()
    for _time in range(20):  # more than the server has threads
        sent = request("POST", PATH, f"Authorization: {bearer}", MULTIPART, body=body[:200_000], length=len(body))
        assert set(web.ask(sent, whole=False)) <= ANSWERS

    assert web.ask(request("GET", "/healthz")) == [200]
    assert not Document.objects.exists()
    assert until(lambda: kept() == before, 10)


def test_a_body_longer_than_it_says_is_cut_there(web, bearer):
    kind = make.kind()
    body = form(kind.slug, b"long")
    sent = request("POST", PATH, f"Authorization: {bearer}", MULTIPART, body=body + b"GARBAGE" * 99, length=len(body))

    assert set(web.ask(sent, whole=False)) <= {201, 400}
    assert web.ask(request("GET", "/healthz")) == [200]


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-5\r\nabc\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        b"fffffffffffffffffffffffff\r\nabc",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"5\r\nabc",
        b"3;" + b"a=b;" * 20_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
    ],
)
@pytest.mark.parametrize("path", [PATH, f"{PATH}/01990000-0000-7000-8000-000000000000/approve"])
def test_chunks_that_lie_are_answered(web, bearer, path, chunks):
    kind = MULTIPART if path == PATH else JSON
    statuses = web.ask(request("POST", path, f"Authorization: {bearer}", kind, CHUNKED) + chunks, whole=False)

    assert set(statuses) <= ANSWERS | {404}
    assert web.ask(request("GET", "/healthz")) == [200]


def test_two_lengths_are_no_way_past_the_server(web, bearer):
    """A request hidden in another's body (RFC 9112 §6.3) must not be answered as one of its own."""
    hidden = request("GET", "/healthz")
    for twice in (
        [f"Content-Length: {len(hidden) + 5}", CHUNKED],
        ["Content-Length: 5", "Content-Length: 6"],
        [CHUNKED, "Transfer-Encoding: identity"],
    ):
        raw = "\r\n".join(["POST /api/v1/documents HTTP/1.1", "Host: 127.0.0.1", JSON, *twice, "", ""]).encode()
        assert 200 not in web.ask(raw + b"0\r\n\r\n" + hidden, whole=False), twice


@pytest.mark.parametrize(
    "headers",
    [
        [f"X-Header-{number}: {number}" for number in range(1_000)],
        ["X-Long: " + "a" * 1_000_000],
        ["Cookie: " + "; ".join(f"c{number}=v" for number in range(5_000))],
        ["Authorization: Bearer " + "a" * 60_000],
        ["Accept-Language: " + ",".join(["ru;q=0.1"] * 20_000)],
        ["Content-Length: -1"],
        ["Content-Length: 1e3"],
        ["Content-Length: " + "9" * 50],
        ["Host: evil.example"],
        ["X-Forwarded-Host: evil.example", "X-Forwarded-For: " + "1.1.1.1," * 5_000],
        ["Range: bytes=" + ",".join(f"{n}-{n}" for n in range(5_000))],
    ],
    ids=range(11),
)
def test_absurd_headers_are_answered(web, headers):
    statuses = web.ask(request("GET", PATH, *headers), whole=False)

    assert set(statuses) <= {400, 401, 413, 431}
    assert web.ask(request("GET", "/healthz")) == [200]


def test_packed_requests_are_not_unpacked(web, bearer):
    held = web.memory
    bomb = gzip.compress(b'{"comment": "' + b"a" * (200 * files.MEGABYTE) + b'"}', 9)
    path = f"{PATH}/01990000-0000-7000-8000-000000000000/approve"

    for encoding in ("gzip", "deflate", "br", "gzip, gzip"):
        sent = request("POST", path, f"Authorization: {bearer}", JSON, f"Content-Encoding: {encoding}", body=bomb)
        assert set(web.ask(sent)) <= {400, 404, 415}
    assert web.memory - held < GROWTH


def test_five_gigabytes_are_refused_before_they_are_read(web, bearer):
    began, held = time.monotonic(), web.memory
    sent = request("POST", PATH, f"Authorization: {bearer}", MULTIPART, length=5 * 1024**3)

    assert web.ask(sent + form("x", b"")[:100]) == [413]
    assert time.monotonic() - began < 10
    assert web.memory - held < GROWTH


def test_an_endless_stream_fills_neither_memory_nor_disk(web, bearer):
    """Chunked, so that no length is declared: whatever is answered, nothing of it stays."""
    held, before = web.memory, kept()
    piece = b"a" * files.MEGABYTE
    chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
    head = request("POST", PATH, f"Authorization: {bearer}", MULTIPART, CHUNKED)

    statuses = web.ask(head, *[chunk] * 200, b"0\r\n\r\n")

    assert set(statuses) <= ANSWERS
    assert web.memory - held < GROWTH
    assert not Document.objects.exists()
    assert kept() == before


def test_a_body_larger_than_the_limit_is_refused_with_its_form(web, bearer, settings):
    body = form(make.kind(max_size_mb=1).slug, b"b" * (2 * files.MEGABYTE))

    assert web.ask(request("POST", PATH, f"Authorization: {bearer}", MULTIPART, body=body)) == [413]
    assert not Document.objects.exists()


def test_garbage_instead_of_http_is_answered_or_dropped(web):
    for raw in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"\0" * 9_999,
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 99_999,
    ):
        assert set(web.ask(raw, whole=False)) <= {400}
    assert web.ask(request("GET", "/healthz")) == [200]
