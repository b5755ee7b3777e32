"""A browser as far as measuring needs one: a kept connection, a signed-in session, times of answers."""

import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bench.loading_product import Product

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    body: bytes


class Browser:
    """One person at one connection."""

    def __init__(self, product: Product, part: str) -> None:
        self.product = product
        self.line = HTTPConnection(product.address, timeout=60)
        self.cookies: dict[str, str] = {}
        self._sign_in(part)

    def get(self, path: str) -> Answer:
        """The page; anything but 200 ends the measurement."""
        answer = self._ask("GET", path)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        return answer

    def _sign_in(self, part: str) -> None:
        login = self.product.up["logins"][part]
        found = TOKEN.search(self._ask("GET", "/sign-in/").body.decode())
        form = {
            "csrfmiddlewaretoken": found[1] if found else "",
            "email": login["email"],
            "password": login["password"],
        }
        answer = self._ask("POST", "/sign-in/", urlencode(form))
        if answer.status != 302:
            raise SystemExit(f"sign-in as {part}: {answer.status}")

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            origin = f"http://{self.product.address}"
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        began = time.perf_counter()
        self.line.request(method, path, body, headers)
        response = self.line.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        for line in response.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return Answer(response.status, seconds, content)
