"""Every page that takes a form, under forms that no browser sends; and the ids of others."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from accounts.sessions import PROVEN
from docflow.common import clock
from documents import links
from documents.models import Comment, Document, Link, Task
from notifications.models import Trigger
from tests.architecture import test_access_matrix
from tests.factories import accounts
from tests.factories import documents as make
from tests.factories import notifications as told

pytestmark = pytest.mark.django_db

SCRIPT = "\"><script>alert(1)</script>'{{7*7}}"
FIELDS = """
    email name password new_password address kind label code code_id comment text title number type client due
    version act priority purpose roles language time_zone theme next reason state action recipients channels
    delay named body html subject buttons on enabled values document from_address host port delivery token q
    page ids organisation organisation_name phone
""".split()  # noqa: SIM905 - a list of words
BODIES: dict[str, dict[str, Any]] = {
    "empty": {},
    "script": dict.fromkeys(FIELDS, SCRIPT),
    "nul": dict.fromkeys(FIELDS, "a\0b"),
    "long": dict.fromkeys(FIELDS, "я" * 20_000),
    "many": {name: ["1", "9" * 400, "a@b.ru\r\nBcc: x@y.z"] for name in FIELDS},
}
UNSAFE = {"accounts:sign_out", "set_language", "set_theme", "accounts:password"}


def everyone() -> User:
    """All roles inside at once: nothing is refused before the form is read."""
    return make.person(Role.STAFF, Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR, is_seeded=True)


def browser(user: User, **more: Any) -> Client:
    made = Client(**more)
    made.force_login(user, backend="accounts.backends.EmailBackend")
    session = made.session
    session[PROVEN] = int(clock.now().timestamp())  # asking for a fresh proof has its own tests
    session.save()
    return made


def ground() -> dict[str, str]:
    """A row behind each kind of id that addresses name."""
    document = make.in_state("approval")
    mail = document.client.contacts.first() or accounts.contact(document.client, "email", document.client.email)
    links.for_pairs([(mail.pk, document.pk)])
    told.register()
    return {
        "document_id": str(document.pk),
        "task_id": str(Task.objects.get().pk),
        "link_id": str(Link.objects.get().pk),
        "client_id": str(document.client.pk),
        "contact_id": str(mail.pk),
        "delivery_id": str(told.delivery(mail).pk),
        "trigger_id": str((Trigger.objects.first() or told.trigger()).pk),
    }


def addresses(monkeypatch: pytest.MonkeyPatch, there: dict[str, str]) -> list[test_access_matrix.Route]:
    monkeypatch.setattr(test_access_matrix, "NAMED", {**test_access_matrix.NAMED, **there})
    rows = test_access_matrix.rows()
    return [
        test_access_matrix._of_a_row(one, rows) for one in test_access_matrix.page_routes() if one.name not in UNSAFE
    ]


@pytest.mark.parametrize("body", list(BODIES))
def test_no_form_breaks_a_page(monkeypatch, body):
    user, faults = everyone(), []
    inside = browser(user)
    inside.raise_request_exception = False
    for route in addresses(monkeypatch, ground()):
        answer = inside.post(route.path, BODIES[body])
        if answer.status_code >= 500:
            faults.append((route.name, answer.status_code))
        if not answer.streaming and b"<script>alert(1)" in answer.content:
            faults.append((route.name, "script"))
        if answer.status_code in (301, 302, 303):
            assert answer.headers["Location"].startswith("/"), route.name
        if not User.objects.filter(pk=user.pk, is_active=True, roles__contains=["administrator"]).exists():
            faults.append((route.name, "took the rights of the asker"))
            user.save()
        if "_auth_user_id" not in inside.session:
            inside = browser(user)

    assert faults == []


def test_item_59_a_strange_way_back_leads_home():
    inside = browser(everyone())
    for name in ("language", "theme"):
        for wanted in (
            "9" * 400,
            "admin:index",
            "//evil.example",
            "https://evil.example",
            "\\\\evil",
            "javascript:x",
            "/\r\nSet-Cookie: a=b",
        ):
            answer = inside.post(f"/{name}/", {name: "ru", "next": wanted})
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/")
            assert not answer.headers["Location"].startswith(("//", "/\\"))


def test_item_41_every_form_wants_its_token(monkeypatch):
    inside = browser(everyone(), enforce_csrf_checks=True)
    open_doors = []
    for route in addresses(monkeypatch, ground()):
        answer = inside.post(route.path, BODIES["script"])
        if answer.status_code != 403 and "Location" not in answer.headers:
            open_doors.append((route.name, answer.status_code))

    # Where there is no form, there is nothing to protect: the method itself is refused first.
    assert [one for one in open_doors if one[1] not in (404, 405)] == []


def test_item_23_the_ids_of_another_client_are_nothing():
    mine, other = make.in_state("delivered"), make.in_state("delivered")
    mail = other.client.contacts.first() or accounts.contact(other.client, "email", other.client.email)
    links.for_pairs([(mail.pk, other.pk)])
    delivery = told.delivery(mail)
    me = browser(mine.client)
    link = Link.objects.get()
    before = Document.objects.get(pk=other.pk).state

    assert me.get(f"/portal/documents/{mine.pk}/").status_code == 200
    for where in ("", "file", "done/", "pages/1.webp", "thumbs/1.webp"):
        assert me.get(f"/portal/documents/{other.pk}/{where}").status_code == 404, where
    for name in ("ack", "decline", "ask", "code", "seen", "file", "not-me", "x"):
        assert me.post(f"/portal/documents/{other.pk}/{name}/", {"comment": "x", "text": "x"}).status_code == 404, name
    for where in (
        "",
        "versions/1/",
        "versions/1/file",
        "versions/1/pages/1.webp",
        "versions/1/thumbs/1.webp",
        "outcome/",
    ):
        assert me.get(f"/documents/{other.pk}/{where}").status_code in (403, 404), where
        assert me.get(f"/documents/{mine.pk}/{where}").status_code in (403, 404), where
    for where in ("", "file", "code", "ask", "not-me", "done", "pages/1.webp"):
        assert me.get(f"/l/{link.pk}/{where}").status_code == 404, where
    for where in ("ack", "decline", "seen", "prove", "code", "renew", "not-me", "ask"):
        assert me.post(f"/l/{link.pk}/{where}", {"text": "x"}).status_code == 404, where
    assert me.post(f"/deliveries/{delivery.pk}/resend/").status_code in (403, 404)
    assert me.get(f"/clients/{other.client.pk}/").status_code in (403, 404)
    for where in ("", "code/", "remove/"):
        assert me.post(f"/me/contacts/{mail.pk}/{where}", {"code": "1"}).status_code in (404, 405), where
    assert Document.objects.get(pk=other.pk).state == before


def test_item_26_four_eyes_hold_on_the_page():
    author = make.person(Role.STAFF, Role.APPROVER, is_seeded=True)
    document = make.in_state("approval", by=author)
    task = Task.objects.get(document=document)

    for where in (
        f"/tasks/{task.pk}/approve/",
        f"/tasks/{task.pk}/return/",
        f"/documents/{document.pk}/approve/",
        f"/documents/{document.pk}/confirm/",
    ):
        assert browser(author).post(where, {"comment": "x", "version": "1"}).status_code in (403, 404, 409)
    document.refresh_from_db()
    assert document.state == "approval"


def test_words_with_a_zero_byte_are_kept_without_it():
    boss, words = everyone(), {"comment": "до\0говор", "text": "до\0говор"}
    asked, ready = make.in_state("approval"), make.in_state("delivered")
    inside, client = browser(boss), browser(ready.client)

    assert inside.post(f"/documents/{asked.pk}/comment/", words).status_code < 400
    assert inside.post(f"/tasks/{Task.objects.get().pk}/return/", words).status_code == 302
    assert inside.post(f"/documents/{asked.pk}/recall/", words).status_code < 400
    assert client.post(f"/portal/documents/{ready.pk}/ask/", words).status_code < 400
    assert client.post(f"/portal/documents/{ready.pk}/decline/", words).status_code < 400
    assert {one.state for one in Document.objects.all()} == {"recalled", "declined"}
    assert set(Comment.objects.values_list("text", flat=True)) == {"до говор"}
