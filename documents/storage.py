"""Sealed files on disk: AES-256-GCM (NIST SP 800-38D) in chunks of 1 MiB, with random access.

A file is bound to its random name and to the caller's `place` (say, one document version): moved, cut, reordered
or changed bytes never open. Plain bytes are only ever in memory. Files of one place may share one data key.
"""

import contextlib
import errno
import hashlib
import io
import os
import re
import secrets
import stat
import struct
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from docflow.common import clock, crypto, errors

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1024 * 1024
TAG = 16
PREFIX = 7  # nonce = random prefix, 4 bytes of position, 1 byte "this is the last chunk"
HEADER = struct.Struct(f">4sBI{PREFIX}s")
MAGIC, VERSION = b"docf", 1
NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{28})")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Damaged(Exception):
    """The stored file is missing, cut, changed, or belongs to another place."""


@dataclass(frozen=True)
class StoredFile:
    """What a row must remember to open the file again; `wrapped_key` destroyed means the file is gone."""

    name: str
    size: int
    sha256: str
    wrapped_key: bytes


class Writer:
    """Seals bytes as they come, under a temporary name: `write` …, `finish`, then `keep` or `discard`.

    Dropping the writer without `keep` removes the file. Every step raises NoSpace when the disk is full.
    """

    def __init__(self, place: str, wrapped_key: bytes | None = None) -> None:
        key = _unwrap(wrapped_key, place) if wrapped_key else crypto.new_data_key()
        identity = secrets.token_hex(16)
        self.name = f"{identity[:2]}/{identity[2:4]}/{identity}"
        self.size = 0
        self._wrapped = wrapped_key or crypto.wrap_key(key, place)
        self._seal = _Seal(key, HEADER.pack(MAGIC, VERSION, CHUNK, os.urandom(PREFIX)), identity, place)
        self._hash = hashlib.sha256()
        self._plain, self._filled = bytearray(CHUNK), 0
        self._sealed = bytearray(CHUNK + TAG)
        self._position = 0
        self._stored: StoredFile | None = None
        self._path = incoming() / identity
        with _room():
            _make_folder(self._path.parent)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._drop = weakref.finalize(self, _remove, self._file, self._path)
        self._append(memoryview(self._seal.header))

    def write(self, data: bytes) -> None:
        """Add bytes; at most one chunk of them waits in memory."""
        self._hash.update(data)
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            if self._filled == CHUNK:
                self._flush(last=False)
            part = rest[: CHUNK - self._filled]
            self._plain[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]

    def finish(self) -> StoredFile:
        """Seal the last chunk. The file stays temporary until `keep`; asking again gives the same answer."""
        if self._stored is None:
            self._flush(last=True)
            self._stored = StoredFile(self.name, self.size, self._hash.hexdigest(), self._wrapped)
        return self._stored

    def open(self) -> "SealedFile":
        """A reader of the finished file, kept or not yet."""
        self.finish()
        return SealedFile(self._path, self._seal)

    def keep(self) -> StoredFile:
        """Afterwards the file has its final name and survives a power cut; deleting it is the caller's task."""
        stored = self.finish()
        if self._drop.alive:
            final = settings.FILES_DIR / self.name
            with _room():
                _make_folder(final.parent)
                os.fsync(self._file)
                self._path.rename(final)
                _sync_folder(final.parent)
            self._path = final
            self._drop.detach()
            os.close(self._file)
        return stored

    def discard(self) -> None:
        """Remove what was written, unless it has been kept."""
        self._drop()

    def _flush(self, *, last: bool) -> None:
        plain = memoryview(self._plain)[: self._filled]
        sealed = memoryview(self._sealed)[: self._filled + TAG]
        self._seal.close(self._position, last, plain, sealed)
        self._append(sealed)
        self._position += 1
        self._filled = 0

    def _append(self, data: memoryview) -> None:
        with _room():
            while data:
                data = data[os.write(self._file, data) :]


