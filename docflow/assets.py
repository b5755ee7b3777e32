"""What the browser gets: one sheet and one script per audience, one sprite of the outlines in use.

Nothing of others is committed: htmx and the outlines come out of the installed packages.
"""

import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring

from docflow import states_ui

SHEETS = {"staff.css": ("base", "staff"), "client.css": ("base", "client"), "admin.css": ("base", "staff", "admin")}
SCRIPTS = {
    "staff.js": ("page", "menus", "toasts", "requests", "viewer", "copy", "shortcuts", "upload"),
    "client.js": ("tap", "page", "menus", "toasts", "viewer", "copy", "seen", "countdown"),
}
_ASKED = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']|\bicon_name=["']([a-z0-9-]+)["']""")
_ASKED_IN_CODE = re.compile(r"""\bicon(?:_name)?\s*[=(]\s*["']([a-z0-9-]+)["']""")
_SVG = "{http://www.w3.org/2000/svg}"


class UnknownOutline(Exception):
    """A template or table names an outline that the package does not have."""


def build(root: Path, target: Path) -> dict[str, int]:
    """Write sheets, scripts and sprite into `target`; tells the size of each in bytes."""
    target.mkdir(parents=True, exist_ok=True)
    made = {name: _sheet(root, layers) for name, layers in SHEETS.items()}
    made |= {name: _script(root, parts) for name, parts in SCRIPTS.items()}
    made["icons.svg"] = sprite(outlines_in_use(root))
    for name, text in made.items():
        _write(target / name, text)
    return {name: len(text.encode()) for name, text in made.items()}


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def _sheet(root: Path, layers: tuple[str, ...]) -> str:
    return "".join(_slim((root / "static" / "css" / f"{layer}.css").read_text()) for layer in layers)


def _slim(text: str) -> str:
    without = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line.strip() for line in without.splitlines() if line.strip()) + "\n"


def _script(root: Path, parts: tuple[str, ...]) -> str:
    own = [(root / "static" / "js" / f"{part}.js").read_text() for part in parts]
    blocks = [f"{{\n{_slim_script(text)}}}\n" for text in own]
    htmx = [_htmx()] if "requests" in parts else []
    return "\n".join([*htmx, *blocks])


def _slim_script(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _htmx() -> str:
    package = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    return package.read_text().replace("var htmx=", "window.htmx=", 1) + "\n"


def outlines_in_use(root: Path) -> set[str]:
    """Names asked for in templates, in the tables of states, and as `icon="…"` or `icon("…")` in code."""
    names = states_ui.icons()
    for path in root.glob("templates/**/*.html"):
        names |= {first or second for first, second in _ASKED.findall(path.read_text())}
    for app in ("docflow", "accounts", "documents", "notifications", "support"):
        for path in (root / app).rglob("*.py"):
            names |= set(_ASKED_IN_CODE.findall(path.read_text()))
    return names | CHOSEN_IN_CODE


# Handed over by position, not by a keyword the scan could see.
CHOSEN_IN_CODE = {"list-checks", "file-text", "users", "settings-2", "files", "circle-user-round"}


def sprite(names: set[str]) -> str:
    """One SVG with a symbol per outline; UnknownOutline names what is not there."""
    archive = ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))
    there = set(archive.namelist())
    missing = sorted(name for name in names if f"{name}.svg" not in there)
    if missing:
        raise UnknownOutline(", ".join(missing))
    symbols = [_symbol(name, archive.read(f"{name}.svg")) for name in sorted(names)]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _symbol(name: str, source: bytes) -> str:
    drawing = fromstring(source)
    shapes = "".join(_shape(element) for element in drawing)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def _shape(element: Element) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in element.attrib.items())
    return f"<{element.tag.removeprefix(_SVG)}{attributes}/>"
