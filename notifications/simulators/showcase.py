"""What the page shows: whole messages in memory, and beside the ledger so that a restart forgets nothing."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notifications.simulators.ledger import Provider, append

# Enough for any look-up that follows a fault run; older ones stay in the file.
KEPT = 50_000
Keys = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as its person sees it. `ref` is the provider's own id."""

    id: int
    at: str
    provider: Provider
    to: str
    ref: str
    sender: str
    text: str
    key: str | None = None
    subject: str = ""
    html: str = ""
    buttons: Keys = field(default_factory=list)
    status: str = ""
    code: int | None = None
    mine: bool = False

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


class Showcase:
    def __init__(self, ledger: Path) -> None:
        path = ledger.with_name(f"{ledger.stem}.messages.jsonl")
        self.messages: OrderedDict[int, Shown] = OrderedDict()
        self.facts: dict[str, Any] = {}
        self.version = 0
        self._refs: dict[str, int] = {}
        self._last = 0
        if path.exists():
            self._read(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def put(self, provider: Provider, to: str, *, ref: str, sender: str, text: str, **more: Any) -> Shown:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        shown = Shown(self._last + 1, at, provider, to, ref, sender, text, **more)
        append(self._file, {"message": asdict(shown)})
        self._keep(shown)
        return shown

    def change(self, shown: Shown, **fields: Any) -> Shown:
        changed = replace(self.messages.get(shown.id, shown), **fields)
        append(self._file, {"message": asdict(changed)})
        self._keep(changed)
        return changed

    def remember(self, name: str, value: Any) -> None:
        append(self._file, {"fact": name, "value": value})
        self.facts[name] = value
        self.version += 1

    def by_ref(self, provider: Provider, ref: str) -> Shown | None:
        return self.messages.get(self._refs.get(f"{provider}:{ref}", 0))

    def newest(self, provider: Provider, to: str | None = None) -> Iterator[Shown]:
        for shown in reversed(self.messages.values()):
            if shown.provider == provider and to in (None, shown.to):
                yield shown

    def close(self) -> None:
        os.close(self._file)

    def _read(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed while writing
            if "message" in entry:
                self._keep(Shown(**entry["message"]))
            else:
                self.facts[entry["fact"]] = entry["value"]

    def _keep(self, shown: Shown) -> None:
        self.messages[shown.id] = shown
        self._refs[f"{shown.provider}:{shown.ref}"] = shown.id
        self._last = max(self._last, shown.id)
        self.version += 1
        while len(self.messages) > KEPT:
            _id, old = self.messages.popitem(last=False)
            self._refs.pop(f"{old.provider}:{old.ref}", None)
