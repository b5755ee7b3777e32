"""Files without rows leave, files with rows stay."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from docflow.common import clock
from documents import orphans, storage
from documents.models import Document
from tests.factories import documents as make

pytestmark = pytest.mark.django_db


def _orphan() -> str:
    writer = storage.Writer("nobody")
    writer.write(b"nobody's")
    return writer.keep().name


def _stored(document: Document) -> set[str]:
    version = document.versions.get()
    pages = version.pictures.values_list("stored_name", "thumb_stored_name")
    return {version.stored_name, *(name for pair in pages for name in pair)}


def _there(name: str) -> bool:
    return (Path(settings.FILES_DIR) / name).exists()


def test_only_old_files_without_a_row_are_set_aside():
    known, orphan = _stored(make.processed()), _orphan()
    folders = {name[:2] for name in (*known, orphan)}

    assert sum(orphans.put_aside(folder) for folder in folders) == 0
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert sum(orphans.put_aside(folder) for folder in folders) >= 1

    assert len(known) == 3
    assert all(map(_there, known))
    assert not _there(orphan)
    assert (storage.lost() / Path(orphan).name).exists()


def test_file_set_aside_is_gone_a_month_later():
    name = _orphan()
    storage.set_aside(name)
    storage.set_aside(name)
    aside = storage.lost() / Path(name).name

    assert storage.sweep(orphans.FORGOTTEN, storage.lost()) == 0
    long_ago = (clock.now() - timedelta(days=31)).timestamp()
    os.utime(aside, (long_ago, long_ago))
    storage.sweep(orphans.FORGOTTEN, storage.lost())

    assert not aside.exists()


def test_every_folder_has_its_minute():
    orphan = _orphan()
    noon = (clock.now() + timedelta(days=2)).replace(hour=12, minute=0)

    for minute in range(256):
        with time_machine.travel(noon + timedelta(minutes=minute)):
            orphans.sweep()

    assert not _there(orphan)


def test_rounds_within_a_minute_ask_nothing(django_assert_num_queries):
    with time_machine.travel(clock.now().replace(second=1), tick=False):
        orphans.sweep()
        with django_assert_num_queries(0):
            orphans.sweep()
