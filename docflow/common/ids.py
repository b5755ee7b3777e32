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
    """A UUIDv7: 48 bits of milliseconds, 12 of their fraction (6.2, method 3), 62 random bits.

    With the fraction what one process makes one after the other sorts so, two facts of one transaction too.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return _made(milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random)


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
