"""Secrets planted in the running product, in a story from sign-in to an opened link, turn up nowhere they must not.

Looked through: the logs of all processes, every command that reached Valkey, and a dump of the whole database.
Extracted text and search words lie plain in the database by design; nothing else does.
"""

import base64
import io
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest
import redis

from tests import files
from tests.accounts.totp import digits
from tests.journeys.product import Product, link_in
from tests.servers.waiting import until

MARK = secrets.token_hex(6)
ADDRESS = f"kanareika.{MARK}@letters.example"
PHONE = f"+7912{int(MARK, 16) % 10**7:07d}"
PASSWORDS = tuple(f"{words}-{MARK}-Ulitka" for words in ("verbena", "gagara", "nevernyj"))
TEXT = f"kanareika{MARK}tekst"
HIDDEN = re.compile(r'name="(\w+)" value="([^"]+)"')


OPEN = ExitStack()


class Overheard:
    """Every command that any process sends to Valkey."""

    def __init__(self, url: str) -> None:
        self.words: list[str] = []
        self.client = redis.Redis.from_url(url)
        OPEN.callback(self.client.close)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            with self.client.monitor() as monitor:
                for command in monitor.listen():
                    self.words.append(str(command["command"]))
        except (redis.RedisError, ValueError, OSError):
            return  # the product has ended


class Visitor:
    """A browser that fills in forms."""

    def __init__(self, web: str, kept: set[str]) -> None:
        self.http = httpx.Client(base_url=web, headers={"Referer": web}, timeout=30)
        OPEN.callback(self.http.close)
        self.kept = kept

    def post(self, path: str, **typed: str) -> httpx.Response:
        page = self.http.get(path, follow_redirects=True)
        form = dict(HIDDEN.findall(page.text)) | typed
        if hand := re.search(r'data-tap="([^"]+)"', page.text):
            form["tap"] = hand[1]
        answer = self.http.post(
            page.url, data=form, headers={"Origin": f"{page.url.scheme}://{page.url.netloc.decode()}"}
        )
        self.kept |= {value for name, value in self.http.cookies.items() if name == "session"}
        return answer

    def sign_in(self, login: dict[str, str]) -> None:
        self.kept.add(login["password"])
        assert self.post("/sign-in/", **login).status_code == 302


@pytest.fixture(scope="module")
def told(demo: Product) -> Iterator[tuple[Product, Overheard, set[str]]]:
    """The story, told once: the product afterwards, what Valkey heard, and the secrets that came up."""
    with OPEN:
        overheard, secret = Overheard(demo.up["redis_url"]), {ADDRESS, PHONE, PHONE[1:], *PASSWORDS}
        client, staff = Visitor(demo.web, secret), Visitor(demo.web, secret)
        staff.sign_in(demo.up["logins"]["staff"])
        _invited(demo, staff, client, secret)
        _second_factor(client, secret)
        _told_by_link(demo, client, secret)
        _channel(demo, secret)
        yield demo, overheard, secret | _of_the_folder(demo)


def _letter(product: Product, host: str, secret: set[str], before: int = 0) -> str:
    """The path that the next letter to the client leads to; its secret part is remembered."""

    def found() -> str | None:
        texts = [line["text"] for line in product.ledger(host, "smtp") if ADDRESS in json.dumps(line)]
        return texts[-1] if len(texts) > before else None

    path = urlsplit(re.findall(rf"http\S+{host}\S+", until(found, 60))[0].rstrip(".>)")).path
    secret.add(path.strip("/").split("/")[-1])
    return path


def _invited(product: Product, staff: Visitor, client: Visitor, secret: set[str]) -> None:
    """A client with canary addresses is invited, joins, mistypes, forgets the password, and comes back."""
    person = {"name": "Канарейкина Ольга", "email": ADDRESS, "language": "ru", "time_zone": "Europe/Moscow"}
    card = staff.post("/clients/new/", **person).headers["Location"]
    staff.post(card, csrfmiddlewaretoken="")
    token = dict(HIDDEN.findall(staff.http.get(card).text))["csrfmiddlewaretoken"]
    origin = {"Origin": product.web}
    assert staff.http.post(f"{card}invite/", data={"csrfmiddlewaretoken": token}, headers=origin).status_code == 302
    joined = client.post(_letter(product, "/invite/", secret), password=PASSWORDS[0], language="ru", time_zone="UTC")
    assert joined.status_code == 302, joined.text
    stranger = Visitor(product.web, secret)
    assert stranger.post("/sign-in/", email=ADDRESS, password=PASSWORDS[2]).status_code == 422
    assert stranger.post("/reset/", email=ADDRESS).status_code == 200
    assert stranger.post(_letter(product, "/reset/", secret), password=PASSWORDS[1]).status_code == 302
    client.sign_in({"email": ADDRESS, "password": PASSWORDS[1]})
    client.post("/me/contacts/", kind="phone", address=PHONE)


def _second_factor(client: Visitor, secret: set[str]) -> None:
    """The app's secret and the recovery codes appear once on the screen."""
    page = client.http.get("/me/security/totp/").text
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert shown
    plain = _hex_of(shown[1])
    secret |= {shown[1].replace(" ", ""), plain}
    form = dict(HIDDEN.findall(page))
    codes = client.http.post(
        "/me/security/totp/",
        data={**form, "code": digits(plain)},
        headers={"Origin": str(client.http.base_url).rstrip("/")},
    )
    found = set(re.findall(r"\b[a-km-z2-9]{5}-[a-km-z2-9]{5}\b", codes.text))
    assert len(found) == 10, codes.text
    secret |= found


