"""The protected link: what opens, what acts, what guessers and scanners get."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEntry, Contact, OneTimeCode, Role
from docflow.common import clock, crypto, ids
from documents import intake, lifecycle, links
from documents.models import Comment, Document, Link, LinkOpening
from documents.states import State
from tests.factories import documents as make

pytestmark = pytest.mark.django_db

SENT: list[dict[str, Any]] = []


def remember(**sent: Any) -> None:
    """Where codes go in these tests."""
    SENT.append(sent)


@pytest.fixture(autouse=True)
def _codes(settings) -> None:
    SENT.clear()
    settings.CODE_SENDER = "tests.documents.test_link.remember"


def contact(user: Any, kind: str = "email", address: str = "") -> Contact:
    address = address or f"{kind}-{user.pk.hex[-8:]}@example.com"
    made = Contact(user=user, kind=kind, lookup=crypto.lookup(address, kind), verified_at=clock.now())
    made.address = address
    made.save()
    return made


def linked(**kind: Any) -> tuple[Link, str]:
    """A ready document, the link to it, and the link's path."""
    document = make.processed(make.kind(**kind))
    mail = contact(document.client)
    url = links.for_pairs([(mail.pk, document.pk)])[mail.pk, document.pk]
    return Link.objects.get(), "/s/" + url.rpartition("/")[2]


class Browser(Client):
    """A browser whose scripts run: it adds the mark of the page it last looked at to whatever it sends."""

    mark = ""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().get(*args, **kwargs)
        if not answer.streaming and (found := re.search(rb'data-tap="([^"]+)"', answer.content)):
            self.mark = found[1].decode()
        return answer

    def post(self, *args: Any, **kwargs: Any) -> Any:
        path, given = (*args, None)[:2]
        return super().post(path, {"tap": self.mark, **(given or {})}, **kwargs)


def opened(path: str) -> tuple[Client, str]:
    """A browser that has opened the link, and where it was sent."""
    browser = Browser()
    browser.get(path)
    answer = browser.post(path, {"act": "seen"})
    assert answer.status_code == 303
    return browser, answer.headers["Location"]


def typed(answer: Any) -> dict[str, str]:
    """The form of the page that asks for a number, filled in as a person does."""
    page = answer.content.decode()
    number = re.search(r'id="number-shown">(\d{4})<', page)
    assert number is not None, page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {name: unescape(value) for name, value in hidden.items()} | {"number": number[1]}


def test_same_link_is_given_again_and_only_its_hash_is_kept():
    link, path = linked()

    again = links.for_pairs([(link.contact_id, link.document_id)])

    assert again[link.contact_id, link.document_id].endswith(path)
    assert link.code_hash == crypto.code_hash(path[3:])
    assert len(path[3:]) == 22


def test_looking_changes_nothing():
    link, path = linked()
    journal = AuditEntry.objects.count()

    for _n in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
        assert Client().get(f"{path}/pages/1.webp").headers["Content-Type"] == "image/webp"

    assert AuditEntry.objects.count() == journal
    assert Link.objects.get().opened == 0
    assert Document.objects.get().state == State.READY


def test_item_45_first_post_opens_and_leads_to_an_address_without_secret():
    link, path = linked()

    _browser, where = opened(path)

    assert where == f"/l/{link.pk}/"
    assert Link.objects.get().opened == 1
    assert AuditEntry.objects.get(action="document.opened").actor_kind == "contact"


def test_one_tap_confirms_once_opened():
    _link, path = linked(confirm="tap")
    browser, where = opened(path)

    answer = browser.post(f"{where}ack", follow=True)

    assert answer.status_code == 200
    assert Document.objects.get().state == State.ACKNOWLEDGED
    assert browser.post(f"{where}ack").status_code == 303
    assert AuditEntry.objects.filter(action="document.acknowledged").count() == 1


def test_robot_that_submits_every_form_confirms_nothing():
    _link, path = linked()

    for act in ("ack", "decline", "not-me", "file", "code"):
        Client().post(path, {"act": act, "comment": "x"})

    assert Document.objects.get().state == State.READY
    assert Link.objects.get().revoked_at is None
    assert SENT == []


def test_address_without_cookie_looks_like_nothing():
    link, path = linked()

    for where in ("", "file", "pages/1.webp", "done", "code"):
        assert Client().get(f"/l/{link.pk}/{where}").status_code == 404
    assert Client().post(f"/l/{link.pk}/ack").status_code == 404


