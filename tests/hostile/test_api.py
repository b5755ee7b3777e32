"""The API under absurd requests: a problem in the asker's language each time, never a 500."""

import json
import uuid

import pytest
from django.test import Client

from accounts import keys
from accounts.audit import SYSTEM
from accounts.models import Role
from documents.models import Document
from tests.factories import documents as make
from tests.hostile.asking import DOCUMENTS, act, key_of, refused, upload

pytestmark = pytest.mark.django_db

ABSURD = [
    "\0",
    "a\0b",
    "\ufffd",
    "9" * 5000,
    "-9223372036854775809",
    "1e999",
    "NaN",
    "{{7*7}}",
    "' OR 1=1 --",
    "x" * 100_000,
]
NOBODY = "01990000-0000-7000-8000-000000000000"  # well formed, and nobody's


@pytest.mark.parametrize(
    "query",
    [
        "state=bogus",
        "state=ready&state=bogus",
        "state=%00",
        "after=not-an-id",
        "after=00000000",
        "after=%00",
        "limit=0",
        "limit=101",
        "limit=1e400",
        "limit=" + "9" * 5000,
        "limit=-9223372036854775809",
        "type=%27%20OR%201",
        "q=%00",
        "q=" + "a" * 201,
    ],
)
def test_item_39_a_filter_out_of_its_bounds_is_named(key, query):
    problem = refused(Client().get(f"{DOCUMENTS}?{query}", headers=key), 422)

    assert problem["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize(
    "query",
    ["_connector=OR", "state__in=ready", "order_by=author__password", "after=" + str(uuid.UUID(int=2**128 - 1))],
)
def test_what_is_not_a_filter_changes_nothing(key, query):
    answer = Client().get(f"{DOCUMENTS}?{query}", headers=key)

    assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    "q",
    ["' OR 1=1 --", "a & | !b:* <->", "\u202e", "()", "\\", "%", "ё" * 200, "\U0001f600", ":*", '"', "!!!", "\ud800"],
)
def test_a_strange_search_finds_nothing(key, q):
    assert Client().get(DOCUMENTS, {"q": q.encode("utf-8", "surrogatepass")}, headers=key).json()["results"] == []


FIELDS = ("type", "title", "client", "number", "priority", "purpose", "due")


@pytest.mark.parametrize("field", FIELDS)
def test_item_39_absurd_fields_are_refused_or_taken_as_text(key, field):
    for value in ABSURD:
        answer = upload(key, **{"type": make.kind().slug, "title": "A", field: value})

        if answer.status_code != 201:
            problem = refused(answer, 422)
            assert field in {error["field"] for error in problem["errors"]}
        assert Document.objects.all().delete()[0] == 0 or answer.status_code == 201


@pytest.mark.parametrize(
    "due",
    [
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "2026-02-30",
        "2026-11-21T25:00",
        "10000-01-01",
        "2026-11-21T10:00+99:99",
        "١٢٣٤-٠١-٠١",
    ],
)
def test_item_39_absurd_dates_are_named(key, due):
    problem = refused(upload(key, type=make.kind().slug, due=due), 422)

    assert problem["errors"][0]["field"] == "due"


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"comment": {"$ne": null}}',
    b'{"comment": ["a"]}',
    b'{"comment": "\\u0000"}',
    b'{"comment": "\\ud800"}',
    b'{"comment": null}',
    b'{"version": 9223372036854775808}',
    b'{"version": -1}',
    b'{"version": NaN}',
    b'{"version": 1e400}',
    b'{"version": ' + b"9" * 5000 + b"}",
    b'{"version": "' + b"9" * 5000 + b'"}',
    b'{"comment": "' + b"a" * 100_000 + b'"}',
    b"\xef\xbb\xbf{}",
    '{"comment": "x"}'.encode("utf-16"),
    b"\xff\xfe\xfd",
    json.dumps(list(range(100_000))).encode(),
]


