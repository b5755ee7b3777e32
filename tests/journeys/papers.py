"""A person's own documents: real PDFs whose text nobody has seen before."""

import secrets
from pathlib import Path

from docflow.demo import texts
from docflow.demo.papers import pdf


def number() -> str:
    """A number that no other document of this run has."""
    return str(secrets.randbelow(900_000) + 100_000)


def contract(folder: Path, number: str) -> Path:
    """A contract on disk."""
    return _saved(folder / f"Договор {number}.pdf", pdf(texts.contract(number)))


def letter(folder: Path, number: str) -> Path:
    """A letter on disk."""
    return _saved(folder / f"Письмо {number}.pdf", pdf(texts.letter(f"Отгрузка {number}", number)))


def _saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
