"""Files that no row knows: left by processes that died between keeping a file and committing its row."""

from datetime import timedelta
from functools import lru_cache

import structlog

from docflow.common import clock
from documents import storage
from documents.models import DocumentVersion, PagePicture

log = structlog.get_logger(__name__)

UNFINISHED = timedelta(hours=6)  # no upload takes longer
UNKNOWN = timedelta(days=1)  # no transaction does
FORGOTTEN = timedelta(days=30)  # time to notice that the database was the wrong one


def sweep() -> None:
    """Called on each round of the sweeper; looks through one of 256 folders a minute, all of them in four hours."""
    _in_minute(int(clock.now().timestamp() // 60))


@lru_cache(maxsize=1)  # once in that minute
def _in_minute(minute: int) -> None:
    removed = storage.sweep(UNFINISHED) + storage.sweep(FORGOTTEN, storage.lost())
    set_aside = put_aside(f"{minute % 256:02x}")
    if removed or set_aside:
        log.warning("orphan_files", removed=removed, set_aside=set_aside)


def put_aside(folder: str) -> int:
    """Set aside what lies in the folder without a row; answers how many files."""
    found = set(storage.kept(UNKNOWN, folder))
    orphans = found - _known(folder) if found else set()
    for name in orphans:
        storage.set_aside(name)
    return len(orphans)


def _known(folder: str) -> set[str]:
    versions = DocumentVersion.objects.filter(stored_name__startswith=f"{folder}/").values_list(
        "stored_name", flat=True
    )
    pages = PagePicture.objects.filter(stored_name__startswith=f"{folder}/").values_list("stored_name", flat=True)
    small = PagePicture.objects.filter(thumb_stored_name__startswith=f"{folder}/")
    return {*versions, *pages, *small.values_list("thumb_stored_name", flat=True)}