@pytest.mark.parametrize("move", ["recall", "return"])
def test_absurd_json_is_refused(key, staff, move):
    document = make.uploaded(by=staff)

    for body in BODIES:
        refused(act(key, f"{DOCUMENTS}/{document.pk}/{move}", body), 400, 403, 409, 422)
    document.refresh_from_db()
    assert document.state == "uploaded"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-99",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 5000,
        "ap\u00fc/x",
    ],
)
def test_other_media_types_are_415_or_unreadable(key, staff, kind):
    document = make.uploaded(by=staff)

    refused(act(key, f"{DOCUMENTS}/{document.pk}/return", b'{"comment":"x"}', kind), 400, 403, 409, 415)
    refused(act(key, DOCUMENTS, b'{"title":"x"}', kind), 400, 415, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF',
        b"garbage",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--',
    ],
)
def test_a_broken_form_is_refused_and_leaves_no_file(key, settings, body):
    before = sorted(settings.FILES_DIR.rglob("*"))
    refused(act(key, DOCUMENTS, body, "multipart/form-data; boundary=x"), 400, 422)
    assert [path for path in sorted(settings.FILES_DIR.rglob("*")) if path.is_file()] == [
        p for p in before if p.is_file()
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PROPFIND", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/file", "/{id}/deliveries"])
def test_item_36_methods_that_are_not_offered_are_405(key, staff, method, path):
    document = make.uploaded(by=staff)
    if (method, path) == ("POST", ""):
        return
    answer = Client().generic(method, f"{DOCUMENTS}{path}".replace("{id}", str(document.pk)), headers=key)

    if method == "OPTIONS":
        assert answer.status_code in (200, 405)
    else:
        refused(answer, 405)
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/documents/",
        "/api/v1/documents/../../etc",
        f"/api/v1/documents/{NOBODY}",
        "/api/v1/documents/%00",
        "/api/v1/documents/x/approve",
        f"/api/v1/documents/{NOBODY}/deliveries",
        "/api/v2/documents",
    ],
)
@pytest.mark.parametrize(("language", "word"), [("ru", "нет"), ("en", "no such")])
def test_what_is_not_there_says_so_in_json(key, path, language, word):
    problem = refused(Client().get(path, headers=key | {"Accept-Language": language}), 404)

    assert word in problem["detail"].lower()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer df__",
        "Bearer df_00000000_x",
        "Basic YTpi",
        "Bearer df_\u00fc_\u00fc",
        "Bearer " + "x" * 100_000,
        "Bearer df_%00_a",
    ],
)
def test_no_key_or_a_wrong_one_is_401(value):
    for path in (DOCUMENTS, "/api/schema", f"{DOCUMENTS}/{uuid.uuid4()}/deliveries"):
        answer = Client().get(path, headers={"Authorization": value} if value else {})

        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_item_41_a_cookie_is_no_key(staff):
    browser = Client()
    browser.force_login(staff, backend="accounts.backends.EmailBackend")

    refused(browser.get(DOCUMENTS), 401)
    refused(browser.post(DOCUMENTS, {"title": "x"}), 401)


def test_item_41_a_key_opens_no_page(key, staff):
    for path in ("/documents/", "/tasks/", "/me/", "/admin/"):
        assert Client().get(path, headers=key).status_code in (302, 403, 404)


def test_a_revoked_key_and_the_key_of_someone_gone_are_401(staff):
    row, text = keys.make(staff, "k", ["documents:read"], by=SYSTEM)
    headers = {"Authorization": f"Bearer {text}"}
    assert Client().get(DOCUMENTS, headers=headers).status_code == 200
    staff.is_active = False
    staff.save()
    refused(Client().get(DOCUMENTS, headers=headers), 401)
    staff.is_active = True
    staff.save()
    keys.revoke(row, by=SYSTEM)
    refused(Client().get(DOCUMENTS, headers=headers), 401)


def test_a_scheme_is_read_in_any_case(staff):
    _row, text = keys.make(staff, "k", ["documents:read"], by=SYSTEM)
    assert Client().get(DOCUMENTS, headers={"Authorization": f"bearer {text}"}).status_code == 200


