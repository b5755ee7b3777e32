"""A memory-mapped file per process: which message was past the point of no return when the process died.

A slot of 32 bytes holds delivery id, attempt, how many processes had died with the message before, and phase; the
phase byte is written last. It survives kill -9. After a restart of the machine it is not trusted (the header names the
boot). The file is locked while its process lives.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

SLOT = struct.Struct("<16sIB10xB")
PHASE = SLOT.size - 1
SLOTS = 16384
HEADER = 32
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Phase(IntEnum):
    """How far a message got. What never committed was never sent.

    PREPARING and BEGUN name those that were in hand when a process died before that point.
    """

    NONE = 0
    COMMITTING = 1
    ACCEPTED = 2
    REFUSED = 3
    PREPARING = 4
    BEGUN = 5


class Mark(NamedTuple):
    """What a slot says of a message; `crashes` is how many deaths it had been blamed for when it was taken in hand."""

    phase: Phase
    crashes: int = 0


KNOWN = frozenset(int(phase) for phase in Phase)


class Journal:
    """The open journal of this process; slots are given out and taken back by the marker's thread."""

    def __init__(self, folder: Path, owner: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = path_of(folder, owner)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(self._file, HEADER + SLOTS * SLOT.size)
        self._map = mmap.mmap(self._file, 0)
        self._map[: len(_boot())] = _boot()
        self._free = list(range(SLOTS - 1, -1, -1))

    def take(self) -> int:
        """A free slot. Raises IndexError when all are in use."""
        return self._free.pop()

    def give_back(self, slots: Iterable[int]) -> None:
        """These outcomes are in the database; their slots may be written over."""
        self._free.extend(slots)

    def write(self, slot: int, delivery: UUID, attempt: int, phase: Phase, crashes: int = 0) -> None:
        """Put down how far this attempt got."""
        start = HEADER + slot * SLOT.size
        self._map[start + PHASE] = Phase.NONE
        self._map[start : start + PHASE] = SLOT.pack(delivery.bytes, attempt, crashes, 0)[:PHASE]
        self._map[start + PHASE] = phase

    def advance(self, slot: int, phase: Phase) -> None:
        """The message in this slot got further."""
        self._map[HEADER + slot * SLOT.size + PHASE] = phase

    @contextmanager
    def preparing(self, messages: Sequence[tuple[UUID, int, int]]) -> Iterator[None]:
        """These (delivery, attempt, crashes) are being made ready: should the process die now, one may be why."""
        slots = [self.take() for _message in messages]
        for slot, (delivery, attempt, crashes) in zip(slots, messages, strict=True):
            self.write(slot, delivery, attempt, Phase.PREPARING, crashes)
        try:
            yield
        finally:
            for slot in slots:
                self._clear(slot)
            self.give_back(slots)

    def _clear(self, slot: int) -> None:
        """A message has one slot at a time: what an old one says must not stand beside it."""
        start = HEADER + slot * SLOT.size
        self._map[start + PHASE] = Phase.NONE
        self._map[start : start + SLOT.size] = bytes(SLOT.size)

    def close(self) -> None:
        """An ordered end: nothing is in doubt, the file goes."""
        self._map.close()
        self.path.unlink(missing_ok=True)
        os.close(self._file)


def path_of(folder: Path, owner: int) -> Path:
    """Where the journal of that owner lies."""
    return folder / f"{owner}.slots"


def owners(folder: Path) -> list[int]:
    """Owners with a journal on this machine, living or dead."""
    return [int(path.stem) for path in folder.glob("*.slots") if path.stem.isdigit()]


def lives(folder: Path, owner: int) -> bool | None:
    """Whether the process that writes this journal still runs; None when there is no journal here."""
    try:
        file = os.open(path_of(folder, owner), os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def read(folder: Path, owner: int) -> dict[tuple[UUID, int], Mark] | None:
    """What a dead process left behind, by delivery and attempt; None when there is nothing to trust."""
    try:
        content = path_of(folder, owner).read_bytes()
    except FileNotFoundError:
        return None
    if len(content) != HEADER + SLOTS * SLOT.size or not content.startswith(_boot()):
        return None
    marks: dict[tuple[UUID, int], Mark] = {}
    for raw, attempt, crashes, phase in SLOT.iter_unpack(content[HEADER:]):
        if phase in KNOWN:
            marks[UUID(bytes=raw), attempt] = Mark(Phase(phase), crashes)
    return marks


def forget(folder: Path, owner: int) -> None:
    """Remove the journal of a dead owner once its rows have been returned."""
    path_of(folder, owner).unlink(missing_ok=True)


def _boot() -> bytes:
    try:
        return UUID(BOOT.read_text(encoding="ascii").strip()).bytes
    except OSError:
        return bytes(16)
