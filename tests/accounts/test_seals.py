"""The sealed journal: whatever is changed afterwards is found."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from pytest_django.fixtures import Settings

from accounts import audit, seals
from accounts.models import AuditEntry, AuditSeal, User
from docflow.common import clock, ids
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def user() -> User:
    return make.staff()


def record(user: User, count: int = 1) -> None:
    for number in range(count):
        with transaction.atomic():
            audit.record("person.changed", user, by=user, data={"number": number})


def seal_all() -> None:
    """Seal every entry; transactions of other tests on the same server hold it up while they run."""
    deadline = time.monotonic() + 60
    while AuditSeal.objects.count() < AuditEntry.objects.count() and time.monotonic() < deadline:
        if not seals.seal():
            time.sleep(0.05)
    assert AuditSeal.objects.count() >= AuditEntry.objects.count()


def test_untouched_journal_is_whole(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    record(user, 5)

    seal_all()
    assert seals.seal() == 0
    call_command("audit_verify")
    assert "5" in capsys.readouterr().out


def change_entry() -> None:
    AuditEntry.objects.filter(pk=AuditEntry.objects.order_by("id")[1].pk).update(actor_name="somebody else")


def change_data() -> None:
    AuditEntry.objects.filter(pk=AuditEntry.objects.order_by("id")[2].pk).update(data={"number": 7})


def delete_entry() -> None:
    AuditEntry.objects.order_by("id")[1].delete()


def cut_the_end() -> None:
    last = AuditSeal.objects.get(seq=5)
    AuditEntry.objects.filter(pk=last.entry_id).delete()
    last.delete()


def swap_two() -> None:
    one, two = AuditSeal.objects.get(seq=2), AuditSeal.objects.get(seq=3)
    one.delete(), two.delete()
    AuditSeal.objects.create(seq=2, entry_id=two.entry_id, hash=one.hash)
    AuditSeal.objects.create(seq=3, entry_id=one.entry_id, hash=two.hash)


def rewrite_everything() -> None:
    AuditEntry.objects.update(actor_name="somebody else")
    AuditSeal.objects.all().delete()
    checkpoints = seals.checkpoint_file().read_text()
    seal_all()
    seals.checkpoint_file().write_text(checkpoints)


def forge_checkpoint() -> None:
    body = json.loads(seals.checkpoint_file().read_text().splitlines()[-1])
    seals.checkpoint_file().write_text(json.dumps({**body, "seq": 4}) + "\n")


@pytest.mark.parametrize(
    "tamper",
    [change_entry, change_data, delete_entry, cut_the_end, swap_two, rewrite_everything, forge_checkpoint],
    ids=lambda one: one.__name__,
)
def test_item_69_tampering_is_found(user: User, tamper: Callable[[], None]) -> None:
    record(user, 5)
    seal_all()

    tamper()

    assert list(seals.verify())
    with pytest.raises(CommandError):
        call_command("audit_verify")


def test_entries_of_running_transactions_wait(user: User) -> None:
    with transaction.atomic():
        audit.record("person.changed", user, by=user)
        assert _elsewhere(seals.seal) == 0

    seal_all()


def test_entry_slipped_in_later_is_sealed_after_the_others(user: User) -> None:
    record(user, 2)
    seal_all()
    early = ids.new_id()
    AuditEntry.objects.create(
        id=early, action="person.changed", subject_kind="user", subject_id=user.pk, actor_kind="user", actor_name="x"
    )

    seal_all()
    assert list(seals.verify()) == []


def _elsewhere(run: Callable[[], int]) -> int:
    def there() -> int:
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result()


def test_a_journal_restored_into_another_cluster_is_sealed_on(user: User) -> None:
    """There transaction numbers begin anew, below those of everything that was restored."""
    record(user, 3)
    seal_all()
    record(user, 2)
    AuditEntry.objects.update(xid=F("xid") + 10**12)
    record(user, 2)

    seal_all()

    assert list(seals.verify()) == []
    record(user, 1)
    seal_all()


def test_numbers_that_have_caught_up_hide_nothing(user: User) -> None:
    """Restored, and nothing was sealed until the new cluster was further on than the old one."""
    record(user, 2)
    seal_all()
    AuditEntry.objects.update(xid=F("xid") + 3)
    record(user, 8)

    deadline = time.monotonic() + 60
    while AuditSeal.objects.count() < 10 and time.monotonic() < deadline:
        seals.Sealer().seal()

    assert AuditSeal.objects.count() == 10
    assert list(seals.verify()) == []


def test_a_long_journal_is_sealed_in_portions_each_going_on_where_the_last_ended(user: User) -> None:
    entry = {"action": "person.changed", "subject_kind": "user", "subject_id": user.pk, "actor_kind": "system"}
    AuditEntry.objects.bulk_create(AuditEntry(**entry) for _number in range(2 * seals.BATCH + 5))
    sealer = seals.Sealer(seconds=0)
    sealed: list[int] = []

    deadline = time.monotonic() + 60
    while sum(sealed) < AuditEntry.objects.count() and time.monotonic() < deadline:
        sealed.append(sealer.seal())

    assert [size for size in sealed if size] == [seals.BATCH, seals.BATCH, 5]
    assert list(seals.verify()) == []


def test_an_entry_that_was_never_sealed_is_a_fault(user: User) -> None:
    record(user, 1)
    assert list(seals.verify()) == []
    AuditEntry.objects.update(at=clock.now() - timedelta(hours=2))

    assert [fault.what for fault in seals.verify()] == ["1 entries older than an hour are not sealed"]