def test_cookie_of_one_link_opens_no_other():
    _link, path = linked()
    browser, _where = opened(path)
    other = make.processed()
    mail = contact(other.client)
    links.for_pairs([(mail.pk, other.pk)])
    second = Link.objects.get(document=other)
    kept = next(value for name, value in browser.cookies.items() if "link-" in name).value

    browser.cookies[f"link-{second.pk.hex[-12:]}"] = kept

    assert browser.get(f"/l/{second.pk}/").status_code == 404


def test_file_goes_on_record_by_post_and_comes_by_get():
    _link, path = linked()
    browser, where = opened(path)

    asked = browser.post(f"{where}file")
    got = browser.get(asked.headers["Location"])

    assert asked.status_code == 303
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Referrer-Policy"] == "no-referrer"
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    assert LinkOpening.objects.filter(kind="downloaded").count() == 1
    assert AuditEntry.objects.filter(action="document.downloaded").count() == 1


def test_view_only_type_keeps_the_file():
    _link, path = linked(link_access="view")
    browser, where = opened(path)

    assert browser.get(f"{where}pages/1.webp").status_code == 200
    assert browser.get(f"{where}file").status_code == 409
    assert not LinkOpening.objects.filter(kind="downloaded").exists()
    assert 'value="file"' not in browser.get(where).content.decode()


def test_type_without_links_makes_none():
    document = make.processed(make.kind(link_access="none"))
    mail = contact(document.client)

    assert links.for_pairs([(mail.pk, document.pk)]) == {}


def code_from(sent: dict[str, Any]) -> str:
    return re.sub(r"\D", "", sent["secret"])


def test_code_goes_by_another_way_and_confirms():
    link, path = linked(confirm="code")
    phone = contact(link.document.client, "phone", "+79125550045")
    browser, where = opened(path)

    asked = browser.post(f"{where}code")
    code_id = asked.headers["Location"].partition("?c=")[2]
    wrong = browser.post(f"{where}ack", {"code": "000000", "code_id": code_id})
    right = browser.post(f"{where}ack", {"code": code_from(SENT[0]), "code_id": code_id})

    assert SENT[0]["contact"] == phone
    assert wrong.status_code == 422
    assert right.status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_without_code_a_code_type_is_not_confirmed():
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550046")
    browser, where = opened(path)

    browser.post(f"{where}ack")

    assert Document.objects.get().state == State.READY
    assert OneTimeCode.objects.count() == 1


def test_where_no_code_was_sent_there_is_nothing_to_type():
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550049")
    browser, where = opened(path)

    answer = browser.get(f"{where}code")

    assert (answer.status_code, answer.headers["Location"]) == (303, where)


def test_no_other_way_is_said():
    _link, path = linked(confirm="code")
    browser, where = opened(path)

    answer = browser.post(f"{where}code")

    assert answer.status_code == 409
    assert SENT == []


def test_code_of_another_link_does_not_fit():
    link, path = linked(confirm="code")
    contact(link.document.client, "phone", "+79125550047")
    browser, where = opened(path)
    foreign = OneTimeCode.objects.create(
        contact=link.contact, purpose="confirm", bound_to="link:other", code_hash="x", expires_at=clock.now()
    )

    assert browser.post(f"{where}ack", {"code": "1", "code_id": str(foreign.pk)}).status_code == 410
    assert Document.objects.get().state == State.READY


def test_signed_in_client_needs_no_code(sign_in):
    link, _path = linked(confirm="code")
    browser = sign_in(link.document.client)

    assert browser.post(f"/l/{link.pk}/ack").status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_item_47_sensitive_document_shows_nothing_before_the_code():
    link, path = linked(sensitive=True)
    contact(link.document.client, "phone", "+79125550048")

    landing = Client().get(path)
    browser, where = opened(path)
    inside = browser.get(where)

    for page in (landing, inside):
        assert page.status_code == 200
        assert link.document.title not in page.content.decode()
    assert Client().get(f"{path}/pages/1.webp").status_code == 404
    assert browser.get(f"{where}pages/1.webp").status_code == 404
    assert browser.get(f"{where}file").status_code == 404
    assert Link.objects.get().opened == 0


def test_sensitive_document_opens_with_the_code():
    link, path = linked(sensitive=True)
    contact(link.document.client, "phone", "+79125550049")
    browser, where = opened(path)
    code_id = browser.post(f"{where}code").headers["Location"].partition("?c=")[2]

    browser.post(f"{where}prove", {"code": code_from(SENT[0]), "code_id": code_id})

    assert link.document.title in browser.get(where).content.decode()
    assert browser.post(f"{where}ack").status_code == 303
    assert Document.objects.get().state == State.ACKNOWLEDGED


