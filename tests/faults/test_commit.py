"""F9, F10: the database goes away before a request, or in the midst of one, when nobody knows what was committed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from accounts import audit
from documents import intake
from documents.intake import Details
from documents.models import Document
from tests.factories import accounts
from tests.factories import documents as make

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def when_recorded(act: Callable[[], None]) -> Iterator[None]:
    """Something happens just after the rows were written, before they are committed."""

    def listen(**_facts: object) -> None:
        act()

    audit.recorded.connect(listen)
    try:
        yield
    finally:
        audit.recorded.disconnect(listen)


def cut() -> None:
    """The server ends this very connection."""
    parameters = connection.get_connection_params()
    other = psycopg2.connect(**{name: parameters[name] for name in parameters if name not in ("cursor_factory",)})
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    other.close()


def refuse() -> None:
    raise ValueError("no")


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.FILES_DIR).glob("??/??/*") if path.is_file()]


def upload() -> None:
    intake.create(make.kind(), make.file(), Details("Letter"), by=make.person())


def test_file_stays_while_nobody_knows_whether_its_rows_do(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    with when_recorded(cut), pytest.raises(OperationalError):
        upload()
    connection.close()

    assert len(files(settings)) == 1


def test_file_goes_when_its_rows_are_refused(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path
    with when_recorded(refuse), pytest.raises(ValueError, match="no"):
        upload()

    assert files(settings) == []
    assert not Document.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/documents", "/documents/"])
def test_a_lost_database_is_a_pause_and_not_a_fault(path: str) -> None:
    staff = accounts.staff()
    visitor = Client(raise_request_exception=False, headers=accounts.bearer(staff, "documents:read"))
    visitor.force_login(staff)
    cut()

    answer = visitor.get(path)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert b"back in a moment" in answer.content
    connection.close()
