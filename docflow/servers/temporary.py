"""Servers for an hour: a PostgreSQL and a Valkey in a folder that is thrown away, for tests and measurements.

`python -m docflow.servers.temporary COMMAND …` runs a command with their addresses in its environment.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docflow.common import crypto
from docflow.servers import engines
from docflow.servers.folder import Folder
from docflow.servers.supervisor import Supervisor
from docflow.servers.trouble import CannotStart


@contextmanager
def servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Both running; gives the settings that lead to them. What the environment names already is left alone.

    `durable` servers write to the disk as an installation's do: for measurements.
    """
    path = Path(tempfile.mkdtemp(prefix="docflow-"))
    path.chmod(0o711)
    supervisor = Supervisor(path / "logs", lambda line: None)
    try:
        yield _start(Folder(path), supervisor, durable=durable)
    finally:
        supervisor.asked_to_stop = 2
        supervisor.stop()
        shutil.rmtree(path, ignore_errors=True)


def _start(place: Folder, supervisor: Supervisor, *, durable: bool) -> dict[str, str]:
    place.make()
    found = engines.choose(place, durable=durable)
    supervisor.start(*found.processes())
    found.prepare()
    return {**found.env(), **_as_superuser(found), **own_folder(place.path)}


def _as_superuser(found: engines.Engines) -> dict[str, str]:
    """Tests create and drop databases."""
    if found.postgres is None:
        return {}
    url = found.postgres.superuser_url
    return {"DATABASE_URL": url, "DATABASE_OWNER_URL": url}


def own_folder(path: Path) -> dict[str, str]:
    """Settings for a data folder with keys of its own."""
    path.mkdir(parents=True, exist_ok=True)
    keys = path / "keys.json"
    if not keys.exists():
        crypto.write_keys(keys)
    secret = Folder(path).secrets()["secret_key"]
    return {"DOCFLOW_DATA": str(path), "DOCFLOW_KEYS": str(keys), "SECRET_KEY": secret}


def main(command: list[str]) -> int:
    try:
        with servers() as env:
            return subprocess.run(command, env={**os.environ, **env}, check=False).returncode
    except CannotStart as trouble:
        print(trouble, file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
