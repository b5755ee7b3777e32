"""Identifiers that sort by time and are known before the insert: UUIDv7 (RFC 9562, section 5.7)."""

import os
import time
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID, SafeUUID

import psycopg2.extensions

OIDS = (2950,), (2951,)
"""PostgreSQL's types: a UUID, an array of them."""
_set = object.__setattr__


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return _made(value)


def _made(value: int) -> UUID:
    """`UUID(int=value)` without its checks, which cost more than all else that is done with an id of a message."""
    made = UUID.__new__(UUID)
    _set(made, "int", value)
    _set(made, "is_safe", SafeUUID.unknown)
    return made


def register() -> None:
    """Ids that come from the database are made the short way too."""
    one = psycopg2.extensions.new_type(OIDS[0], "UUID", _cast)
    psycopg2.extensions.register_type(one)
    psycopg2.extensions.register_type(psycopg2.extensions.new_array_type(OIDS[1], "UUID[]", one))


def _cast(text: str | bytes | None, _cursor: object) -> UUID | None:
    return None if text is None else _read(text)


@lru_cache(maxsize=8192)
def _read(text: str | bytes) -> UUID:
    """A message's ids come again and again, once with each question that is asked of its group."""
    return _made(int(str(text).replace("-", ""), 16))


def time_of(identity: UUID) -> datetime:
    """When the id was made, to the millisecond."""
    return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC)


def first_at(moment: datetime) -> UUID:
    """The lowest id of that millisecond: all made earlier are lower, all made later are higher."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (0x7 << 76) | (0x2 << 62))