class SealedFile(io.RawIOBase):
    """A seekable plain view of a sealed file; its `size` is proven when it opens, each chunk when it is read."""

    def __init__(self, path: Path, seal: "_Seal") -> None:
        super().__init__()
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise Damaged(path.name) from error
        self._release = weakref.finalize(self, os.close, self._file)
        self._seal = seal
        self._at = 0
        body = os.fstat(self._file).st_size - HEADER.size
        self._count = -(-body // (CHUNK + TAG))
        self.size = body - self._count * TAG
        if self._count < 1 or self.size < 0:
            raise Damaged(path.name)
        self._cached = (-1, b"")
        self._chunk(self._count - 1)

    def read_range(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to, not including, `end`, as far as the file reaches."""
        return b"".join(self.chunks(start, end))

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The same as a stream, one chunk in memory at a time."""
        end = self.size if end is None else min(end, self.size)
        start = max(start, 0)
        while start < end:
            number, offset = divmod(start, CHUNK)
            part = self._chunk(number)
            if offset or end - start < len(part):
                part = part[offset : offset + end - start]
            yield part
            start += len(part)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        data = self.read_range(self._at, self._at + len(target))
        target[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._release()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._cached[0] != number:
            sealed = os.pread(self._file, CHUNK + TAG, HEADER.size + number * (CHUNK + TAG))
            self._cached = (number, self._seal.open(number, number == self._count - 1, sealed))
        return self._cached[1]


class _Seal:
    """The cipher of one file."""

    def __init__(self, key: bytes, header: bytes, identity: str, place: str) -> None:
        self.header = header
        self._prefix = header[-PREFIX:]
        self._bound = header + f"{identity}\0{place}".encode()
        self._cipher = AESGCM(key)

    def close(self, position: int, last: bool, plain: memoryview, sealed: memoryview) -> None:
        self._cipher.encrypt_into(self._nonce(position, last), plain, self._bound, sealed)

    def open(self, position: int, last: bool, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(position, last), sealed, self._bound)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"chunk {position}") from error

    def _nonce(self, position: int, last: bool) -> bytes:
        return self._prefix + position.to_bytes(4, "big") + bytes([last])


def open_sealed(name: str, wrapped_key: bytes, place: str) -> SealedFile:
    """A reader of a kept file. Raises Damaged: now or while reading."""
    path = _path(name)
    try:
        with path.open("rb") as file:
            header = file.read(HEADER.size)
    except OSError as error:
        raise Damaged(name) from error
    if len(header) != HEADER.size or HEADER.unpack(header)[:3] != (MAGIC, VERSION, CHUNK):
        raise Damaged(name)
    return SealedFile(path, _Seal(_unwrap(wrapped_key, place), header, path.name, place))


def delete(name: str) -> None:
    """Remove a kept file; one that is already gone is no error."""
    _path(name).unlink(missing_ok=True)


def incoming() -> Path:
    """Where files lie until they are kept."""
    return Path(settings.FILES_DIR) / "incoming"


def lost() -> Path:
    """Where kept files lie that no row knows: not gone at once, in case the rows were of the wrong database."""
    return Path(settings.FILES_DIR) / "lost"


def set_aside(name: str) -> None:
    """Move a kept file to `lost`; its age there begins now."""
    path = _path(name)
    _make_folder(lost())
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        path.rename(lost() / path.name)


def sweep(older_than: timedelta, folder: Path | None = None) -> int:
    """Remove old temporary files, whose process died before it could (or old files of `lost()`); returns how many."""
    horizon = (clock.now() - older_than).timestamp()
    old = [path for path in (folder or incoming()).glob("*") if _changed_at(path) < horizon]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def kept(older_than: timedelta, folder: str = "??") -> Iterator[str]:
    """Names of kept files of some age, so that the caller can delete those no row knows; in one top folder or all."""
    horizon = (clock.now() - older_than).timestamp()
    root = Path(settings.FILES_DIR)
    for path in root.glob(f"{folder}/??/*"):
        if _changed_at(path) < horizon:
            yield str(path.relative_to(root))


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Damaged(name)
    return Path(settings.FILES_DIR) / name


def _unwrap(wrapped_key: bytes, place: str) -> bytes:
    try:
        return crypto.unwrap_key(wrapped_key, place)
    except crypto.CannotOpen as error:
        raise Damaged(place) from error


def _remove(file: int, path: Path) -> None:
    os.close(file)
    path.unlink(missing_ok=True)


def _changed_at(path: Path) -> float:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return float("inf")
    return status.st_mtime if stat.S_ISREG(status.st_mode) else float("inf")


def _make_folder(folder: Path) -> None:
    """Make it and its parents, each 0700 and safe on disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise errors.NoSpace(
                _("There is no room left for files, so nothing was saved. Tell your administrator.")
            ) from error
        raise
