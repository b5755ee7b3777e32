"""Sealed values open only unchanged, in their own place, with a key that is still there."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django import Settings

from docflow.common import crypto, ids
from tests import files

PLACE = "accounts_contact.address:1"


@pytest.fixture
def key_file(tmp_path: Path, settings: Settings) -> Path:
    settings.KEYS_FILE = tmp_path / "keys.json"
    crypto.write_keys(settings.KEYS_FILE)
    return tmp_path / "keys.json"


def _edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _add_newest(path: Path) -> None:
    other = path.with_name(f"other-{len(list(path.parent.iterdir()))}.json")
    crypto.write_keys(other)
    key = json.loads(other.read_text())["sealing"][0]["key"]
    _edit(path, lambda content: content["sealing"].insert(0, {"id": len(content["sealing"]) + 1, "key": key}))


@given(text=st.text(), place=st.text(st.characters(exclude_categories=["Cs"])))
@effort(max_examples=50, deadline=None)
def test_item_62_any_text_comes_back_from_its_place_only(text: str, place: str):
    text = text.encode("utf-8", "replace").decode()
    sealed = crypto.seal_field(text, place)

    assert crypto.open_field(sealed, place) == text
    with pytest.raises(crypto.CannotOpen):
        crypto.open_field(sealed, f"{place}2")


def test_same_text_never_seals_to_the_same_bytes():
    assert len({crypto.seal_field("same", PLACE) for _ in range(1000)}) == 1000


def test_nothing_of_the_text_shows():
    assert b"kotova" not in crypto.seal_field("kotova@example.com", PLACE)


def test_any_changed_byte_is_noticed():
    sealed = crypto.seal_field("kotova@example.com", PLACE)

    for place in range(len(sealed)):
        with pytest.raises(crypto.CannotOpen):
            crypto.open_field(files.flipped(sealed, place), PLACE)


@pytest.mark.parametrize("length", [0, 1, 2, 5, 14, 20, 29])
def test_cut_values_are_noticed(length: int):
    with pytest.raises(crypto.CannotOpen):
        crypto.open_field(crypto.seal_field("kotova@example.com", PLACE)[:length], PLACE)


def test_value_read_from_the_database_as_a_view_opens():
    assert crypto.open_field(memoryview(crypto.seal_field("x", PLACE)), PLACE) == "x"  # type: ignore[arg-type]


def test_data_keys_are_fresh_and_wrapped_for_a_place():
    first, second = crypto.new_data_key(), crypto.new_data_key()
    wrapped = crypto.wrap_key(first, PLACE)

    assert first != second
    assert len(first) == 32
    assert first not in wrapped
    assert crypto.unwrap_key(wrapped, PLACE) == first
    with pytest.raises(crypto.CannotOpen):
        crypto.unwrap_key(wrapped, "elsewhere")


class _Row:
    _meta = SimpleNamespace(db_table="accounts_contact")
    address = crypto.sealed("address_sealed")

    def __init__(self, pk: UUID) -> None:
        self.pk = pk
        self.address_sealed = b""


def test_model_view_binds_table_column_and_row():
    row, other = _Row(ids.new_id()), _Row(ids.new_id())
    assert row.address == ""

    row.address = "kotova@example.com"
    other.address_sealed = row.address_sealed

    assert row.address == "kotova@example.com"
    assert crypto.open_field(row.address_sealed, f"accounts_contact.address_sealed:{row.pk}") == "kotova@example.com"
    with pytest.raises(crypto.CannotOpen):
        _ = other.address


def test_emptied_model_view_is_empty():
    row = _Row(ids.new_id())
    row.address = "x"
    row.address = ""

    assert (row.address, row.address_sealed) == ("", b"")


def test_item_64_old_values_open_after_a_new_key_and_new_values_use_it(key_file: Path):
    old = crypto.seal_field("old", PLACE)
    _add_newest(key_file)
    crypto._cached_keys.cache_clear()
    new = crypto.seal_field("new", PLACE)

    assert (old[:2], new[:2]) == (b"\0\1", b"\0\2")
    assert crypto.open_field(old, PLACE) == "old"
    assert crypto.open_field(new, PLACE) == "new"


def test_running_process_learns_of_a_new_key_by_itself(key_file: Path):
    crypto.seal_field("this process knows the first key", PLACE)
    _add_newest(key_file)
    ring = crypto.read_keys(key_file)
    theirs = _sealed_elsewhere(ring, b"from another process")

    assert crypto.open_field(theirs, PLACE) == "from another process"
    assert crypto.seal_field("now", PLACE)[:2] == b"\0\2"


def _sealed_elsewhere(ring: crypto.Keys, plain: bytes) -> bytes:
    nonce = bytes(12)
    cipher = AESGCM(ring.sealing[ring.newest])
    return ring.newest.to_bytes(2, "big") + nonce + cipher.encrypt(nonce, plain, PLACE.encode())


def test_value_of_a_removed_key_stays_closed(key_file: Path):
    old = crypto.seal_field("old", PLACE)
    _add_newest(key_file)
    _edit(key_file, lambda content: content["sealing"].pop())
    crypto._cached_keys.cache_clear()

    with pytest.raises(crypto.CannotOpen):
        crypto.open_field(old, PLACE)


def test_lookups_links_and_signatures_survive_a_new_sealing_key(key_file: Path):
    link = ids.new_id()
    before = (crypto.lookup("a", "b"), crypto.link_code(link), crypto.sign(b"x"), crypto.public_key())
    _add_newest(key_file)
    crypto._cached_keys.cache_clear()

    assert (crypto.lookup("a", "b"), crypto.link_code(link), crypto.sign(b"x"), crypto.public_key()) == before


def test_lookup_depends_on_value_purpose_and_installation(tmp_path: Path, settings: Settings):
    here = crypto.lookup("kotova@example.com", "email")

    assert len(here) == 64
    assert crypto.lookup("kotova@example.com", "email") == here
    assert crypto.lookup("kotova@example.com", "telegram") != here
    assert crypto.lookup("other@example.com", "email") != here
    settings.KEYS_FILE = tmp_path / "keys.json"
    crypto.write_keys(settings.KEYS_FILE)
    assert crypto.lookup("kotova@example.com", "email") != here


def test_item_44_link_codes_are_recomputable_and_all_different():
    links = [ids.new_id() for _ in range(1000)]
    codes = [crypto.link_code(link) for link in links]

    assert codes == [crypto.link_code(link) for link in links]
    assert len(set(codes)) == 1000
    assert {len(code) for code in codes} == {22}
    assert all(set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") for code in codes)


def test_stored_hash_does_not_hold_the_code():
    code = crypto.link_code(ids.new_id())

    assert code not in crypto.code_hash(code)
    assert crypto.code_hash(code) == crypto.code_hash(code)
    assert len(crypto.code_hash(code)) == 64


def test_signature_is_of_these_bytes_by_this_installation(tmp_path: Path, settings: Settings):
    signature, key = crypto.sign(b"checkpoint"), crypto.public_key()

    assert crypto.verify(b"checkpoint", signature)
    assert not crypto.verify(b"checkpoint2", signature)
    assert not crypto.verify(b"checkpoint", files.flipped(signature, 3))
    assert not crypto.verify(b"checkpoint", b"")
    settings.KEYS_FILE = tmp_path / "keys.json"
    crypto.write_keys(settings.KEYS_FILE)
    assert not crypto.verify(b"checkpoint", signature)
    assert crypto.verify_with(key, b"checkpoint", signature)
    assert not crypto.verify_with(b"short", b"checkpoint", signature)


def test_key_file_is_private_and_never_overwritten(key_file: Path):
    before = key_file.read_bytes()

    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        crypto.write_keys(key_file)
    assert key_file.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("lookup"),
        lambda content: content.update(links="c2hvcnQ="),
        lambda content: content.update(signing="not base64!"),
        lambda content: content.update(sealing=[]),
        lambda content: content.update(sealing=content["sealing"] * 2),
        lambda content: content.update(sealing=None),
        lambda content: content["sealing"][0].update(id=0),
        lambda content: content["sealing"][0].update(id=2**16),
    ],
)
def test_broken_key_files_are_refused(key_file: Path, change: Callable[[dict[str, Any]], Any]):
    _edit(key_file, change)

    with pytest.raises(ImproperlyConfigured, match="not a key file"):
        crypto.read_keys(key_file)


@pytest.mark.parametrize("content", ["", "[]", "null", "{", "ключи"])
def test_other_files_are_no_key_files(tmp_path: Path, content: str):
    (tmp_path / "keys.json").write_text(content)

    with pytest.raises(ImproperlyConfigured, match="not a key file"):
        crypto.read_keys(tmp_path / "keys.json")


def test_missing_key_file_is_named(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured, match="cannot read"):
        crypto.read_keys(tmp_path / "missing.json")
