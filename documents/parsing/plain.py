"""Plain text: which encoding it is in."""

import re

SAMPLE = 64 * 1024
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
RUSSIAN = re.compile(r"[А-Яа-яЁё]")


def decode(data: bytes, *, whole: bool = True) -> str | None:
    """Text in UTF-8, UTF-16 with a mark, or Russian Windows-1251; None when it is none of them.

    Where only the beginning of a file is given (`whole` is false), its last character may be cut.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _clean(_try(data, "utf-16", whole))
    text = _clean(_try(data, "utf-8-sig", whole))
    if text is not None:
        return text
    text = _clean(_try(data, "cp1251", whole))
    high = sum(byte >= 0x80 for byte in data[:SAMPLE])
    looks_russian = text is not None and len(RUSSIAN.findall(text[:SAMPLE])) >= 0.7 * high
    return text if looks_russian else None


def _try(data: bytes, encoding: str, whole: bool) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        cut_short = not whole and error.start >= len(data) - 4 and encoding != "cp1251"
        return data[: error.start].decode(encoding) if cut_short else None


def _clean(text: str | None) -> str | None:
    return None if text is None or CONTROLS.search(text) else text
