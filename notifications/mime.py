"""Writes the one shape of letter we send: text and HTML beside each other, UTF-8, base64."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

LINE = 76
# "=?utf-8?B?" + 4 * 14 + "?=" stays below the 75 characters RFC 2047 allows one encoded word.
WORD_BYTES = 42
_BREAK = re.compile(r"[\r\n\x00]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]+@[^\s<>()\[\],;:\\\"@]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_RESERVED = frozenset(("from", "to", "subject", "date", "message-id", "reply-to", "auto-submitted", "mime-version"))


class BadHeader(ValueError):
    """A header holds what would break the letter apart."""


def letter(
    *,
    key: str,
    sender: tuple[str, str],
    to: str,
    subject: str,
    text: str,
    html: str | None,
    at: datetime,
    reply_to: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The letter's bytes, all ASCII, lines ended by CRLF, none starting with a dot.

    The same key gives the same Message-ID and boundary, so a copy can be recognised. Raises BadHeader.
    """
    name, address = sender
    lines = [
        f"From: {_sender(name, address)}",
        f"To: {mailbox('', to)}",
        _unstructured("Subject", subject),
        f"Date: {_date(at.replace(microsecond=0))}",
        f"Message-ID: {message_id(key, address)}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]
    if reply_to:
        lines.append(f"Reply-To: {mailbox('', reply_to)}")
    lines += [_extra(header, value) for header, value in (headers or {}).items()]
    return "\r\n".join(lines + _body(key, text, html)).encode("ascii") + b"\r\n"


def message_id(key: str, address: str) -> str:
    return f"<{_clean(key)}@{_domain(address)}>"


_date = lru_cache(maxsize=4)(format_datetime)


@lru_cache(maxsize=16)
def _sender(name: str, address: str) -> str:
    return mailbox(name, address)


def mailbox(name: str, address: str) -> str:
    address = ascii_address(address)
    if not name:
        return address
    phrase = _phrase(_clean(name))
    separator = "\r\n " if len(phrase) + len(address) > LINE - 10 else " "
    return f"{phrase}{separator}<{address}>"


def ascii_address(address: str) -> str:
    """The address with its domain as DNS knows it. Raises BadHeader for what no header may carry."""
    if not _ADDRESS.fullmatch(_clean(address)):
        raise BadHeader("not an e-mail address")
    local, _at, _rest = address.rpartition("@")
    if not local.isascii():
        raise BadHeader("the part before @ may only hold Latin letters")
    return f"{local}@{_domain(address)}"


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadHeader("the domain cannot be written for DNS") from error


def _clean(value: str) -> str:
    if _BREAK.search(value):
        raise BadHeader("a header may not hold a line break")
    return value


def _phrase(name: str) -> str:
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return name
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) < LINE - 10:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return _encoded(name)


def _unstructured(name: str, value: str) -> str:
    value = _clean(value)
    fits = len(name) + 2 + len(value) <= LINE
    plain = _PLAIN.fullmatch(value) and "=?" not in value and value == value.strip()
    return f"{name}: {value if fits and plain else _encoded(value)}"


def _encoded(value: str) -> str:
    words = (b64encode(piece).decode("ascii") for piece in _pieces(value))
    return "\r\n ".join(f"=?utf-8?B?{word}?=" for word in words)


def _pieces(value: str) -> list[bytes]:
    """Cuts between characters, never inside one: each piece is an encoded word of its own."""
    raw, pieces, start = value.encode(), list[bytes](), 0
    while start < len(raw):
        end = min(start + WORD_BYTES, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start = end
    return pieces or [b""]


def _extra(name: str, value: str) -> str:
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED or name.lower().startswith("content-"):
        raise BadHeader(f"the header {name!r} cannot be set")
    if not _PLAIN.fullmatch(_clean(value)):
        raise BadHeader(f"the header {name!r} may only hold Latin letters")
    # List-Unsubscribe and its like are read by programs: folded between words, never encoded.
    return "\r\n ".join(_folded(f"{name}:", value))


def _folded(name: str, value: str) -> list[str]:
    first, *words = value.split(" ")
    lines = [f"{name} {first}"]
    for word in words:
        if len(lines[-1]) + len(word) >= LINE:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines


def _body(key: str, text: str, html: str | None) -> list[str]:
    if html is None:
        return _part("plain", text)
    boundary = f"=_{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    return [
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        f"--{boundary}",
        *_part("plain", text),
        f"--{boundary}",
        *_part("html", html),
        f"--{boundary}--",
    ]


def _part(subtype: str, content: str) -> list[str]:
    crlf = content.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    whole = b64encode(crlf.encode()).decode("ascii")
    encoded = "\r\n".join([whole[start : start + LINE] for start in range(0, len(whole), LINE)])
    return [f"Content-Type: text/{subtype}; charset=utf-8", "Content-Transfer-Encoding: base64", "", encoded]
