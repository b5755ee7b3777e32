"""Acts on the document page and by program: done with their words, refused with what was typed, versions kept."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from documents import intake, lifecycle, processing
from documents.models import Document
from documents.states import State
from tests import files
from tests.factories import accounts
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

FROM = {
    "start": ("uploaded", "checking"),
    "retry": ("failed", "processing"),
    "resubmit": ("rework", "approval"),
    "recall": ("approval", "recalled"),
    "archive": ("acknowledged", "archived"),
    "restore": ("archived", "ready"),
    "new-version": ("declined", "checking"),
}
SAYS_WHY = {"resubmit", "recall", "new-version"}
API = {"retry": "documents:write", "recall": "documents:write", "archive": "documents:write"}


def typed(move: str) -> dict[str, object]:
    words = {"comment": "Потому что исправили"}
    return words | {"file": SimpleUploadedFile("v2.pdf", files.pdf("вторая"))} if move == "new-version" else words


@pytest.mark.parametrize("move", sorted(FROM))
def test_act_on_the_page(move, sign_in, staff):
    before, after = FROM[move]
    document, browser = make.in_state(before), sign_in(staff)
    url = f"/documents/{document.pk}/{move}/"
    assert url in browser.get(f"/documents/{document.pk}/").content.decode()

    answer = browser.post(url, typed(move), follow=True)

    assert (answer.status_code, Document.objects.get().state) == (200, after)
    assert ("Потому что исправили" in answer.content.decode()) == (move in SAYS_WHY)


@pytest.mark.parametrize("move", sorted(FROM))
def test_who_comes_too_late_keeps_his_words(move, sign_in, staff):
    document = make.in_state(FROM[move][0])
    browser = sign_in(staff)
    if move == "restore":
        lifecycle.restore(document, by=staff)
    else:
        lifecycle.archive(lifecycle.recall(document, by=staff, comment="Раньше"), by=staff)
    state = Document.objects.get().state

    answer = browser.post(f"/documents/{document.pk}/{move}/", typed(move))

    assert answer.status_code == 409
    assert "Потому что исправили" in answer.content.decode()
    assert Document.objects.get().state == state


@pytest.mark.parametrize("move", sorted(API))
def test_act_by_program_and_too_late(move, staff):
    document = make.in_state(FROM[move][0])
    browser, key = accounts.browser(staff), accounts.bearer(staff, API[move])

    def act() -> tuple[int, str]:
        answer = browser.post(
            f"/api/v1/documents/{document.pk}/{move}", {"comment": "Ошибка"}, "application/json", headers=key
        )
        return answer.status_code, answer.json().get("state") or answer.json()["code"]

    assert act() == (200, FROM[move][1])
    assert act() == (409, "changed_meanwhile")


def test_every_version_keeps_its_pictures_file_and_text(sign_in, staff):
    document = make.processed(data=files.pdf("Первая редакция"), name="первая.pdf")
    lifecycle.recall(document, by=staff, comment="Другая редакция")
    intake.new_version(document, make.file(files.pdf("Вторая", pages=2), name="вторая.pdf"), by=staff)
    processing.drain()
    browser, url = sign_in(staff), f"/documents/{document.pk}/versions"

    old = browser.get(f"{url}/1/")

    page = old.content.decode()
    assert old.status_code == 200
    assert "первая.pdf" in page
    assert f"{url}/1/pages/1.webp" in page
    assert f"{url}/1/file" in page
    assert f"{url}/2/pages" not in page
    assert "/recall/" not in page
    assert "/change/" not in page
    assert browser.get(f"{url}/1/pages/1.webp").headers["Content-Type"] == "image/webp"
    assert b"".join(browser.get(f"{url}/1/file").streaming_content) == files.pdf("Первая редакция")
    assert browser.get(f"{url}/1/pages/2.webp").status_code == 404
    assert browser.get(f"{url}/2/pages/2.webp").status_code == 200
    assert browser.get(f"{url}/3/").status_code == 404
    assert f"{url}/1/" in browser.get(f"/documents/{document.pk}/").content.decode()


def test_stranger_gets_no_version(sign_in, staff):
    document = make.processed()
    browser = sign_in(make.person(Role.APPROVER, is_seeded=True))

    for path in ("", "file", "pages/1.webp", "thumbs/1.webp"):
        assert browser.get(f"/documents/{document.pk}/versions/1/{path}").status_code == 404
    assert Document.objects.get().state == State.READY
