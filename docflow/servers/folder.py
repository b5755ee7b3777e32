"""The data folder: its lock, its secrets, and whether it belongs to a demo."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docflow.servers.trouble import CannotStart

SECRETS = ("secret_key", "postgres", "owner", "app", "valkey", "twilio", "telegram")


@dataclass(frozen=True)
class Folder:
    """Everything one installation keeps on this machine."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def keys(self) -> Path:
        return self.path / "keys.json"

    @property
    def secret_key(self) -> Path:
        return self.path / "secret_key"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.jsonl"

    @property
    def up(self) -> Path:
        return self.path / "up.json"

    def make(self) -> None:
        """Create what is missing; the folder itself is for its owner, but may be passed through by nobody."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711)
            for part in (self.logs, self.run, self.valkey):
                part.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise CannotStart(f"The data folder {self.path} cannot be used: {error.strerror}.") from error

    def lock(self) -> int:
        """Hold the folder until this process ends. Raises CannotStart when another one holds it."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise CannotStart(
                f"docflow is already running on {self.path}{self._where()}. "
                "Stop it, or choose another folder with --data."
            ) from None
        return handle

    def _where(self) -> str:
        try:
            return f" ({json.loads(self.up.read_text(encoding='utf-8'))['web']})"
        except (OSError, ValueError, KeyError):
            return ""

    def settle(self, *, demo: bool) -> None:
        """Remember on the first start whether this is a demo. Raises CannotStart for a demo among real work."""
        marker = self.path / "kind"
        if not marker.exists():
            write_private(marker, "demo" if demo else "real")
        if demo and marker.read_text(encoding="ascii") != "demo":
            raise CannotStart(
                f"{self.path} was first started without --demo and may hold real documents. "
                "Choose another folder for the demo with --data."
            )

    @property
    def is_demo(self) -> bool:
        return (self.path / "kind").read_text(encoding="ascii") == "demo"

    def secrets(self) -> dict[str, str]:
        """The passwords of this folder's servers, made on the first start."""
        file = self.path / "secrets.json"
        known: dict[str, str] = json.loads(file.read_text(encoding="ascii")) if file.exists() else {}
        missing = {name: secrets.token_urlsafe(48) for name in SECRETS if name not in known}
        if missing:
            known = {**known, **missing}
            write_private(file, json.dumps(known))
        if not self.secret_key.exists():
            write_private(self.secret_key, known["secret_key"])
        return known


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step; only its owner can read it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """As `write_private`."""
    write_private(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
