"""Documents on their way in: the upload itself, the way to the first message, a large file, what all that costs."""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg2
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import meter
from bench.loading_product import Product, running
from bench.pages import percentile
from bench.results import Bar, Goal, Plot, Result, Spread, Table, number
from docflow.demo import texts
from docflow.demo.papers import pdf
from docflow.servers import ports

PAPERS = 25
PAUSE = 0.4  # seconds from one document to the next: a busy day, not a queue
PATIENCE = 60
CHUNK = 1024 * 1024
LARGE = 100 * CHUNK
MANY_STEPS = (
    "Some nineteen statements stand in an upload (document, version, search, journal, outbox, first step), a "
    "durable commit, and a file and its folder that are synced to the disk before the answer."
)
TWICE = (
    "The bytes cross from the event loop to a thread and pass Django's multipart parser, which copies them, before "
    "they are hashed and sealed."
)
MESSAGES = (
    "Three messages with their status call-backs, journal and conclusions are more than half of it; reading, text and "
    "picture of the page less than a fifth."
)
MARK = b"no plain word of this may reach the disk"
TEXT = "SELECT 1 FROM documents_documenttext WHERE document_id = %s AND text <> ''"
HANDED = """
SELECT extract(epoch FROM min(d.sent_at)) FROM notifications_delivery d
  JOIN notifications_notification n ON n.id = d.notification_id WHERE n.subject_id = %s
"""


@dataclass(frozen=True)
class Way:
    """One paper's times, in seconds from the first byte of its upload."""

    uploaded: float
    searchable: float
    handed_over: float


@dataclass(frozen=True)
class Round:
    ways: list[Way]
    cpu: float
    """A paper's, without what the product uses when nothing happens."""
    by_name: dict[str, float]


def measure_way(rounds: int) -> Result:
    """One-page papers, one after the other."""
    with running() as product:
        _one_round(product, 5)
        found = [_one_round(product, PAPERS) for _number in range(rounds)]
    ways = [way for one in found for way in one.ways]
    cpu = Spread.of(one.cpu for one in found)
    uploaded, searchable, handed = ([getattr(way, name) for way in ways] for name in Way.__annotations__)
    goals = [
        Goal(
            "Upload request of a one-page PDF, p50",
            40,
            percentile(uploaded, 0.5),
            "ms",
            at_least=False,
            cause=MANY_STEPS,
        ),
        Goal("Upload to searchable, p50", 0.7, percentile(searchable, 0.5) / 1000, "s", at_least=False),
        Goal("Upload to message handed over, p50", 1.5, percentile(handed, 0.5) / 1000, "s", at_least=False),
        Goal("CPU of all processes for such a document", 0.3, cpu.median, "s", at_least=False, cause=MESSAGES),
    ]
    rows = [
        [name, *(number(percentile(taken, share)) for share in (0.5, 0.95, 0.99))]
        for name, taken in (("upload request", uploaded), ("searchable", searchable), ("handed over", handed))
    ]
    by_name = {name: Spread.of(one.by_name.get(name, 0) for one in found) for name in found[0].by_name}
    shares = [[name, str(spread)] for name, spread in by_name.items()] + [["together", str(cpu)]]
    tables = [
        Table("From the first byte of the upload", ["until", "p50 ms", "p95 ms", "p99 ms"], rows),
        Table("CPU seconds a document: check, text, page picture, rows, three messages", ["of", "seconds"], shares),
    ]
    told = (
        f"{rounds} rounds of {PAPERS} digital PDFs of one page through the API, {PAUSE} s apart; three messages each, "
        "to the simulators."
    )
    return Result("way", "From upload to message", goals, tables, [], told)


