"""Texts of messages: previewed on real facts, refused when broken or too long, kept in versions."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from notifications.models import Template
from tests.factories import accounts
from tests.factories import notifications as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("set_up")]
SMS = f"/admin/templates/{make.READY}/sms/ru/"
LETTER = f"/admin/templates/{make.READY}/email/en/"
GOOD = "{{ organisation.short_name }}: {{ type_name }} {{ number }} {{ link }}"


def current(channel: str, language: str) -> Any:
    version = Template.objects.get(action=make.READY, channel=channel, language=language).current
    assert version
    return version


def test_the_table_shows_what_is_written(things: make.Things, page: Client) -> None:
    make.texts()

    text = page.get("/admin/templates/").content.decode()

    assert f'href="{SMS}"' in text
    assert 'aria-label="Document is ready, Telegram, EN: no text"' in text


def test_saving_makes_a_version_and_a_journal_entry(things: make.Things, page: Client) -> None:
    make.texts()

    answer = page.post(SMS, {"text": GOOD + " !", "note": "louder", "after": "1"})

    assert answer.status_code == 302
    version = current("sms", "ru")
    assert (version.number, version.text, version.note) == (2, GOOD + " !", "louder")
    assert AuditEntry.objects.filter(action="template.changed").count() == 1


def test_a_text_nobody_wrote_can_be_written(things: make.Things, page: Client) -> None:
    page.get(LETTER)
    page.post(
        LETTER,
        {"subject": "{{ title }}", "text": "{{ title }}", "button": ["Open"], "button_kind": ["link"], "after": "0"},
    )

    version = current("email", "en")
    assert (version.number, version.buttons) == (1, [[{"label": "Open", "url": "{{ link }}"}]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This field is required"),
        ("{{ nmber }} {{ link }}", "There is no field «nmber»"),
        ("{% if %}", ""),
        ("{% assign x = 1 %}", ""),
        ("{{ title | shell }}", ""),
        (
            "очень длинный текст, который никак не помещается в одно короткое сообщение {{ link }}",
            "too long for one SMS",
        ),
    ],
)
def test_a_broken_text_is_refused_and_kept(things: make.Things, page: Client, text: str, words: str) -> None:
    make.texts()

    answer = page.post(SMS, {"text": text, "after": "1"})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert current("sms", "ru").number == 1


def test_the_counter_uses_the_real_length_of_the_link(things: make.Things, page: Client) -> None:
    make.texts()

    text = page.post(f"{SMS}preview/", {"text": "Вектор: готов {{ link }}"}).content.decode()

    expected = len("Вектор: готов http://127.0.0.1:8000/s/") + 22
    assert f"{expected}/70, 1 SMS" in text


def test_a_letter_is_shown_on_a_real_document_and_nothing_of_it_runs(things: make.Things, page: Client) -> None:
    make.thing(things, number="77", title="<script>alert(1)</script>")

    data = {"subject": "{{ title }}", "text": "{{ title }}", "document": "77"}
    text = page.post(f"{LETTER}preview/", data).content.decode()

    assert "&amp;lt;script&amp;gt;alert(1)" in text
    assert "<script" not in text
    assert 'sandbox="allow-same-origin"' in text
    assert "style=" not in text.replace("stylesheet", "")


def test_an_unknown_document_is_said_and_the_sample_shown(things: make.Things, page: Client) -> None:
    text = page.post(f"{SMS}preview/", {"text": GOOD, "document": "нет такого"}).content.decode()

    assert "No document is found by “нет такого”" in text
    assert "Вещь 7" in text


def test_an_old_version_is_used_again(things: make.Things, page: Client) -> None:
    make.texts()
    first = current("sms", "ru")
    page.post(SMS, {"text": "{{ number }} {{ link }}", "after": "1"})

    page.post(f"{SMS}restore/", {"version": str(first.pk)})

    assert (current("sms", "ru").number, current("sms", "ru").text) == (3, first.text)


def test_a_later_save_loses_to_an_earlier_one(things: make.Things, page: Client) -> None:
    make.texts()
    page.post(SMS, {"text": "{{ number }} 1 {{ link }}", "after": "1"})

    answer = page.post(SMS, {"text": "{{ number }} 2 {{ link }}", "after": "1"})

    assert answer.status_code == 409
    assert current("sms", "ru").text == "{{ number }} 1 {{ link }}"
    assert "{{ number }} 2" in answer.content.decode()


@pytest.mark.parametrize("place", ["no.such/sms/ru", f"{make.READY}/pigeon/ru", f"{make.READY}/sms/de"])
def test_unknown_places_do_not_exist(things: make.Things, page: Client, place: str) -> None:
    assert page.get(f"/admin/templates/{place}/").status_code == 404
    assert page.post(f"/admin/templates/{place}/", {"text": "x"}).status_code == 404


@pytest.mark.parametrize("who", [accounts.staff, accounts.operator, accounts.client])
def test_only_administrators_write_texts(things: make.Things, who: Any) -> None:
    other = accounts.browser(who())

    codes = [other.get(SMS).status_code, other.post(SMS, {"text": GOOD}).status_code]

    assert codes == [403, 403]
    assert not Template.objects.filter(action=make.READY).exists()