def test_question_reaches_the_author():
    link, path = linked()
    browser, where = opened(path)

    answer = browser.post(f"{where}ask", {"text": "Когда будет оригинал?"})
    empty = browser.post(f"{where}ask", {"text": "  "})

    assert answer.status_code == 303
    assert empty.status_code == 422
    assert Comment.objects.get().text == "Когда будет оригинал?"
    assert AuditEntry.objects.get(action="document.asked").participants["author"] == [str(link.document.author_id)]


def test_decline_says_why():
    _link, path = linked()
    browser, where = opened(path)

    assert browser.post(f"{where}decline", {"comment": ""}).status_code == 422
    asked = browser.post(f"{where}decline", {"comment": "Не та сумма"})
    assert Document.objects.get().state == State.READY
    assert browser.post(f"{where}decline", typed(asked)).status_code == 303
    assert AuditEntry.objects.get(action="document.declined").data["comment"] == "Не та сумма"
    assert Document.objects.get().state == State.DECLINED


def test_not_me_closes_the_link_and_tells():
    _link, path = linked()
    browser, where = opened(path)

    asked = browser.post(f"{where}not-me", {"sure": "yes"})
    assert Link.objects.get().revoked_at is None
    assert browser.post(f"{where}not-me", typed(asked)).status_code == 200
    assert Client().get(path).status_code == 410
    assert AuditEntry.objects.filter(action="document.not_mine").count() == 1


@pytest.mark.parametrize("how", ["revoked", "recalled", "replaced"])
def test_item_48_closed_link_closes_every_page_at_once(how, staff):
    link, path = linked()
    browser, where = opened(path)
    if how == "revoked":
        links.revoke(link, by=staff)
    else:
        lifecycle.recall(link.document, by=staff, comment="Ошибка")
    if how == "replaced":
        intake.new_version(Document.objects.get(), make.file(), by=staff)

    for page in (path, f"{path}/pages/1.webp", where, f"{where}file", f"{where}pages/1.webp"):
        answer = browser.get(page)
        assert answer.status_code == 410, page
    assert browser.post(f"{where}ack").status_code == 410


def test_expired_link_sends_a_fresh_one_to_the_same_address_only():
    link, path = linked(link_days=1)

    with time_machine.travel(clock.now() + timedelta(days=2)):
        page = Client().get(path)
        renewed = Client().post(f"/l/{link.pk}/renew")
        Client().post(f"/l/{link.pk}/renew")

    assert page.status_code == 410
    assert renewed.status_code == 410
    assert [(sent["contact"].pk, sent["purpose"]) for sent in SENT] == [(link.contact_id, "link")]
    assert SENT[0]["secret"].rpartition("/")[2] not in renewed.content.decode()
    assert Link.objects.filter(revoked_at__isnull=True).count() == 1


def test_wrong_codes_look_alike_and_are_stopped():
    linked()
    paths = [f"/s/{crypto.link_code(ids.new_id())}" for _n in range(25)]
    answers = [Client().get(path) for path in paths]

    assert {answer.status_code for answer in answers[:20]} == {404}
    assert {answer.status_code for answer in answers[20:]} == {429}
    assert len({_bare(answer.content.decode(), path) for answer, path in zip(answers[:3], paths, strict=False)}) == 1


def _bare(page: str, path: str) -> str:
    """The page without its own address and its form tokens."""
    return re.sub(r'"\w{64}"', "", page.replace(path, ""))


def test_right_code_opens_also_for_an_address_that_guessed():
    _link, path = linked()
    for _n in range(25):
        Client().get(f"/s/{'x' * 22}")

    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("code", ["x", "0" * 22, "../../etc/passwd", "%00", "é" * 22, "a" * 3000])
def test_absurd_codes(code):
    assert Client().get(f"/s/{code}").status_code == 404


def test_extra_address_needs_a_type_that_allows_it():
    document = make.processed(make.kind(extra_addresses=True))
    extra = Contact(kind="email", lookup="y", verified_at=clock.now())
    extra.address = "boss@example.com"
    extra.save()
    url = links.for_pairs([(extra.pk, document.pk)])[extra.pk, document.pk]

    page = Client().get("/s/" + url.rpartition("/")[2])

    assert document.title not in page.content.decode()
    assert "b···@example.com" in page.content.decode()


def test_archived_document_stays_open_to_who_was_given_it():
    link, path = linked()
    lifecycle.archive(link.document, by=make.person(Role.STAFF))

    assert Client().get(path).status_code == 200
