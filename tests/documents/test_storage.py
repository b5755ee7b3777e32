"""Sealed files: whole, random access, never plain, never moved."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docflow.common import clock, errors
from documents import storage
from tests import files

CHUNK = storage.CHUNK
EDGES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK)
PATTERN = bytes(range(251)) * (3 * CHUNK // 251 + 1)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    """Whatever lies there is of this test."""
    settings.FILES_DIR = tmp_path / "files"


def _store(plain: bytes, place: str = "here") -> storage.StoredFile:
    writer = storage.Writer(place)
    writer.write(plain)
    return writer.keep()


def _path(stored: storage.StoredFile) -> Path:
    from django.conf import settings as django_settings

    return Path(django_settings.FILES_DIR) / stored.name


@pytest.mark.parametrize("size", EDGES)
def test_file_comes_back_whole(size: int):
    stored = _store(PATTERN[:size])

    with storage.open_sealed(stored.name, stored.wrapped_key, "here") as reader:
        assert (stored.size, reader.size) == (size, size)
        assert reader.read() == PATTERN[:size]


@given(pieces=st.lists(st.integers(0, 2 * CHUNK), max_size=5), data=st.data())
@settings(max_examples=25, deadline=None)
def test_ranges_are_slices_however_it_was_written(pieces: list[int], data: st.DataObject):
    writer, plain = storage.Writer("here"), b""
    for size in pieces:
        writer.write(PATTERN[:size])
        plain += PATTERN[:size]
    start = data.draw(st.integers(0, len(plain) + 2))
    end = data.draw(st.integers(start, len(plain) + 2))

    with writer.open() as reader:
        assert reader.read_range(start, end) == plain[start:end]
        assert b"".join(reader.chunks(start)) == plain[start:]
        reader.seek(start)
        assert reader.read(end - start) == plain[start:end]
    writer.discard()


def test_size_and_fingerprint_are_of_the_plain_bytes():
    stored = _store(b"abc")

    assert stored.size == 3
    assert stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_item_31_name_is_random_and_file_is_private():
    first, second = _store(b"same"), _store(b"same")

    assert first.name != second.name
    assert storage.NAME.fullmatch(first.name)
    assert stat.S_IMODE(_path(first).stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in _path(first).parents[:2]} == {0o700}


def test_item_65_nothing_plain_is_on_disk():
    stored = _store(b"a secret sentence" * 100)

    assert b"secret" not in _path(stored).read_bytes()


def test_kept_file_can_be_read_through_its_writer_too():
    writer = storage.Writer("here")
    writer.write(b"abc")
    with writer.open() as reader:
        assert reader.read() == b"abc"

    writer.keep()
    writer.keep()

    with writer.open() as reader:
        assert reader.read() == b"abc"


def test_files_of_one_place_may_share_a_key():
    first = _store(b"original")
    writer = storage.Writer("here", first.wrapped_key)
    writer.write(b"picture")
    second = writer.keep()

    assert second.wrapped_key == first.wrapped_key
    with storage.open_sealed(second.name, first.wrapped_key, "here") as reader:
        assert reader.read() == b"picture"


@pytest.mark.parametrize("how", ["discard", "drop"])
def test_what_is_not_kept_is_gone(how: str):
    writer = storage.Writer("here")
    writer.write(PATTERN)
    assert list(storage.incoming().iterdir())

    if how == "discard":
        writer.discard()
    del writer

    assert list(storage.incoming().iterdir()) == []


def test_discard_after_keep_changes_nothing():
    writer = storage.Writer("here")
    stored = writer.keep()

    writer.discard()

    assert _path(stored).exists()


@pytest.mark.parametrize("place", [0, 5, 16, 17, 40, CHUNK, CHUNK + 40, -1])
def test_any_changed_bit_is_noticed(place: int):
    stored = _store(PATTERN[: CHUNK + 100])
    sealed = _path(stored).read_bytes()
    _path(stored).write_bytes(files.flipped(sealed, place % len(sealed)))

    with pytest.raises(storage.Damaged):
        _read(stored)


@pytest.mark.parametrize("left", [0, 5, 16, 20, CHUNK + 32, CHUNK + 40])
def test_a_cut_file_is_noticed_when_it_opens(left: int):
    stored = _store(PATTERN[: 2 * CHUNK])
    os.truncate(_path(stored), left)

    with pytest.raises(storage.Damaged):
        storage.open_sealed(stored.name, stored.wrapped_key, "here")


def test_item_62_swapped_chunks_are_noticed():
    stored = _store(PATTERN)
    sealed = _path(stored).read_bytes()
    head, step = storage.HEADER.size, CHUNK + storage.TAG
    swapped = (
        sealed[:head] + sealed[head + step : head + 2 * step] + sealed[head : head + step] + sealed[head + 2 * step :]
    )
    _path(stored).write_bytes(swapped)

    with pytest.raises(storage.Damaged):
        _read(stored)


def test_item_62_another_place_or_key_opens_nothing():
    stored, other = _store(b"abc"), _store(b"abc")

    for key, place in ((stored.wrapped_key, "there"), (other.wrapped_key, "here"), (b"", "here"), (b"x" * 60, "here")):
        with pytest.raises(storage.Damaged):
            storage.open_sealed(stored.name, key, place)


def test_files_of_one_key_cannot_stand_for_each_other():
    first = _store(b"pay 10")
    writer = storage.Writer("here", first.wrapped_key)
    writer.write(b"pay 1000")
    second = writer.keep()
    _path(first).write_bytes(_path(second).read_bytes())

    with pytest.raises(storage.Damaged):
        storage.open_sealed(first.name, first.wrapped_key, "here")


@pytest.mark.parametrize("name", ["", "../../keys.json", "ab/cd/../x", "/etc/passwd", "ab/cd/" + "0" * 32])
def test_odd_names_open_nothing(name: str):
    with pytest.raises(storage.Damaged):
        storage.open_sealed(name, b"key", "here")


def test_delete_removes_the_file_once_and_for_all():
    stored = _store(b"abc")

    storage.delete(stored.name)
    storage.delete(stored.name)

    with pytest.raises(storage.Damaged):
        storage.open_sealed(stored.name, stored.wrapped_key, "here")


def test_sweep_takes_only_old_orphans():
    orphan, fresh = storage.incoming() / "orphan", storage.Writer("here")
    orphan.write_bytes(b"x")
    long_ago = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(orphan, (long_ago, long_ago))

    assert storage.sweep(timedelta(hours=1)) == 1

    assert not orphan.exists()
    assert fresh.keep().name in set(storage.kept(timedelta(seconds=-5)))
    assert list(storage.kept(timedelta(hours=1))) == []


def test_full_disk_is_told_and_leaves_nothing():
    """A file-size limit of the process stands for a full disk: the system call fails the same way."""
    code = os.fork()
    if not code:
        os._exit(_write_on_a_full_disk())
    assert os.waitstatus_to_exitcode(os.waitpid(code, 0)[1]) == 0
    assert list(storage.incoming().iterdir()) == []


def _write_on_a_full_disk() -> int:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK, CHUNK))
    writer = storage.Writer("here")
    try:
        writer.write(PATTERN)
    except errors.NoSpace as full:
        writer.discard()
        return 0 if full.status == 507 else 2
    return 1


def _read(stored: storage.StoredFile) -> bytes:
    with storage.open_sealed(stored.name, stored.wrapped_key, "here") as reader:
        return reader.read()
