"""The journal: written with the change or not at all, by the running role never changed."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from accounts import audit
from accounts.audit import SYSTEM, Action
from accounts.models import AuditEntry
from docflow.common import ids
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        audit.record("person.changed", ("user", ids.new_id()), by=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_item_70_entry_disappears_with_its_change() -> None:
    user = make.staff()

    with transaction.atomic():
        audit.record("person.changed", user, by=user)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_undeclared_action_is_refused() -> None:
    with pytest.raises(KeyError):
        audit.record("person.vanished", make.staff(), by=SYSTEM)


def test_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        audit.declare(Action("person.changed", "x", "user"))


def test_actor_is_written_down_whoever_it_is() -> None:
    user = make.staff(name="Анна")
    key, _text = make.key(user)
    contact = make.contact(None, "email", "maria@example.com")

    for by in (user, key, contact, SYSTEM):
        audit.record("person.changed", user, by=by)

    assert set(AuditEntry.objects.values_list("actor_kind", "actor_name")) == {
        ("user", "Анна"),
        ("key", "Анна (test)"),
        ("contact", "m···@example.com"),
        ("system", "docflow"),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET actor_name = 'x'",
        "DELETE FROM accounts_auditentry",
        "TRUNCATE accounts_auditseal",
    ],
)
def test_running_role_may_not_change_the_journal(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE journal_writer")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO journal_writer")
        for table in ("accounts_auditentry", "accounts_auditseal"):
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM journal_writer")
        cursor.execute("SET LOCAL ROLE journal_writer")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("RESET ROLE")