def _one_round(product: Product, papers: int) -> Round:
    connection = psycopg2.connect(product.server())
    connection.autocommit = True
    time.sleep(2)
    with meter.Meter() as idle:
        time.sleep(4)
    with meter.Meter() as used:
        ways = [_way(product, connection) for _number in range(papers)]
        time.sleep(3)  # pictures come last
    connection.close()
    quiet = {name: cpu / idle.used.seconds * used.used.seconds for name, cpu in idle.used.by_name.items()}
    own = {name: (cpu - quiet.get(name, 0)) / papers for name, cpu in used.used.by_name.items()}
    ours = {name: max(cpu, 0) for name, cpu in own.items() if name != "measuring"}
    return Round(ways, sum(ours.values()), ours)


def _way(product: Product, connection: "psycopg2.extensions.connection") -> Way:
    mark = uuid.uuid4().hex[:8]
    paper = pdf(texts.letter(f"Заказ {mark} готов", mark))
    began, at = time.perf_counter(), time.time()
    status, answer = upload(product, f"Письмо {mark}", paper)
    uploaded = time.perf_counter() - began
    if status != 201:
        raise SystemExit(f"upload: {status} {answer}")
    with connection.cursor() as cursor:
        _until(lambda: _first(cursor, TEXT, answer["id"]))
        searchable = time.perf_counter() - began
        handed = _until(lambda: _first(cursor, HANDED, answer["id"]))
    time.sleep(max(0.0, PAUSE - (time.perf_counter() - began)))
    return Way(uploaded, searchable, float(handed) - at)


def _first(cursor: Any, statement: str, value: str) -> Any:
    cursor.execute(statement, [value])
    return (cursor.fetchone() or [None])[0]


