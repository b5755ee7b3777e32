"""The pictures of the README, taken from a running demo: `python -m tests.journeys.pictures DATA_FOLDER`."""

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from docflow.servers.programs import ROOT
from tests.journeys import browser as browsers
from tests.journeys.browser import Person
from tests.journeys.product import Product
from tests.journeys.test_looks import document, first, landing, opened

FOLDER = ROOT / "docs" / "images"
LIMIT = 300_000
SCALE = 1.25
NUMBER = "418"


def main(data: Path) -> None:
    """Take all of them."""
    demo = Product(data)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = browsers.launched(playwright, Path(folder))
        phone = picture(browser, demo, "client-phone", "", landing(NUMBER), phone=True)
        phone.close()
        read_by_the_client(browser, demo)
        for name, role, way in DESKTOP:
            picture(browser, demo, name, role, way).close()
        browser.close()


def read_by_the_client(browser: Browser, demo: Product) -> None:
    with browsers.person(browser, demo.web, phone=True) as client:
        opened(NUMBER)(demo, client)


def received(demo: Product, person: Person) -> Page:
    return person.go(demo.page)


DESKTOP: tuple[tuple[str, str, Callable[[Product, Person], Page]], ...] = (
    ("document-page", "staff", document(NUMBER)),
    ("trigger-editor", "admin", first("/admin/triggers/", "h2 a")),
    ("received-messages", "", received),
)


def picture(
    browser: Browser,
    demo: Product,
    name: str,
    role: str,
    way: Callable[[Product, Person], Page],
    *,
    phone: bool = False,
) -> Image.Image:
    with browsers.person(browser, demo.web, phone=phone, device_scale_factor=2 if phone else SCALE) as person:
        if role:
            person.sign_in(demo.up["logins"][role])
        page = way(demo, person)
        page.wait_for_load_state("networkidle")
        return saved(name, page.screenshot(full_page=not phone))


def saved(name: str, content: bytes) -> Image.Image:
    """Kept with few colours, so that it weighs little."""
    small = Image.open(BytesIO(content)).convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=4)
    path = FOLDER / f"{name}.png"
    small.save(path, optimize=True)
    assert path.stat().st_size < LIMIT, f"{path}: {path.stat().st_size} bytes"
    return small


if __name__ == "__main__":
    main(Path(sys.argv[1]))
