"""The append-only record of every message that reached a simulator: what fault runs compare our rows with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

Provider = Literal["smtp", "twilio", "telegram"]
Outcome = Literal["accepted", "refused"]


class Ledger:
    """Each line is whole and with the operating system before the provider's answer leaves."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, provider: Provider, to: str, *, key: str | None, text: str, outcome: Outcome) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "provider": provider, "to": to, "key": _as_id(key), "text": text, "outcome": outcome}
        append(self._file, line)

    def close(self) -> None:
        os.close(self._file)


def _as_id(key: str | None) -> str | None:
    """Our ids as the API writes them, however the provider's fields carried them."""
    try:
        return str(UUID(key)) if key else None
    except ValueError:
        return key


def append(file: int, line: Mapping[str, object]) -> None:
    os.write(file, json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
