"""Texts: what they may do, and what they may not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Installation
from notifications import rendering
from notifications.models import TemplateVersion
from notifications.rendering import CannotRender
from notifications.segments import segments

HOUSE = Installation(
    name_ru="Вектор Логистик", name_en="Vector", short_name_ru="Вектор", short_name_en="Vector", phone="+7 343 000"
)
LINK = "https://d.vl.test/s/Kp7x2Q9aTbM4wZ8yRc3vNd"


def _context(language: str = "ru", **facts: Any) -> dict[str, Any]:
    return rendering.context_of(
        facts, language=language, zone="Asia/Yekaterinburg", installation=HOUSE, name="Мария", link=LINK
    )


def _render(
    text: str, channel: str = "telegram", language: str = "ru", *, html: str = "", subject: str = "", **facts: Any
) -> Any:
    version = TemplateVersion(subject=subject, text=text, html=html, buttons=[])
    return rendering.render(rendering.compile_version(version, language), _context(language, **facts), channel=channel)


@pytest.mark.parametrize(
    ("source", "language", "said"),
    [
        ("{{ at | date }}", "ru", "22\u00a0ноября, 18:00"),
        ("{{ at | date: 'short' }}", "en", "22 Nov"),
        ("{{ n | number }}", "ru", "4\u00a0860\u00a0000,5"),
        ("{{ n | number }}", "en", "4,860,000.5"),
        ("{{ n | money }}", "ru", "4\u00a0860\u00a0000,5\u00a0₽"),
        ("{{ pages }} {{ pages | plural: 'страница', 'страницы', 'страниц' }}", "ru", "22 страницы"),
        ("{{ pages | plural: 'page', 'pages' }}", "en", "pages"),
        ("{{ name | truncate: 6 }}", "ru", "Догов…"),
        ("{{ nothing | default: 'пусто' }}", "ru", "пусто"),
        ("{{ kind }}", "en", "Contract"),
        ("{{ kind | upcase }}", "ru", "ДОГОВОР"),
        ("{% if pages > 5 %}много{% else %}мало{% endif %}", "ru", "много"),
    ],
)
def test_filters_speak_the_readers_language_and_time(source: str, language: str, said: str) -> None:
    facts = {
        "at": datetime(2025, 11, 22, 13, 0, tzinfo=UTC),
        "n": "4860000.5",
        "pages": 22,
        "name": "Договор поставки",
        "kind_ru": "Договор",
        "kind_en": "Contract",
    }
    assert _render(source, language=language, **facts).text == said


@pytest.mark.parametrize(
    "source",
    [
        "{% assign x = 1 %}",
        "{% capture x %}{% endcapture %}",
        "{% include 'secret' %}",
        "{% render 'secret' %}",
        "{{ x | safe }}",
        "{{ x | base64_decode }}",
        "{% if %}",
        "{{ x",
        "{% liquid echo x %}",
    ],
)
def test_what_is_not_allowed_cannot_be_compiled(source: str) -> None:
    with pytest.raises(CannotRender):
        _render(source)


@pytest.mark.parametrize(
    "source", ["{{ x.__class__ }}", "{{ x.settings }}", "{{ organisation.pk }}", "{{ recipient.password }}"]
)
def test_only_plain_data_is_within_reach(source: str) -> None:
    assert _render(source, x="text").text == ""


def test_a_text_that_loops_without_end_fails() -> None:
    with pytest.raises(CannotRender):
        _render("{% for a in (1..100000) %}x{% endfor %}")
    with pytest.raises(CannotRender):
        _render("{% for a in (1..900) %}{{ big }}{% endfor %}", big="x" * 9000)


def test_html_is_escaped_and_plain_text_is_not() -> None:
    rendered = _render("{{ name }}", html="<b>{{ name }}</b>", name="<script>&")
    assert (rendered.text, rendered.html) == ("<script>&", "<b>&lt;script&gt;&amp;</b>")


def test_item_51_a_subject_stays_on_one_line() -> None:
    assert _render("x", "email", subject="{{ name }}", name="a\r\nBcc: b").subject == "a Bcc: b"


def test_a_letter_has_its_link_in_text_and_html_and_stays_small() -> None:
    version = TemplateVersion(
        subject="Тема", text="Первый & второй.\n\nДалее.", buttons=[[{"label": "Открыть", "url": "{{ link }}"}]]
    )
    letter = rendering.render(rendering.compile_version(version, "ru"), _context(), channel="email")

    assert letter.html
    assert f"Открыть: {LINK}" in letter.text
    assert f'href="{LINK}"' in letter.html
    assert "Первый &amp; второй." in letter.html
    assert "<img" not in letter.html
    assert len(letter.html.encode()) < 30_000


def test_a_short_message_gives_up_words_but_never_its_link() -> None:
    text = "{{ organisation.short_name }}: {{ type_name | downcase }} {{ number }} готов {{ link }}"
    facts = {"type_name_ru": "Дополнительное соглашение", "number": "Д-2025-004188"}

    said = _render(text, "sms", **facts).text

    assert said.endswith(LINK)
    assert segments(said).segments == 1


def test_a_button_carries_the_delivery_it_belongs_to() -> None:
    version = TemplateVersion(text="x", buttons=[[{"label": "Да", "act": "confirm"}], [{"label": "", "url": "x"}]])
    rendered = rendering.render(rendering.compile_version(version, "ru"), _context(), channel="telegram", key="ab" * 16)
    assert [[button.act for button in row] for row in rendered.buttons] == [["confirm:" + "ab" * 16]]
