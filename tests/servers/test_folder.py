"""The data folder: one user at a time, secrets for one pair of eyes, and no demo among real work."""

import os
from pathlib import Path

import pytest

from docflow.servers.folder import Folder, write_private
from docflow.servers.trouble import CannotStart


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "data")
    folder.make()
    return folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_second_lock_is_refused_with_the_address_of_the_first(folder: Folder):
    lock = folder.lock()
    folder.up.write_text('{"web": "http://127.0.0.1:8000"}')

    with pytest.raises(CannotStart, match=r"already running .*http://127.0.0.1:8000.*--data"):
        folder.lock()
    os.close(lock)
    os.close(folder.lock())


def test_demo_is_refused_where_work_may_be_real(folder: Folder):
    folder.settle(demo=False)

    with pytest.raises(CannotStart, match="without --demo"):
        folder.settle(demo=True)


def test_demo_may_be_started_again(folder: Folder):
    folder.settle(demo=True)
    folder.settle(demo=True)
    folder.settle(demo=False)


def test_secrets_are_made_once_and_private(folder: Folder):
    first = folder.secrets()

    assert folder.secrets() == first
    assert len(set(first.values())) == len(first)
    assert mode(folder.path / "secrets.json") == mode(folder.secret_key) == 0o600


def test_secrets_of_an_older_version_are_completed(folder: Folder):
    write_private(folder.path / "secrets.json", '{"app": "known"}')

    assert folder.secrets()["app"] == "known"
    assert folder.secrets()["owner"]


def test_unusable_folder_is_said_plainly(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match="cannot be used"):
        Folder(tmp_path / "file" / "data").make()
