"""When does a process that lives stand still?"""

import os
import time
from pathlib import Path

import pytest

from docflow.servers.programs import stands_still

LONG = 1000.0


@pytest.fixture
def signs(tmp_path: Path) -> dict[str, Path]:
    """Everybody showed a sign just now."""
    found = {name: tmp_path / f"{name}.ready" for name in ("worker", "files", "beat", "sweeper", "web")}
    for file in found.values():
        file.touch()
    return found


def silent(sign: Path, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(sign, (at, at))


@pytest.mark.parametrize("name", ["worker", "files", "beat", "sweeper"])
def test_one_without_a_sign_for_too_long_stands_still(tmp_path: Path, signs: dict[str, Path], name: str) -> None:
    assert not stands_still(name, tmp_path, LONG)
    silent(signs[name], LONG)
    assert stands_still(name, tmp_path, LONG)
    assert not stands_still(name, tmp_path, 10)


def test_one_that_never_got_ready_stands_still(tmp_path: Path, signs: dict[str, Path]) -> None:
    signs["sweeper"].unlink()
    assert stands_still("sweeper", tmp_path, LONG)


@pytest.mark.parametrize("name", ["worker", "files"])
def test_without_a_clock_nobody_can_tell(tmp_path: Path, signs: dict[str, Path], name: str) -> None:
    silent(signs[name], LONG)
    silent(signs["beat"], LONG)
    assert not stands_still(name, tmp_path, LONG)


def test_pages_show_their_sign_by_answering(tmp_path: Path, signs: dict[str, Path]) -> None:
    silent(signs["web"], LONG)
    assert not stands_still("web", tmp_path, LONG, lambda: True)
    silent(signs["web"], LONG)
    assert stands_still("web", tmp_path, LONG, lambda: False)


def test_patience_is_a_setting(tmp_path: Path, signs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    silent(signs["sweeper"], 30)
    assert not stands_still("sweeper", tmp_path, LONG)
    monkeypatch.setenv("DOCFLOW_STUCK_AFTER", "20")
    assert stands_still("sweeper", tmp_path, LONG)
