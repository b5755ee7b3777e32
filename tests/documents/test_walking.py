"""Lists and search go on where they stopped, over years, for whoever may see what."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from documents import finding, queries
from documents.models import Document, DocumentText
from documents.queries import Filter
from documents.states import State
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AGO = (0, 1, 6, 8, 30, 62, 64, 70, 330, 400, 700, 1500, 2100, 2500, 4000)  # days


def over_the_years(**details) -> list[Document]:
    """A document for each of AGO, newest first."""
    made = []
    for days in reversed(AGO):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            made.append(make.uploaded(title="Договор хранения", **details))
    return made[::-1]


def walked(by, wanted: Filter, size: int) -> list[Document]:
    """All pages of a list, one after the other."""
    page = queries.page(by, wanted, size=size)
    rows = page.rows
    while page.next:
        page = queries.page(by, Filter(**{**wanted.__dict__, "after": page.next}), size=size)
        rows = [*rows, *page.rows]
    return rows


@pytest.mark.parametrize("size", [1, 4, 50])
@pytest.mark.parametrize("few", [True, False])
def test_search_brings_all_years_newest_first_and_nothing_twice(staff, monkeypatch, size, few):
    monkeypatch.setattr(finding, "FEW", 100 if few else 0)
    kind = make.kind()
    made = over_the_years(type_=kind)
    make.uploaded(title="Письмо")

    with time_machine.travel(NOW, tick=False):
        assert walked(staff, Filter(q="договоры"), size) == made
        assert walked(staff, Filter(q="договоры", type=kind.slug), size) == made
        assert walked(staff, Filter(q="договоры", states=(State.UPLOADED, State.READY)), size) == made
        assert walked(staff, Filter(q="договоры", type="none"), size) == []


def test_windows_are_read_in_their_order_even_by_many_processes(staff):
    made = over_the_years()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0")
        cursor.execute("SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL enable_seqscan = off")

    with time_machine.travel(NOW, tick=False):
        assert walked(staff, Filter(q="хранение"), 2) == made


def test_who_sees_few_walks_what_he_wrote_and_what_he_decides(staff):
    reader = make.person(Role.APPROVER)
    asked = make.processed(make.kind({"user": reader}), title="Договор подряда")
    by_role = make.processed(make.kind({"role": Role.APPROVER}), title="Договор займа")
    own = make.uploaded(title="Договор мены", by=make.person(Role.STAFF))
    Document.objects.filter(pk=own.pk).update(author=reader)
    make.processed(title="Договор чужой")

    expected = [own, by_role, asked]
    for wanted in (Filter(), Filter(q="договор"), Filter(q="договор", states=("approval", "uploaded"))):
        assert walked(reader, wanted, 1) == expected, wanted
    assert set(queries.visible_to(reader)) == set(expected)
    assert queries.count(reader, Filter()) == (3, False)
    assert queries.count(reader, Filter(states=("approval",)), cap=1) == (1, True)


def test_total_of_a_search_comes_with_its_first_page(staff, monkeypatch):
    monkeypatch.setattr(queries, "FOUND_CAP", 3)
    for _n in range(4):
        make.uploaded(title="Договор")

    assert queries.page(staff, Filter(q="договор"), size=2).total == (3, True)
    assert queries.page(staff, Filter(q="договор подряда"), size=2).total == (0, False)
    assert queries.count(staff, Filter(q="договор")) == (3, True)


@pytest.mark.parametrize("quoted", ["«Вектор»", "“Vector”", "Вектор\u00a0Логистик", "—Вектор…", "Вектор™"])
def test_signs_around_a_word_do_not_hide_it(staff, quoted):
    document = make.uploaded(title=f"Договор с ООО {quoted}")

    for q in ("вектор", "«вектор»") if "V" not in quoted else ("vector", "“vector”"):
        assert queries.page(staff, Filter(q=q)).rows == [document], q


def test_words_of_time_cannot_be_typed(staff):
    make.uploaded(title="Договор")
    word = DocumentText.objects.extra(select={"w": "tsvector_to_array(vector)"}).get().w  # type: ignore[attr-defined]
    times = [one for one in word if one.startswith("~")]

    assert len(times) == 2
    for typed in (*times, *(one[1:] for one in times), " ".join(times), "!!!"):
        assert queries.page(staff, Filter(q=typed)).rows == [], typed


@pytest.mark.parametrize(
    ("role", "query", "most"),
    [
        (Role.STAFF, "", 10),
        (Role.STAFF, "?q=договор", 10),
        (Role.STAFF, "?state=attention&type=letter", 10),
        (Role.APPROVER, "", 10),
        (Role.APPROVER, "?state=attention&type=letter", 10),
        (Role.APPROVER, "?q=договор", 11),  # it is asked first whether he sees few documents
    ],
)
def test_a_list_takes_few_statements(sign_in, role, query, most):
    reader = make.person(role, is_seeded=True)
    make.processed(make.kind({"user": reader}), title="Договор")
    browser = sign_in(reader)
    browser.get(f"/documents/{query}")

    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/documents/{query}").status_code == 200

    assert len(captured) <= most, [one["sql"][:90] for one in captured]
