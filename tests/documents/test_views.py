"""Pages for staff and clients: who gets them, what they cost, what a refusal keeps."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry, Role
from docflow.common import clock
from documents import editing, lifecycle, processing, queries, routing
from documents.models import Comment, Document, DocumentVersion, RequiredField, Task
from documents.states import State
from tests import files
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def upload_of(data: bytes | None = None, name: str = "договор.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf("страница") if data is None else data)


@pytest.mark.parametrize("state", list(State))
def test_document_page_in_every_state(state, sign_in, staff, django_assert_max_num_queries):
    document = make.in_state(state)
    browser = sign_in(staff)

    with django_assert_max_num_queries(25):
        page = browser.get(f"/documents/{document.pk}/")

    assert page.status_code == 200
    assert document.title in page.content.decode()


def test_polled_page_brings_only_what_moves(sign_in, staff):
    document = make.processed()

    answer = sign_in(staff).get(f"/documents/{document.pk}/", headers=HTMX)

    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("many", [1, 3])
def test_list_costs_the_same_however_long(many, sign_in, staff, django_assert_max_num_queries):
    for _n in range(many):
        make.uploaded(title="Договор")
    browser = sign_in(staff)

    with django_assert_max_num_queries(10):
        assert browser.get("/documents/").status_code == 200
    with django_assert_max_num_queries(13):
        assert browser.get("/documents/?q=договоры").status_code == 200


@pytest.mark.parametrize(
    "query", ["state=gone&type=%00&after=x", "after=1", "q=%00%27", "state=ready&type=zzz", "q=" + "x" * 3000]
)
def test_absurd_filters_never_break_the_list(query, sign_in, staff):
    make.uploaded()

    assert sign_in(staff).get(f"/documents/?{query}").status_code == 200


def test_list_goes_on_after_the_last_row(sign_in, staff, monkeypatch):
    from documents import queries

    monkeypatch.setattr(queries, "PAGE", 2)
    for n in range(3):
        make.uploaded(title=f"Бумага {n}")
    browser = sign_in(staff)

    first = queries.page(staff, queries.Filter(), size=2)
    rest = browser.get(f"/documents/?after={first.next}", headers=HTMX | {"HX-Part": "rows"}).content.decode()

    assert "Бумага 0" in rest
    assert "Бумага 2" not in rest


def test_client_and_stranger_get_no_staff_page(sign_in):
    document = make.processed()
    assert document.client is not None

    assert sign_in(document.client).get(f"/documents/{document.pk}/").status_code == 403
    assert sign_in(make.person(Role.APPROVER, is_seeded=True)).get(f"/documents/{document.pk}/").status_code == 404


def test_upload_by_script_makes_a_document_per_file(sign_in, staff):
    kind, client = make.kind(), make.person(Role.CLIENT)

    answer = sign_in(staff).post(
        "/documents/upload/",
        {"file": upload_of(), "type": kind.slug, "client": client.email, "title": "Договор"},
        headers=HTMX,
    )

    assert answer.status_code == 201
    assert Document.objects.get().client == client
    assert f"/documents/{Document.objects.get().pk}/outcome/" in answer.content.decode()


def test_upload_without_script_takes_many_files(sign_in, staff):
    kind = make.kind()

    answer = sign_in(staff).post(
        "/documents/upload/",
        {"file": [upload_of(files.pdf("один")), upload_of(files.picture("png"), "два.pdf")], "type": kind.slug},
    )

    assert Document.objects.count() == 1
    assert answer.status_code == 415
    assert "два.pdf" in answer.content.decode()


def test_upload_without_script_puts_problems_on_top_and_says_what_comes_next(sign_in, staff):
    kind = make.kind({"user": make.person(Role.APPROVER, name="Ольга Решала")})

    answer = sign_in(staff).post(
        "/documents/upload/",
        {"file": [upload_of(), upload_of(b"", "пустой.pdf")], "type": kind.slug},
    )

    assert answer.status_code == 422
    assert [(shown.name, shown.ok) for shown in answer.context["results"]] == [
        ("пустой.pdf", False),
        ("договор.pdf", True),
    ]
    processing.drain()
    outcome = sign_in(staff).get(f"/documents/{Document.objects.get().pk}/outcome/").content.decode()
    assert "Ольга Решала" in outcome


def test_upload_names_the_missing_field(sign_in, staff):
    kind = make.kind(required=[RequiredField.NUMBER])

    answer = sign_in(staff).post("/documents/upload/", {"file": upload_of(), "type": kind.slug}, headers=HTMX)

    assert answer.status_code == 422
    assert not Document.objects.exists()


def test_duplicate_leads_to_the_first_one(sign_in, staff):
    kind, browser = make.kind(), sign_in(staff)
    browser.post("/documents/upload/", {"file": upload_of(), "type": kind.slug, "title": "Первый"}, headers=HTMX)

    answer = browser.post("/documents/upload/", {"file": upload_of(), "type": kind.slug}, headers=HTMX)

    assert answer.status_code == 409
    assert f"/documents/{Document.objects.get().pk}/" in answer.content.decode()


@pytest.mark.parametrize(("state", "offered"), [("declined", True), ("rework", True), ("ready", False)])
def test_duplicate_may_become_a_new_version_where_one_is_awaited(state, offered, sign_in, staff):
    data = files.pdf("одни и те же байты")
    first = make.in_state(state, data=data, by=staff)
    browser, sent = sign_in(staff), {"type": first.type.slug, "client": first.client.email}

    refused = browser.post("/documents/upload/", {"file": upload_of(data), **sent}, headers=HTMX)

    assert refused.status_code == 409
    assert (f'data-version-of="{first.pk}"' in refused.content.decode()) is offered
    answer = browser.post("/documents/upload/", {"file": upload_of(data), "version_of": first.pk, **sent}, headers=HTMX)
    first.refresh_from_db()
    assert (answer.status_code, first.version) == ((201, 2) if offered else (409, 1))
    assert Document.objects.count() == 1


def test_outcome_says_why_a_file_was_not_accepted(sign_in, staff):
    document = make.in_state("rejected")
    staff.language = "ru"
    staff.save(update_fields=["language"])

    answer = sign_in(staff).get(f"/documents/{document.pk}/outcome/")

    assert "закрыт паролем" in answer.content.decode()


def test_recall_on_the_page(sign_in, staff):
    document = make.processed()
    browser = sign_in(staff)

    wordless = browser.post(f"/documents/{document.pk}/recall/", {"comment": ""})
    done = browser.post(f"/documents/{document.pk}/recall/", {"comment": "Ошибка в сумме"})

    assert (wordless.status_code, done.status_code) == (422, 302)
    assert Document.objects.get().state == State.RECALLED


def test_late_act_answers_with_the_page_and_what_was_typed(sign_in, staff):
    document = make.processed()
    lifecycle.recall(document, by=staff, comment="Раньше")

    answer = sign_in(staff).post(f"/documents/{document.pk}/recall/", {"comment": "Мой длинный комментарий"})

    assert answer.status_code == 409
    assert "Мой длинный комментарий" in answer.content.decode()


def test_new_version_on_the_page(sign_in, staff):
    document = make.in_state("rejected")

    answer = sign_in(staff).post(f"/documents/{document.pk}/new-version/", {"file": upload_of(name="v2.pdf")})

    assert answer.status_code == 302
    assert DocumentVersion.objects.get(n=2).original_name == "v2.pdf"


def test_act_that_does_not_exist(sign_in, staff):
    document = make.uploaded()

    assert sign_in(staff).post(f"/documents/{document.pk}/destroy/").status_code == 404


def test_comment_is_for_colleagues(sign_in, staff):
    document = make.processed()

    sign_in(staff).post(f"/documents/{document.pk}/comment/", {"text": "Проверьте сумму"})

    assert Comment.objects.get().text == "Проверьте сумму"
    assert document.client is not None
    page = sign_in(document.client).get(f"/portal/documents/{document.pk}/").content.decode()
    assert "Проверьте сумму" not in page


def test_file_and_pictures_for_staff(sign_in, staff):
    document = make.processed()
    browser = sign_in(staff)

    file = browser.get(f"/documents/{document.pk}/versions/1/file")
    page = browser.get(f"/documents/{document.pk}/versions/1/pages/1.webp")

    assert file.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Type"] == "image/webp"
    assert browser.get(f"/documents/{document.pk}/versions/1/pages/9.webp").status_code == 404
    assert browser.get(f"/documents/{document.pk}/versions/9/file").status_code == 404
    assert b"".join(file.streaming_content).startswith(b"%PDF")


def test_old_version_stays_readable(sign_in, staff):
    document = make.in_state("rejected")
    browser = sign_in(staff)
    browser.post(f"/documents/{document.pk}/new-version/", {"file": upload_of()})

    assert browser.get(f"/documents/{document.pk}/versions/1/").status_code == 200
    assert browser.get(f"/documents/{document.pk}/versions/2/").status_code == 302


def test_task_page_and_approval(sign_in):
    approver = make.person(Role.APPROVER, is_seeded=True)
    document = make.in_state("approval")
    task = routing.current_task(document)
    assert task is not None
    browser = sign_in(approver)

    assert document.title in browser.get("/tasks/").content.decode()
    assert browser.get(f"/tasks/{task.pk}/").status_code == 200
    assert browser.post(f"/tasks/{task.pk}/approve/", {"comment": ""}).status_code == 302
    assert Document.objects.get().state == State.READY
    assert browser.get(f"/tasks/{task.pk}/").status_code == 200


def test_only_the_most_urgent_tasks_are_shown(sign_in, django_assert_max_num_queries):
    approver = make.person(Role.APPROVER, is_seeded=True)
    document = make.in_state("approval")
    many = [Task(document=document, version=1, position=n, kind="approve", user=approver) for n in range(10, 10 + 100)]
    Task.objects.bulk_create(many)
    due = Task.objects.create(
        document=document, version=1, position=200, kind="approve", user=approver, due_at=clock.now()
    )
    browser = sign_in(approver)

    with django_assert_max_num_queries(20):
        page = browser.get("/tasks/").content.decode()

    shown = re.findall(r"/tasks/([0-9a-f-]{36})/", page)
    assert shown[0] == str(due.pk)
    assert len(shown) == queries.TASKS_CAP
    assert page.count(">100+<") == 2  # beside the heading and in the navigation
    assert "1 / 100+" in re.sub(r"\s*(?:of|из)\s*", " / ", browser.get(f"/tasks/{due.pk}/").content.decode())


def test_return_without_words_keeps_the_page(sign_in):
    approver = make.person(Role.APPROVER, is_seeded=True)
    task = routing.current_task(make.in_state("approval"))
    assert task is not None

    answer = sign_in(approver).post(f"/tasks/{task.pk}/return/", {"comment": ""})

    assert answer.status_code == 422


def test_decision_that_came_too_late_keeps_the_words(sign_in):
    approver = make.person(Role.APPROVER, is_seeded=True)
    document = make.in_state("approval")
    task = routing.current_task(document)
    assert task is not None
    lifecycle.send_back(document, by=make.person(Role.APPROVER), comment="Поправьте")

    answer = sign_in(approver).post(f"/tasks/{task.pk}/approve/", {"comment": "Всё верно, подписываю"})

    assert answer.status_code == 409
    assert "Всё верно, подписываю" in answer.content.decode()


def test_portal_shows_only_what_the_client_may_know(sign_in):
    client = make.person(Role.CLIENT)
    ready = make.processed(client=client, title="Готовый договор")
    make.in_state("rejected", client=client, title="Плохой файл")
    make.in_state("approval", client=client, title="На согласовании")
    make.processed(title="Чужой договор")

    page = sign_in(client).get("/portal/").content.decode()

    assert "Готовый договор" in page
    assert "На согласовании" in page
    assert "Плохой файл" not in page
    assert "Чужой договор" not in page
    assert f"/portal/documents/{ready.pk}/" in page


def test_document_in_preparation_shows_no_content_to_its_client(sign_in):
    document = make.in_state("approval")
    assert document.client is not None
    browser = sign_in(document.client)

    assert browser.get(f"/portal/documents/{document.pk}/").status_code == 200
    assert browser.get(f"/portal/documents/{document.pk}/pages/1.webp").status_code == 404
    assert browser.get(f"/portal/documents/{document.pk}/file").status_code == 404


def test_document_in_preparation_offers_nothing_that_cannot_be_had(sign_in):
    document = make.in_state("approval")

    page = sign_in(document.client).get(f"/portal/documents/{document.pk}/")

    assert 'value="file"' not in page.content.decode()
    assert "still being prepared" in page.context["note"] or "ещё готовится" in page.context["note"]
    assert [node.state for node in page.context["path"]] == ["current", "done"]


def test_receipt_in_the_portal_is_a_page_of_the_portal(sign_in):
    document = make.in_state("acknowledged")

    page = sign_in(document.client).get(f"/portal/documents/{document.pk}/done/").content.decode()

    assert 'action="/sign-out/"' in page


def test_client_confirms_in_the_portal(sign_in):
    document = make.processed()
    assert document.client is not None
    browser = sign_in(document.client)

    assert browser.post(f"/portal/documents/{document.pk}/ack/").status_code == 303
    assert browser.get(f"/portal/documents/{document.pk}/done/").status_code == 200
    assert AuditEntry.objects.get(action="document.acknowledged").data["how"] == "session"


def test_client_takes_the_file_and_it_is_recorded(sign_in):
    document = make.processed()
    assert document.client is not None
    browser = sign_in(document.client)

    asked = browser.post(f"/portal/documents/{document.pk}/file/")

    assert b"".join(browser.get(asked.headers["Location"]).streaming_content).startswith(b"%PDF")
    assert AuditEntry.objects.filter(action="document.downloaded").count() == 1


def test_other_client_sees_nothing(sign_in):
    document = make.processed()
    browser = sign_in(make.person(Role.CLIENT))

    for path in ("", "file", "done/", "pages/1.webp"):
        assert browser.get(f"/portal/documents/{document.pk}/{path}").status_code == 404
    assert browser.post(f"/portal/documents/{document.pk}/ack/").status_code == 404


def test_changed_details_are_found_by_search(staff):
    from documents import queries

    document = make.uploaded(title="Старое имя")
    editing.change(document, by=staff, values={"title": "Новое имя", "number": "77-Б"})
    processing.drain()

    assert queries.page(staff, queries.Filter(q="новым 77")).rows == [document]
    assert not queries.page(staff, queries.Filter(q="старое")).rows
