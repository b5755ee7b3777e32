"""Senders who keep uploading letters, and take some back, whatever happens; each puts down what it was told."""

import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from typing import Any

from docflow.demo import texts
from docflow.demo.papers import pdf
from tests.faults.product import Product

ACCEPTED, REFUSED, UNKNOWN = "accepted", "refused", "unknown"
PATIENCE = 20.0
TRIES = 3


@dataclass
class Upload:
    """One letter as its sender knows it. `unknown`: the line broke before an answer, it may be there or not."""

    title: str
    client: str
    sha256: str
    outcome: str = UNKNOWN
    document: str = ""
    answers: list[str] = field(default_factory=list)
    recalled: str = ""


class Load:
    """Threads that upload until told to stop. `log` is the first of the three ledgers."""

    def __init__(
        self, product: Product, clients: list[str], seed: int, *, pause: float = 0.6, recalls: int = 8
    ) -> None:
        self.product = product
        self.clients = clients
        self.mark = f"f{seed:x}-{uuid.uuid4().hex[:6]}"
        self.pause = pause
        self.recalls = recalls
        self.log: list[Upload] = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(random.Random(seed + n),)) for n in range(2)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """No more uploads; those under way come to their end."""
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE * TRIES + 30)

    def _work(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(0.5, 1.5) * self.pause):
            one = self.upload(chance.choice(self.clients))
            if self.recalls and one.outcome == ACCEPTED and chance.randrange(self.recalls) == 0:
                self.recall(one)

    def upload(self, client: str, content: bytes | None = None) -> Upload:
        """One letter, sent again under the same key when the line breaks; the last word counts."""
        with self.lock:
            title = f"Письмо {self.mark}-{len(self.log)}"
            content = content or pdf(texts.letter(title, str(len(self.log))))
            one = Upload(title, client, sha256(content).hexdigest())
            self.log.append(one)
        fields = {"type": "letter", "title": title, "client": client}
        key = uuid.uuid4().hex
        for _try in range(TRIES):
            status, body = self._post("/api/v1/documents", fields, content, key)
            one.answers.append(f"{status} {json.dumps(body, ensure_ascii=False)[:300]}")
            if status == 201:
                one.outcome, one.document = ACCEPTED, body["id"]
                return one
            if status is not None and status < 500 and status != 409:
                one.outcome = REFUSED
                return one
            time.sleep(1)
        return one

    def recall(self, one: Upload) -> None:
        """Take it back; only an answer counts."""
        path = f"/api/v1/documents/{one.document}/recall"
        status, body = self._post(path, {"comment": "Не та редакция."}, None, uuid.uuid4().hex)
        one.answers.append(f"{status} {json.dumps(body, ensure_ascii=False)[:300]}")
        one.recalled = ACCEPTED if status == 200 else UNKNOWN if status is None or status >= 500 else REFUSED

    def _post(self, path: str, fields: dict[str, str], file: bytes | None, key: str) -> tuple[int | None, Any]:
        """Status and body; None when no whole answer came."""
        border = uuid.uuid4().hex
        line = HTTPConnection(self.product.web_address, timeout=PATIENCE)
        headers = {
            "Authorization": f"Bearer {self.product.key}",
            "Content-Type": f"multipart/form-data; boundary={border}",
            "Idempotency-Key": key,
        }
        try:
            line.request("POST", path, multipart(border, fields, file), headers)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            return None, repr(error)
        finally:
            line.close()


def multipart(border: str, fields: dict[str, str], file: bytes | None) -> bytes:
    """The body of a form."""
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="letter.pdf"\r\n'
        parts += [head.encode(), b"Content-Type: application/pdf\r\n\r\n", file, b"\r\n"]
    return b"".join([*parts, f"--{border}--\r\n".encode()])
