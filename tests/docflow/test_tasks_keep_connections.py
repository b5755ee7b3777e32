"""A task costs no new database connection: Celery alone would close it around each one."""

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from docflow.celery import app, keep_connections

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_connection_outlives_a_task() -> None:
    fixup = DjangoWorkerFixup(app)
    connection.ensure_connection()
    before = connection.connection

    fixup.close_database()
    keep_connections()

    assert before is not None
    assert connection.connection is before
    assert not before.closed


def test_a_broken_connection_is_replaced() -> None:
    connection.ensure_connection()
    assert connection.connection is not None
    connection.connection.close()

    keep_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
