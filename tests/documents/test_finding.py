"""Why a document was found, whose documents are listed, and what other pages show of them."""

from functools import partial

import pytest
from django.test import Client

from accounts import subjects
from accounts.models import Role
from documents import processing, queries, searching, snippets
from documents.models import Document
from documents.queries import Filter
from documents.states import State
from tests.factories import accounts
from tests.factories import documents as make

pytestmark = pytest.mark.django_db


def worded(text: str, **details):
    document = make.uploaded(**details)
    searching.index(document.pk, 1, text=text)
    return document


def found(text: str, query: str) -> str:
    """The snippet with the hits in brackets."""
    document = worded(text)
    pieces = snippets.of([document.pk], query).get(document.pk, [])
    return "".join(f"[{piece}]" if hit else piece for piece, hit in pieces)


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Предоплата по договорам поставки", "договор", "[договорам]"),
        ("Выставлен счёт на оплату", "счет", "[счёт]"),
        ("Выставлен счет на оплату", "счёта", "[счет]"),
        ("The invoices are attached", "invoice", "[invoices]"),
        ("A study of roads", "studies", "[study]"),
        ("Акт №77 подписан", "77", "[77]"),
        ("Контакты и факты. " * 100 + "\nАкт сверки", "акты", "[Акт] сверки"),
        ("и так далее", "и", "[и]"),
        ("оплата аренды склада", '"аренды склада"', "[аренды] [склада]"),
    ],
)
def test_word_forms_are_marked_in_the_spelling_of_the_text(text, query, shown):
    assert shown in found(text, query)


def test_a_hit_some_pages_in_is_shown_and_one_far_behind_only_found(sign_in, staff):
    assert "[редкостное]" in found("вода " * 3_000 + "редкостное слово " + "вода " * 40_000, "редкостный")
    worded("вода " * 40_000 + "далёкое слово", title="Толстая книга")

    page = sign_in(staff).get("/documents/?q=далекий").content.decode()

    assert "Толстая книга" in page
    assert "<mark>" not in page


@pytest.mark.parametrize("query", ["договор", "-предоплата", "'", "\0", "%", "<b>", '"', "\ue000"])
def test_no_hit_no_snippet(query):
    assert found("Предоплата", query) == ""


def test_text_of_a_document_is_never_markup(sign_in, staff):
    worded("вот <script>alert(1)</script> договор <b>жирный</b> \ue000 & прочее")

    page = sign_in(staff).get("/documents/?q=договор").content.decode()

    assert "<mark>договор</mark>" in page
    assert "<script>alert" not in page
    assert "<b>" not in page


@pytest.mark.parametrize("many", [1, 4])
def test_snippets_cost_the_same_however_many(many, sign_in, staff, django_assert_max_num_queries):
    for _n in range(many):
        worded("договор поставки")
    browser = sign_in(staff)

    with django_assert_max_num_queries(14):
        assert browser.get("/documents/?q=договор").content.decode().count("<mark>") == many


def test_client_sees_why_a_document_was_found_once_he_may_read_it(sign_in):
    client = make.person(Role.CLIENT)
    for text, place in (("Условия договора", make.processed), ("Тайна договора", partial(make.in_state, "approval"))):
        searching.index(place(client=client).pk, 1, text=text)

    page = sign_in(client).get("/portal/?q=договор").content.decode()

    assert "Условия <mark>договора</mark>" in page
    assert "Тайна" not in page


def test_program_gets_the_found_words(staff):
    document = worded("договор поставки")
    key = accounts.bearer(staff, "documents:read")

    found, all_ = (Client().get(f"/api/v1/documents{query}", headers=key).json() for query in ("?q=договора", ""))

    assert found["results"][0]["id"] == str(document.pk)
    assert {"text": "договор", "hit": True} in found["results"][0]["snippet"]
    assert all_["results"][0]["snippet"] is None


def test_list_of_one_client(sign_in, staff):
    mine = make.uploaded(title="Свой")
    make.uploaded(title="Чужой")
    assert mine.client is not None

    page = sign_in(staff).get(f"/documents/?client={mine.client_id}&state=preparing").content.decode()

    assert "Свой" in page
    assert "Чужой" not in page
    assert mine.client.name in page
    assert f"client={mine.client_id}&amp;state=ready" in page


def test_list_names_a_client_only_to_who_may_know_of_him(sign_in):
    other = make.person(Role.CLIENT, name="Тайна Тайновна")

    page = sign_in(make.person(Role.APPROVER, is_seeded=True)).get(f"/documents/?client={other.pk}").content.decode()

    assert "Тайна" not in page


def test_what_needs_attention_is_counted(sign_in, staff):
    make.in_state("rejected")
    make.in_state("rework")
    make.uploaded()

    chips = sign_in(staff).get("/documents/").context["chips"]

    assert [chip.count for chip in chips] == [None, 2, None, None, None, None, None, None]