def _until(probe: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (found := probe()):
        if time.monotonic() > until:
            raise SystemExit("a document got stuck")
        time.sleep(0.01)
    return found


def upload(product: Product, title: str, content: bytes) -> tuple[int, Any]:
    """By the API, with the key of somebody on the staff, for the demo's client."""
    client = product.up["logins"]["client"]["email"]
    fields = {"type": "letter", "title": title, "client": client}
    key = product.up["api_keys"]["staff"] if "api_keys" in product.up else product.up["api_key"]
    status, body = send(product.address, "/api/v1/documents", fields, content, {"Authorization": f"Bearer {key}"})
    return status, json.loads(body)


def send(address: str, path: str, fields: dict[str, str], content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """A form with one file."""
    border = uuid.uuid4().hex
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="file.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    head, end = "".join(parts).encode(), f"\r\n--{border}--\r\n".encode()
    line = HTTPConnection(address, timeout=PATIENCE)
    length = len(head) + len(content) + len(end)
    line.putrequest("POST", path)
    for name, value in {
        **headers,
        "Content-Type": f"multipart/form-data; boundary={border}",
        "Content-Length": str(length),
    }.items():
        line.putheader(name, value)
    line.endheaders(head)
    line.send(content)
    line.send(end)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, body


def measure_large(rounds: int) -> Result:
    """100 MB: docflow, the temporary-file way, and the bare loop, in turn."""
    taken: dict[str, list[float]] = {"docflow": [], "temporary file": [], "bare loop": []}
    growth, plain = [], 0
    with running() as product, _peer() as peer, tempfile.TemporaryDirectory() as folder:
        _allow_large(product)
        for number_of_round in range(rounds + 1):
            content = _large()
            ours, grown = _upload_large(product, content)
            growth.append(grown)
            plain += _plain_on_disk(product)
            theirs = _timed(partial(send, peer, "/upload/", {}, content, {}))
            loop = _bare(content, Path(folder))
            if number_of_round:  # the first one only warms up
                for name, seconds in (("docflow", ours), ("temporary file", theirs), ("bare loop", loop)):
                    taken[name].append(LARGE / CHUNK / seconds)
    if plain:
        raise SystemExit("plain bytes on disk")
    speed = {name: Spread.of(found) for name, found in taken.items()}
    share = 100 * speed["docflow"].median / speed["bare loop"].median
    goals = [
        Goal("Upload of 100 MB, of the bare read, hash, seal, write loop", 35, share, "%", cause=TWICE),
        Goal("Memory of the web process that 100 MB add, at most", 32, max(growth[1:]), "MB", at_least=False),
    ]
    rows = [[name, str(one), number(100 * one.median / speed["bare loop"].median)] for name, one in speed.items()]
    bars = [Bar.of(name, one, ours=name == "docflow") for name, one in speed.items()]
    told = (
        "One process on the same machine sends from memory; docflow checks, hashes and seals what arrives, syncs it to "
        "the disk and writes the rows. The temporary file is Django's own handler and FileSystemStorage behind the "
        "same server. The bare loop reads the file from the cache, hashes, seals, writes and syncs. After each upload "
        "all files of the product were searched for the plain bytes: none."
    )
    table = Table("", ["way", "MB/s", "% of the bare loop"], rows)
    goal = 0.35 * speed["bare loop"].median
    plots = [Plot("documents-large", "100 MB taken in, hashed and sealed", "MB/s", bars, goal=goal)]
    return Result("large", "An upload of 100 MB", goals, [table], plots, told)


def _large() -> bytes:
    return b"%PDF-1.7\n" + MARK + random.randbytes(LARGE - len(MARK) - 15) + b"%%EOF\n"


def _allow_large(product: Product) -> None:
    connection = psycopg2.connect(product.server())
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE documents_documenttype SET max_size_mb = 200 WHERE slug = 'letter'")
    connection.close()


def _upload_large(product: Product, content: bytes) -> tuple[float, float]:
    """Seconds, and the megabytes by which the web processes were larger at their largest."""
    webs = _family(product.up["pids"]["web"])
    for one in webs:
        (one / "clear_refs").write_text("5", encoding="ascii")
    before = sum(map(_peak, webs))
    began = time.perf_counter()
    code, answer = upload(product, "Большой файл", content)
    seconds = time.perf_counter() - began
    if code != 201:
        raise SystemExit(f"large upload: {code} {answer}")
    return seconds, sum(map(_peak, webs)) - before


def _family(pid: int) -> list[Path]:
    """The process and those that it started, under /proc."""
    own = Path(f"/proc/{pid}")
    return [own, *(Path(f"/proc/{child}") for child in (own / f"task/{pid}/children").read_text().split())]


def _peak(process: Path) -> float:
    lines = (process / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _plain_on_disk(product: Product) -> int:
    files = (path for path in (product.data / "files").rglob("*") if path.is_file())
    return sum(MARK in path.read_bytes() for path in files)


def _bare(content: bytes, folder: Path) -> float:
    (folder / "plain").write_bytes(content)
    cipher, digest = AESGCM(os.urandom(32)), hashlib.sha256()
    began = time.perf_counter()
    with (folder / "plain").open("rb", buffering=0) as plain, (folder / "sealed").open("wb", buffering=0) as sealed:
        number_of_chunk = 0
        while chunk := plain.read(CHUNK):
            digest.update(chunk)
            sealed.write(cipher.encrypt(number_of_chunk.to_bytes(12, "big"), chunk, None))
            number_of_chunk += 1
        os.fsync(sealed.fileno())
    return time.perf_counter() - began


def _timed(work: Callable[[], tuple[int, bytes]]) -> float:
    began = time.perf_counter()
    status, _body = work()
    if status != 201:
        raise SystemExit(f"peer: {status}")
    return time.perf_counter() - began


@contextmanager
def _peer() -> Iterator[str]:
    port = ports.free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.documents_peer:application", f"--port={port}", "--lifespan=off"]
    process = subprocess.Popen([*command, "--log-level=warning", "--no-access-log"])
    try:
        _until(lambda: _listens(port))
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/")
        return line.getresponse().status == 404
    except OSError:
        return False
    finally:
        line.close()


MEASUREMENTS: dict[str, Callable[[int], Result]] = {"way": measure_way, "large": measure_large}
