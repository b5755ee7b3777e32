"""The journal in the administration: read, searched, exported."""

import csv
import io

import pytest
from django.db import transaction

from accounts import audit
from accounts.admin.journal import safe_cell
from accounts.models import AuditEntry
from tests.factories import accounts as make
from tests.factories import documents

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/auditentry/"


def entry(name: str = "Анна") -> AuditEntry:
    user = make.staff(name=name)
    with transaction.atomic():
        made = audit.record("person.changed", user, by=user, data={"fields": ["name"]})
    return AuditEntry.objects.get(pk=made.id)


def test_search_by_subject_id() -> None:
    one, _other = entry(), entry()
    browser = make.browser(make.administrator())

    found = browser.get(LIST, {"q": str(one.subject_id)}).context["cl"].result_list

    assert list(found) == [one]


def test_filters_and_odd_values_are_answered() -> None:
    entry()
    browser = make.browser(make.administrator())

    assert browser.get(LIST, {"kind": "user", "action": "person.changed"}).context["cl"].result_count == 1
    for odd in ({"q": "\0"}, {"action": "x' OR 1=1"}, {"actor": "nobody"}, {"p": "99999999999"}, {"q": "a" * 5000}):
        assert browser.get(LIST, odd).status_code in {200, 302}


def test_entry_can_only_be_read() -> None:
    one, browser = entry(), make.browser(make.administrator())

    page = browser.get(f"{LIST}{one.pk}/change/")
    assert page.status_code == 200
    assert "None" not in page.content.decode()
    assert browser.post(f"{LIST}{one.pk}/change/", {"action": "x"}).status_code == 403
    assert browser.get(f"{LIST}{one.pk}/delete/").status_code == 403
    assert browser.get(f"{LIST}add/").status_code == 403


def test_item_67_export_is_guarded_and_recorded() -> None:
    entry("=HYPERLINK(1)")
    browser = make.browser(make.administrator())

    answer = browser.post(f"{LIST}export/?kind=user&action=person.changed")

    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["actor_name"] for row in rows] == ["'=HYPERLINK(1)"]
    assert AuditEntry.objects.filter(action="journal.exported").count() == 1
    assert browser.get(f"{LIST}export/").status_code == 405


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\0x"])
def test_item_52_dangerous_beginnings_become_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


def test_list_costs_the_same_for_one_and_many(django_assert_max_num_queries: object) -> None:
    browser = make.browser(make.administrator())
    for _number in range(3):
        entry()

    with django_assert_max_num_queries(10):  # type: ignore[operator]
        browser.get(LIST)


def test_things_are_called_by_their_names() -> None:
    browser = make.browser(make.administrator())
    about = documents.uploaded(title="Договор поставки", number="418")
    with transaction.atomic():
        audit.record("document.commented", about, by=make.staff())
    entry("Борис Лунин")

    page = browser.get(LIST).content.decode()

    assert "Договор поставки № 418" in page
    assert "Борис Лунин" in page