def test_client_page_shows_his_documents(sign_in, staff, django_assert_num_queries):
    client = make.person(Role.CLIENT)
    made = [make.uploaded(title=f"Бумага {n}", client=client) for n in range(11)]
    make.uploaded(title="Чужая")

    page = sign_in(staff).get(f"/clients/{client.pk}/").content.decode()

    assert f"/documents/{made[10].pk}/" in page
    assert f"/documents/{made[0].pk}/" not in page
    assert f"/documents/?client={client.pk}" in page
    assert f"/documents/upload/?client={client.pk}" in page
    assert "Чужая" not in page
    with django_assert_num_queries(2):
        assert len(subjects.panels("client_documents", "user", [client.pk, staff.pk], staff)) == 2


def test_panel_shows_no_more_than_the_reader_may_see():
    client, other = make.person(Role.CLIENT), make.person(Role.APPROVER)
    make.uploaded(client=client)

    shown = subjects.panels("client_documents", "user", [client.pk], other)

    _template, panel = shown[client.pk]
    assert (panel["documents"], panel["all_url"], panel["upload_url"]) == ([], None, None)


def test_portal_shows_the_client_his_own_in_his_words(sign_in):
    client = make.person(Role.CLIENT)
    given = make.processed(title="Счёт за март", client=client)
    asked = make.processed(make.kind({"role": "approver"}, client_sees="preparing"), title="Акт", client=client)
    make.processed(title="Чужой счёт")
    make.processed(make.kind({"role": "approver"}, client_sees="ready"), title="Ещё тайна", client=client)
    processing.drain()

    browser = sign_in(client)
    page = browser.get("/portal/").content.decode()

    assert "Счёт за март" in page
    assert "Акт" in page
    assert "Чужой счёт" not in page
    assert "Ещё тайна" not in page
    assert asked.state == State.APPROVAL
    assert "Being approved" in page or "Согласуем" in page
    found_page = browser.get("/portal/?q=счета").content.decode()
    assert "Счёт за март" in found_page
    assert "Акт" not in found_page.split('id="portal-list"')[1]
    assert browser.get(f"/portal/documents/{given.pk}/").status_code == 200


def test_every_document_of_the_portal_is_under_one_tab_and_search_stays(sign_in):
    client = make.person(Role.CLIENT)
    for state in ("ready", "acknowledged", "declined", "recalled", "archived"):
        make.in_state(state, client=client, title=f"Договор {state}")
    browser = sign_in(client)

    def names(tab: str) -> set[str]:
        return {row["badge"] for row in browser.get(f"/portal/?tab={tab}&q=договор").context["documents"]}

    assert names("active") == {"awaiting", "acknowledged"}
    assert names("archive") == {"declined", "recalled", "archived"}
    page = browser.get("/portal/?tab=archive&q=договор").content.decode()
    assert '<input type="hidden" name="tab" value="archive">' in page
    assert "tab=active&amp;q=" in page


@pytest.fixture
def prepared() -> Document:
    """Being approved; its client knows of it and may not read it yet."""
    kind = make.kind({"role": "approver"}, client_sees="preparing")
    document = make.processed(kind, title="Акт сверки", number="A-71", client=make.person(Role.CLIENT))
    searching.index(document.pk, 1, text="Претензия на крупную сумму")
    return document


@pytest.mark.parametrize("words", ["претензия", "-претензия", "акт -претензия", '"крупную сумму" or нет'])
def test_the_client_cannot_guess_the_text_of_what_is_prepared_for_him(words, prepared, sign_in):
    assert queries.page(make.person(Role.STAFF), Filter(q="претензия")).rows == [prepared]

    assert queries.page(prepared.client, Filter(q=words)).rows == []
    assert queries.count(prepared.client, Filter(q=words)) == (0, False)
    assert sign_in(prepared.client).get("/portal/", {"q": words}).context["documents"] == []


@pytest.mark.parametrize("words", ["акт", "Акт сверки", " сверки ", "a-71"])
def test_the_client_finds_what_is_prepared_by_the_name_he_sees(words, prepared, sign_in):
    (row,) = sign_in(prepared.client).get("/portal/", {"q": words}).context["documents"]

    assert row["name"].startswith("Акт сверки")
    assert row["snippet"] is None


def test_the_client_finds_both_what_he_may_read_and_what_he_knows_of_newest_first(prepared):
    older = make.in_state("recalled", client=prepared.client, title="Акт прежний")
    given = make.processed(title="Акт новый", client=prepared.client)
    processing.drain()

    first = queries.page(prepared.client, Filter(q="акт"), size=2)
    second = queries.page(prepared.client, Filter(q="акт", after=first.next), size=2)

    assert first.total == (3, False)
    assert [*first.rows, *second.rows] == [given, older, prepared]


def test_a_clients_program_gets_no_words_of_what_is_prepared_for_him(prepared):
    make.processed(title="Акт новый", client=prepared.client)
    processing.drain()
    key = accounts.bearer(prepared.client, "documents:read")
    ask = partial(Client().get, "/api/v1/documents", headers=key)

    found = {row["title"]: row["snippet"] for row in ask({"q": "акт"}).json()["results"]}

    assert found.keys() == {"Акт сверки", "Акт новый"}
    assert found["Акт сверки"] is None
    assert ask({"q": "претензия"}).json()["results"] == []
