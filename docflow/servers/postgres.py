"""The embedded PostgreSQL: made once, then run; its process and its addresses."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from docflow.servers import binaries, folder, isolation, ports, roles
from docflow.servers.child import Process
from docflow.servers.trouble import CannotStart

DATABASE = "docflow"
SUPERUSER = "postgres"
LOCALE = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"]
MAJOR = "18"
WAIT_FOR_OLD = 10.0


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL of ours. Without `durable` a power cut may lose its data: for tests only."""

    place: folder.Folder
    passwords: dict[str, str]
    port: int
    stand: isolation.Stand
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.place.postgres

    @property
    def url(self) -> str:
        """For the running product, which may not change the journal."""
        return self._url(roles.APP, "app")

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self._url(roles.OWNER, "owner")

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, "postgres", SUPERUSER)

    def _url(self, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{quote(self.passwords[password], safe='')}@{ports.LOOPBACK}:{self.port}/{database}"

    def make(self) -> None:
        """A fresh cluster on the first start; a half-made one is thrown away. Raises CannotStart."""
        if self._is_made():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self.stand.give(self.data)
        self._initdb()
        (self.data / "docflow-made").touch()

    def _is_made(self) -> bool:
        version = self.data / "PG_VERSION"
        if not (self.data / "docflow-made").exists():
            return False
        if version.read_text(encoding="ascii").strip() != MAJOR:
            raise CannotStart(f"{self.data} was made by another PostgreSQL than {MAJOR}. See docs/operations.md.")
        return True

    def _initdb(self) -> None:
        password = self.place.path / ".initdb"
        folder.write_private(password, self.passwords["postgres"])
        self.stand.give(password)
        command = [*self.stand.prefix, str(binaries.postgres("initdb")), "-D", str(self.data), "-U", SUPERUSER, *LOCALE]
        command += ["--auth=scram-sha-256", f"--pwfile={password}", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(command, env=self._env(), user=self.stand.user, capture_output=True, check=False)
        password.unlink()
        if done.returncode:
            raise CannotStart(
                "PostgreSQL could not be set up: " + done.stderr.decode("utf-8", "replace").strip()[-600:]
            )

    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.data)}

    def process(self) -> Process:
        return Process(
            name="postgres",
            command=[*self.stand.prefix, str(binaries.postgres("postgres")), "-D", str(self.data), *self._settings()],
            env=self._env(),
            user=self.stand.user,
            ready=lambda: answers(self.superuser_url),
            before=self.clear_the_way,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            stop_within=30,
            start_within=120,
            tier=0,
        )

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": ports.LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u ",
            "jit": "off",
        }
        settings |= memory() if self.durable else {"fsync": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def clear_the_way(self) -> None:
        """End a server left over on this folder, and forget one whose number now belongs to another program."""
        pid_file = self.data / "postmaster.pid"
        pid = _first_number(pid_file)
        if pid is None:
            return
        deadline = time.monotonic() + WAIT_FOR_OLD
        while _program(pid) == "postgres":
            _signal(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.1)
        if _program(pid):
            pid_file.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Both roles and the database exist, with the passwords of this folder."""
        passwords = {roles.OWNER: self.passwords["owner"], roles.APP: self.passwords["app"]}
        roles.make(self.superuser_url, DATABASE, passwords)


def memory() -> dict[str, object]:
    """An eighth of the machine, a gigabyte at most, is the server's own; the rest of a half holds files for it.

    It is taken only as it is needed. A page from a disk without heads costs hardly more in any order than in sequence.
    """
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{min(max(megabytes // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 512)}MB",
        "random_page_cost": "1.1",
    }


def answers(url: str) -> bool:
    """Whether a PostgreSQL answers there; every refusal counts as "not yet"."""
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


def _first_number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii", errors="replace").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _program(pid: int) -> str:
    """The name of the program that has this number now; empty when none lives."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return "" if rest.strip().startswith("Z") else name


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
