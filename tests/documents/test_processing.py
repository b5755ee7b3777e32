"""What the machine does with files, and what happens when it dies at it."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test import override_settings

from accounts.models import AuditEntry
from docflow.servers.ports import free_port
from documents import lifecycle, processing, queries, steps, storage
from documents.models import Document, DocumentText, DocumentVersion, Step
from documents.states import State
from tests import files
from tests.factories import documents as make
from tests.servers.waiting import until

pytestmark = pytest.mark.django_db


def fresh(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def expire_leases() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE documents_step SET lease_until = now() - interval '1 minute' WHERE owner IS NOT NULL")


def test_pdf_is_read_and_pictured():
    document = make.processed(data=files.pdf("Договор поставки", pages=3))
    version = document.versions.get()

    assert version.pages == 3
    assert "Договор поставки" in DocumentText.objects.get().text
    assert [picture.n for picture in version.pictures.order_by("n")] == [1, 2, 3]
    assert set(version.steps.values_list("kind", "outcome")) == {
        ("check", "ok"),
        ("text", "ok"),
        ("pictures", "ok"),
    }


def test_picture_is_sealed_for_its_version():
    version = make.processed().versions.get()
    picture = version.pictures.get()

    with storage.open_sealed(picture.stored_name, bytes(version.wrapped_key), version.place) as source:
        assert source.read_range(0, 4) == b"RIFF"
    with pytest.raises(storage.Damaged):
        storage.open_sealed(picture.stored_name, bytes(version.wrapped_key), "elsewhere")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (files.encrypted_pdf(), "encrypted", "паролем"),
        (files.truncated(files.pdf("x"), 0.5), "damaged", "повреждён"),
    ],
)
def test_bad_file_is_rejected_with_words_in_both_languages(data, code, words):
    document = make.processed(data=data)
    reason = document.versions.get().reason

    assert document.state == State.REJECTED
    assert reason["code"] == code
    assert reason["en"]
    assert reason["ru"]
    assert AuditEntry.objects.get(action="document.rejected").data["reason"]["code"] == code


def test_plain_text_becomes_ready_without_pictures():
    document = make.processed(data="Счёт на оплату № 77".encode(), name="счёт.txt")

    assert document.state == State.READY
    assert document.versions.get().pages is None


def test_dead_worker_is_replaced_after_its_lease():
    document = make.in_state("checking")
    dead = steps.claim(uuid4())
    assert dead is not None
    assert processing.drain() == 0

    expire_leases()
    processing.drain()

    assert fresh(document).state == State.READY


def test_late_result_of_a_dead_worker_is_thrown_away():
    document = make.in_state("checking")
    late = steps.claim(uuid4())
    assert late is not None
    expire_leases()
    processing.drain()

    with pytest.raises(steps.LeaseLost):
        steps.close(late, Step.Outcome.REFUSED)
    assert fresh(document).state == State.READY


def test_death_between_check_and_text_loses_nothing():
    document = make.in_state("processing")
    assert steps.claim(uuid4()) is not None

    expire_leases()
    processing.drain()

    assert fresh(document).state == State.READY


@pytest.mark.parametrize("state", ["checking", "processing"])
def test_file_that_kills_three_workers_is_parked_and_can_be_retried(state):
    document = make.in_state(state)
    Step.objects.filter(outcome="").exclude(kind="pictures").update(attempt_no=3)

    processing.sweep()

    assert fresh(document).state == State.FAILED
    assert document.versions.get().reason["code"] == "stopped"
    lifecycle.retry(document, by=document.author)
    processing.drain()
    assert fresh(document).state == State.READY


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_sweeper_works_itself(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    document = make.in_state("checking")

    processing.sweep()

    until(lambda: fresh(document).state == State.READY)
    until(lambda: not steps.are_waiting())
    until(lambda: all(one.name != "files without a broker" for one in threading.enumerate()))


def test_recall_in_the_middle_stops_the_machine():
    document = make.in_state("checking")
    claim = steps.claim(uuid4())
    assert claim is not None
    lifecycle.recall(document, by=document.author, comment="Не тот файл")

    processing.work_on(claim)

    assert fresh(document).state == State.RECALLED


def test_lost_file_is_a_failure_with_a_way_out():
    document = make.in_state("checking")
    version = DocumentVersion.objects.get()
    storage.delete(version.stored_name)

    processing.drain()

    assert fresh(document).state == State.FAILED
    assert document.versions.get().reason["code"] == "file_lost"


def test_pictures_that_fail_do_not_stop_the_document():
    document = make.processed()
    Step.objects.filter(kind="pictures").update(outcome="", attempt_no=3)

    processing.sweep()

    assert Step.objects.get(kind="pictures").outcome == Step.Outcome.PARKED
    assert fresh(document).state == State.READY


def test_pictures_go_on_after_the_last_kept_page():
    document = make.processed(data=files.pdf("Страница", pages=4))
    version = document.versions.get()
    kept = list(version.pictures.filter(n__lte=2).values_list("stored_name", flat=True))
    version.pictures.filter(n__gt=2).delete()
    Step.objects.filter(kind="pictures").update(outcome="", attempt_no=0)

    processing.drain()

    assert list(version.pictures.order_by("n").values_list("n", flat=True)) == [1, 2, 3, 4]
    assert list(version.pictures.filter(n__lte=2).values_list("stored_name", flat=True)) == kept


def test_waiting_work_of_others_goes_before_pictures():
    first = make.in_state("processing")
    Step.objects.filter(kind="text").update(outcome="ok")
    second = make.in_state("checking")

    claim = steps.claim(uuid4())

    assert claim is not None
    assert claim.version_id == second.versions.get().pk
    assert first.versions.get().steps.filter(outcome="").count() == 1


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_broker_that_is_gone_does_not_stop_an_upload(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        document = make.in_state("checking")

    assert fresh(document).state == State.CHECKING


FORMS = {
    "договор": ["договор", "договора", "договору", "договором", "договоре", "договоров"],
    "счёт": ["счёт", "счет", "счёта", "счета", "счётом", "счету"],
    "invoice": ["invoice", "invoices", "Invoice", "INVOICES", "invoiced", "invoicing"],
}


@pytest.mark.parametrize("written", FORMS)
def test_every_form_of_a_word_finds_it(written, staff):
    document = make.processed(data=files.pdf(f"Здесь {written} here"), title="Бумага")

    for form in FORMS[written]:
        found = queries.page(staff, queries.Filter(q=form)).rows
        assert found == [document], form


def test_title_number_and_client_are_found_before_the_text_is_read(staff):
    client = make.person("client", name="Мария Котова")
    document = make.uploaded(title="Акт сверки", number="D-2025-00418", client=client)

    for words in ("акты", "418", "00418", "D-2025-00418", "Котовой", "сверка котова"):
        assert queries.page(staff, queries.Filter(q=words)).rows == [document], words


def test_search_of_a_client_finds_only_what_is_his():
    mine, other = make.processed(title="Договор"), make.processed(title="Договор")
    assert mine.client is not None

    assert queries.page(mine.client, queries.Filter(q="договор")).rows == [mine]
    assert other.client_id != mine.client_id


@pytest.mark.parametrize("q", ["и", "!!!", "'", '"', "\0", "a & | !", "-", "x" * 5000, "((((", "😀", "\udcff"[:0]])
def test_absurd_searches_do_no_harm(q, staff):
    make.uploaded()

    queries.page(staff, queries.Filter(q=q))


def test_a_step_waits_for_its_time():
    make.in_state("checking")
    Step.objects.update(due_at=F("due_at") + timedelta(hours=1))

    assert steps.claim(uuid4()) is None
    with time_machine.travel("2030-01-01"):
        assert steps.claim(uuid4()) is None  # the database's clock decides