def _hex_of(readable: str) -> str:
    return base64.b32decode(readable.replace(" ", "")).hex()


def _told_by_link(product: Product, client: Visitor, secret: set[str]) -> None:
    """A document comes by API, becomes ready, is told, and its link is opened."""
    key = product.up["api_keys"]["staff"]
    secret |= {*product.up["api_keys"].values()}
    who = product.rows("select id from accounts_user where name = 'Канарейкина Ольга'")[0][0]
    sent = httpx.post(
        f"{product.web}/api/v1/documents",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": MARK},
        data={"type": "letter", "client": str(who), "title": "Письмо канарейке"},
        files={"file": ("letter.pdf", files.pdf(TEXT, MARK), "application/pdf")},
        timeout=60,
    )
    assert sent.status_code == 201, sent.text
    text = product.message("Письмо канарейке", "smtp")["text"]
    code = link_in(text).rpartition("/")[2]
    secret.add(code)
    reader = Visitor(product.web, secret)
    opened = reader.post(f"/s/{code}", act="seen")
    secret |= {value for name, value in reader.http.cookies.items() if "link" in name}
    assert opened.status_code < 400


def _channel(product: Product, secret: set[str]) -> None:
    """An administrator gives the mail server a password."""
    password = f"smtp-{MARK}-parol"
    secret.add(password)
    boss = Visitor(product.web, secret)
    boss.sign_in(product.up["logins"]["admin"])
    path = "/admin/channels/email/"
    form = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', boss.http.get(path).text))
    form |= {"security": "none", "host": "127.0.0.1", "username": "post", "password": password}
    for typed in (form, form | {"username": "", "password": ""}):  # kept, and no longer used: others send letters, too
        assert boss.http.post(path, data=typed, headers={"Origin": product.web}).status_code == 302


def _of_the_folder(product: Product) -> set[str]:
    """What the installation's own secret files hold: passwords of its servers, provider tokens, keys."""
    own = json.loads((product.data / "secrets.json").read_text())
    ring = json.loads((product.data / "keys.json").read_text())
    keys = {ring["lookup"], ring["links"], ring["signing"], *(one["key"] for one in ring["sealing"])}
    return {*own.values(), *keys}


def traces(haystack: str, secret: set[str]) -> set[str]:
    """The secrets that occur in it, plain or in hexadecimal."""
    low = haystack.lower()
    return {one for one in secret if one in haystack or one.encode().hex() in low}


def test_item_65_and_68_no_log_holds_a_secret(told: tuple[Product, Overheard, set[str]]) -> None:
    product, _overheard, secret = told
    logs = [*(product.data / "logs").rglob("*"), product.data.parent / "output"]
    found = {path.name: traces(path.read_text(errors="replace"), secret) for path in logs if path.is_file()}
    # The terminal shows the demo's passwords to whoever starts it.
    found["output"] -= {login["password"] for login in product.up["logins"].values()}

    assert len(found) >= 6
    assert {name: hits for name, hits in found.items() if hits} == {}
    assert not [path for path in logs if path.is_file() and TEXT in path.read_text(errors="replace")]


def test_item_65_the_broker_holds_no_secret(told: tuple[Product, Overheard, set[str]]) -> None:
    product, overheard, secret = told
    with redis.Redis.from_url(product.up["redis_url"]) as client:
        kept = [str(client.dump(key)) + str(key) for key in client.scan_iter()]
    heard = "\n".join([*overheard.words, *kept])

    assert "docflow:wake" in heard
    assert traces(heard, {*secret, TEXT}) == set()


def test_item_65_the_database_holds_no_secret(told: tuple[Product, Overheard, set[str]]) -> None:
    product, _overheard, secret = told
    dump = dumped(product.up["database_url"])

    assert {table: hits for table, text in dump.items() if (hits := traces(text, secret))} == {}
    assert {table for table, text in dump.items() if TEXT in text} <= {"documents_documenttext"}


def test_item_65_the_files_hold_no_plain_text(told: tuple[Product, Overheard, set[str]]) -> None:
    product, _overheard, _secret = told
    stored = [path for path in (product.data / "files").rglob("*") if path.is_file()]

    assert stored
    for path in stored:
        assert not path.read_bytes().startswith((b"%PDF", b"RIFF", b"\x89PNG")), path


def dumped(url: str) -> dict[str, str]:
    """Every table as text."""
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            return {table: _copied(cursor, table) for (table,) in cursor.fetchall()}
    finally:
        connection.close()


def _copied(cursor: psycopg2.extensions.cursor, table: str) -> str:
    text = io.StringIO()
    cursor.copy_expert(f'COPY "{table}" TO STDOUT', text)
    return text.getvalue()


def test_the_search_itself_finds(tmp_path: Path) -> None:
    assert traces("… s3cr3t …", {"s3cr3t", "other"}) == {"s3cr3t"}
    assert traces(f"\\x{b's3cr3t'.hex()}", {"s3cr3t"}) == {"s3cr3t"}
