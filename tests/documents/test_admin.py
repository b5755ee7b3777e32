"""Types and their routes as an administrator sets them; documents are only looked at there."""

import pytest

from accounts.models import AuditEntry, Role
from documents import defaults
from documents.models import DocumentType
from tests.factories import accounts
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

ADD = "/admin/documents/documenttype/add/"
TYPE = {
    "name_ru": "Договор",
    "name_en": "Contract",
    "gender": "m",
    "slug": "contract",
    "active": "on",
    "formats": ["pdf"],
    "max_size_mb": "20",
    "required": ["number"],
    "link_access": "download",
    "link_days": "7",
    "confirm": "code",
    "client_sees": "ready",
}


def steps(*rows: dict[str, str]) -> dict[str, str]:
    management = {"steps-TOTAL_FORMS": str(len(rows)), "steps-INITIAL_FORMS": "0"}
    empty = {"kind": "approval", "user": "", "group": "", "role": "", "hours": ""}
    cells = {f"steps-{n}-order": str(n + 1) for n in range(len(rows))}
    for n, row in enumerate(rows):
        cells |= {f"steps-{n}-{name}": value for name, value in (empty | row).items()}
    return management | cells


@pytest.fixture
def browser():
    return accounts.browser(accounts.administrator())


def test_a_type_with_its_route_is_made_and_recorded(browser):
    approver = make.person(Role.APPROVER)

    answer = browser.post(
        ADD, TYPE | steps({"user": str(approver.pk), "hours": "8"}, {"kind": "review", "role": "staff"})
    )

    assert answer.status_code == 302
    made = DocumentType.objects.get(slug="contract")
    assert (made.formats, made.required, made.needs_code, made.max_size_mb) == (["pdf"], ["number"], True, 20)
    assert [(step.kind, step.user, step.role) for step in made.steps.all()] == [
        ("approval", approver, ""),
        ("review", None, "staff"),
    ]
    assert AuditEntry.objects.filter(action="type.changed", subject_id=made.pk).count() == 1
    assert approver.name in browser.get("/admin/documents/documenttype/").content.decode()


@pytest.mark.parametrize(
    "row", [{"hours": "8"}, {"role": "staff", "kind": "signing"}, {"role": "king"}, {"role": "staff", "hours": "0"}]
)
def test_a_step_that_cannot_be_walked_is_refused(browser, row):
    answer = browser.post(ADD, TYPE | steps(row))

    assert answer.status_code == 200
    assert not DocumentType.objects.exists()
    assert "Договор" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"formats": []},
        {"formats": ["exe"]},
        {"max_size_mb": "0"},
        {"link_days": "400"},
        {"slug": "не латиница"},
        {"required": ["passport"]},
    ],
)
def test_absurd_settings_are_refused(browser, wrong):
    answer = browser.post(ADD, TYPE | steps() | wrong)

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not DocumentType.objects.exists()


def test_a_type_is_changed_in_place_and_never_deleted(browser):
    kind = make.kind(slug="contract")
    url = f"/admin/documents/documenttype/{kind.pk}"

    browser.post(f"{url}/change/", TYPE | steps() | {"link_days": "30"})

    kind.refresh_from_db()
    assert (kind.link_days, kind.name_ru) == (30, "Договор")
    assert browser.post(f"{url}/delete/").status_code == 403


def test_documents_are_looked_at_and_lead_to_their_page(browser):
    document = make.uploaded(number="418")
    url = f"/admin/documents/document/{document.pk}"

    page = browser.get(f"{url}/change/")

    assert f"/documents/{document.pk}/" in page.content.decode()
    assert browser.post(f"{url}/change/", {"title": "Другое"}).status_code == 403
    assert browser.post(f"{url}/delete/").status_code == 403
    assert browser.get("/admin/documents/document/add/").status_code == 403
    assert document.title in browser.get("/admin/documents/document/?q=418").content.decode()


def test_a_fresh_database_gets_one_type_and_a_used_one_none():
    defaults.ensure()
    defaults.ensure()

    first = DocumentType.objects.get()
    assert (first.slug, first.steps.count(), first.needs_code) == ("document", 0, False)
    assert "pdf" in first.formats
    first.slug = "own"
    first.save()
    defaults.ensure()
    assert DocumentType.objects.count() == 1
