"""The million documents of `bench/` are rows made by hand: a new column that needs a value must reach them."""

import re

import pytest
from django.db import connection

from accounts.models import Contact, User
from bench import loading_rows

pytestmark = pytest.mark.django_db

NEEDED = """
SELECT column_name FROM information_schema.columns
 WHERE table_name = %s AND table_schema = current_schema() AND is_nullable = 'NO' AND column_default IS NULL
   AND is_identity = 'NO' AND is_generated = 'NEVER'
"""
INTO = re.compile(r"INSERT INTO (\w+) \(([^)]+)\)")
COLUMNS = {
    User._meta.db_table: loading_rows.USER_COLUMNS,
    Contact._meta.db_table: loading_rows.CONTACT_COLUMNS,
    **{found[1]: found[2] for found in map(INTO.search, (loading_rows.TYPE, *loading_rows.ROWS)) if found},
}


@pytest.mark.parametrize("table", COLUMNS)
def test_rows_of_the_bench_have_every_value_that_is_needed(table: str):
    with connection.cursor() as cursor:
        cursor.execute(NEEDED, [table])
        needed = {name for (name,) in cursor.fetchall()}

    assert needed, "there is no such table"
    assert needed - {name.strip() for name in COLUMNS[table].split(",")} == set()
