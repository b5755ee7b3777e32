"""`among`: like `in`, but for any number of UUIDs in one array parameter.

The ORM's `in` adapts and writes each value alone, on which a quarter of a sending worker's time was spent.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ForeignKey, Lookup, UUIDField
from django.db.models.sql.compiler import SQLCompiler

BY_KEY = "SET LOCAL enable_seqscan = off"


class Among(Lookup):
    """`field__among=ids`; for keys and other UUIDs."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        if not self.rhs:
            raise EmptyResultSet
        field, params = self.process_lhs(compiler, connection)
        return f"{field} = ANY(%s::uuid[])", (*params, array(self.rhs))


def array(ids: Collection[UUID]) -> str:
    """An array as PostgreSQL reads it, for `%s::uuid[]`."""
    return "{" + ",".join([one.hex for one in ids]) + "}"


def words(values: Iterable[object]) -> str:
    """The same of numbers, truths and words of our own: a Python list costs ten times as much on its way."""
    return "{" + ",".join([one if isinstance(one, str) else str(one) for one in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """The same of any texts."""
    return "{" + ",".join(['"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values]) + "}"


def by_key() -> None:
    """For the rest of this transaction rows are found by their keys.

    Asked for a few hundred of some ten thousand, the planner reads whole tables, dead rows and all, group after group.
    """
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY)


def register() -> None:
    """Make it known to the ORM."""
    for field in (UUIDField, ForeignKey):
        field.register_lookup(Among)
