"""Keys, sealed fields, keyed look-ups, link codes and signatures.

Keys live in one file outside the database (DOCFLOW_KEYS). Sealing keys may be several, newest first: new
values use the first, old values open with the one they name. The other keys never change, or look-ups and
links would break.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE_BYTES = 12
CODE_BYTES = 16


class CannotOpen(Exception):
    """The sealed bytes were changed, moved to another place, or their key is gone."""


@dataclass(frozen=True)
class Keys:
    """All secrets of an installation, as read from the key file."""

    sealing: dict[int, bytes]
    lookup: bytes
    links: bytes
    signing: bytes

    @property
    def newest(self) -> int:
        return next(iter(self.sealing))


def write_keys(path: Path) -> None:
    """Make a new key file at `path`, readable by its owner alone; an existing file is never touched."""
    content = {
        "sealing": [{"id": 1, "key": _text(secrets.token_bytes(KEY_BYTES))}],
        "lookup": _text(secrets.token_bytes(KEY_BYTES)),
        "links": _text(secrets.token_bytes(KEY_BYTES)),
        "signing": _text(secrets.token_bytes(KEY_BYTES)),
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_keys(path: Path) -> Keys:
    """The keys in the file at `path`. Raises ImproperlyConfigured when it is missing or broken."""
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        return Keys(
            sealing=_ring(content["sealing"]),
            lookup=_bytes(content["lookup"]),
            links=_bytes(content["links"]),
            signing=_bytes(content["signing"]),
        )
    except OSError as error:
        raise ImproperlyConfigured(f"DOCFLOW_KEYS: cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"DOCFLOW_KEYS: {path} is not a key file.") from error


def _ring(entries: list[dict[str, Any]]) -> dict[int, bytes]:
    ring = {int(entry["id"]): _bytes(entry["key"]) for entry in entries}
    if not ring or len(ring) != len(entries) or not all(0 < number < 2**16 for number in ring):
        raise ValueError("sealing keys need ids of their own")
    return ring


@lru_cache(maxsize=4)
def _cached_keys(path: Path) -> Keys:
    return read_keys(path)


def keys() -> Keys:
    """The keys of this installation, read once."""
    return _cached_keys(settings.KEYS_FILE)


def seal(plain: bytes, place: str) -> bytes:
    """Encrypt for one place (AES-256-GCM, NIST SP 800-38D): 2 bytes key id, 12 bytes nonce, ciphertext and tag."""
    ring = keys()
    nonce = os.urandom(NONCE_BYTES)
    head = ring.newest.to_bytes(2, "big")
    return head + nonce + _cipher(ring.sealing[ring.newest]).encrypt(nonce, plain, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """The plain bytes. Raises CannotOpen when they were changed or come from another place."""
    sealed = bytes(sealed)
    key = _sealing_key(int.from_bytes(sealed[:2], "big"))
    if key is None:
        raise CannotOpen(place)
    try:
        return _cipher(key).decrypt(sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :], place.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(place) from error


_cipher = lru_cache(maxsize=16)(AESGCM)


def _sealing_key(number: int) -> bytes | None:
    """The key of this number; one that is new since this process began is read from the file again."""
    if number not in keys().sealing and number:
        fresh = read_keys(settings.KEYS_FILE)
        if number in fresh.sealing:
            _cached_keys.cache_clear()
        return fresh.sealing.get(number)
    return keys().sealing.get(number)


def seal_field(plain: str, place: str) -> bytes:
    """Encrypt the text of one database field; `place` is "table.column:pk"."""
    return seal(plain.encode(), place)


def open_field(sealed: bytes, place: str) -> str:
    """The text sealed by `seal_field`. Raises CannotOpen."""
    return unseal(sealed, place).decode()


def sealed(column: str) -> property:
    """A model's plain view of its sealed column: `address = crypto.sealed("address_sealed")`."""

    def place(row: Any) -> str:
        return f"{row._meta.db_table}.{column}:{row.pk}"

    def read(row: Any) -> str:
        value = getattr(row, column)
        return open_field(value, place(row)) if value else ""

    def write(row: Any, plain: str) -> None:
        setattr(row, column, seal_field(plain, place(row)) if plain else b"")

    return property(read, write)


def lookup(value: str, purpose: str) -> str:
    """A keyed hash (HMAC-SHA-256, 64 hex characters) by which a sealed value can be found again."""
    return hmac.new(keys().lookup, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def new_data_key() -> bytes:
    """A fresh 256-bit key for one file or person."""
    return secrets.token_bytes(KEY_BYTES)


def wrap_key(key: bytes, place: str) -> bytes:
    """The data key, sealed so that it can lie beside its data."""
    return seal(key, place)


def unwrap_key(wrapped: bytes, place: str) -> bytes:
    """The data key back. Raises CannotOpen."""
    return unseal(wrapped, place)


def link_code(link_id: UUID) -> str:
    """The 128-bit code of a protected link, 22 characters; recomputable, so it need not be stored."""
    digest = hmac.digest(keys().links, link_id.bytes, "sha256")[:CODE_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def code_hash(code: str) -> str:
    """What is stored of a secret code that is itself long and random."""
    return hashlib.sha256(code.encode()).hexdigest()


def sign(data: bytes) -> bytes:
    """An Ed25519 signature (RFC 8032) by this installation."""
    return Ed25519PrivateKey.from_private_bytes(keys().signing).sign(data)


def verify(data: bytes, signature: bytes) -> bool:
    """Whether `signature` is this installation's signature of `data`."""
    return verify_with(public_key(), data, signature)


def public_key() -> bytes:
    """The raw public key (32 bytes) that checks `sign`; may be handed to an auditor."""
    return Ed25519PrivateKey.from_private_bytes(keys().signing).public_key().public_bytes_raw()


def verify_with(key: bytes, data: bytes, signature: bytes) -> bool:
    """As `verify`, with a public key kept elsewhere."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return raw