def test_item_42_a_narrow_key_stays_narrow(staff):
    document = make.uploaded(by=staff)
    narrow = key_of(staff, "documents:read")
    for path in (
        "",
        f"/{document.pk}/recall",
        f"/{document.pk}/archive",
        f"/{document.pk}/approve",
        f"/{document.pk}/versions",
    ):
        refused(act(narrow, DOCUMENTS + path), 403)
    refused(Client().get(f"{DOCUMENTS}/{document.pk}/deliveries", headers=narrow), 403)
    refused(Client().get("/api/schema", headers=narrow), 403)


def test_the_key_of_a_client_sees_own_documents_only():
    mine, other = make.in_state("ready"), make.in_state("ready")
    key = key_of(mine.client)

    assert [row["id"] for row in Client().get(DOCUMENTS, headers=key).json()["results"]] == [str(mine.pk)]
    for path in ("", "/file", "/deliveries"):
        refused(Client().get(f"{DOCUMENTS}/{other.pk}{path}", headers=key), 404)
    for move in ("approve", "return", "recall", "retry", "archive", "versions"):
        refused(act(key, f"{DOCUMENTS}/{other.pk}/{move}"), 404, 415, 422)
        refused(act(key, f"{DOCUMENTS}/{mine.pk}/{move}", b'{"comment": "x"}'), 403, 409, 415, 422)


def test_item_26_four_eyes_hold_for_keys_too():
    author = make.person(Role.STAFF, Role.APPROVER)
    document = make.in_state("approval", by=author)

    refused(act(key_of(author), f"{DOCUMENTS}/{document.pk}/approve"), 403, 409)
    document.refresh_from_db()
    assert document.state == "approval"


def test_a_title_reads_as_it_is_written(key):
    turned = "Договор \u202efdp.exe\u2066"

    made = upload(key, type=make.kind().slug, title=turned, number="\u200f1").json()
    where = f"{DOCUMENTS}/{made['id']}"
    body = json.dumps({"purpose": turned})
    changed = Client().generic("PATCH", where, body, content_type="application/json", headers=key).json()
    empty = Client().generic("PATCH", where, '{"title": "\\u202e"}', content_type="application/json", headers=key)

    assert (made["title"], made["number"]) == ("Договор fdp.exe", "1")
    assert changed["purpose"] == "Договор fdp.exe"
    assert refused(empty, 422)["errors"][0]["field"] == "title"


def test_of_a_name_given_twice_the_last_one_counts(key, staff):
    document = make.uploaded(by=staff)
    where = f"{DOCUMENTS}/{document.pk}"

    body = '{"title": "one", "title": "two"}'
    changed = Client().generic("PATCH", where, body, content_type="application/json", headers=key)
    made = upload(key, type=["x", make.kind().slug], title=["one", "two"])

    assert (changed.json()["title"], made.json()["title"]) == ("two", "two")


def test_item_22_absurd_changes_leave_the_details_as_they_were(key, staff):
    document = make.uploaded(by=staff)
    where = f"{DOCUMENTS}/{document.pk}"
    given = ["\0", "\ud800", "x" * 100_000, {"a": 1}, ["a"], "0001-01-01", 10**400, {"$ne": None}]
    for field in ("title", "number", "priority", "purpose", "due"):
        for value in given:
            body = json.dumps({field: value})
            answer = Client().generic("PATCH", where, body, content_type="application/json", headers=key)
            if answer.status_code != 200:
                refused(answer, 400, 422)
    for raw in BODIES:
        answer = Client().generic("PATCH", where, raw, content_type="application/json", headers=key)
        assert answer.status_code < 500, raw[:50]
    named = {"state": "ready", "client": "x", "author": "x", "version": 9}
    Client().generic("PATCH", where, json.dumps(named), content_type="application/json", headers=key)
    document.refresh_from_db()
    assert (document.state, document.version, document.author) == ("uploaded", 1, staff)
