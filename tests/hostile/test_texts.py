"""Texts that administrators write and values that anybody writes: nothing gets out, nothing runs on."""

import re
import time

import pytest

from notifications import rendering
from notifications.models import TemplateVersion
from notifications.segments import segments

HOSTILE = [
    "{% include 'a' %}",
    "{% render '/etc/passwd' %}",
    "{% assign a = 1 %}",
    "{% capture a %}x{% endcapture %}",
    "{% tablerow i in (1..3) %}{% endtablerow %}",
    "{% raw %}{{ a }}{% endraw %}",
    "{% import os %}",
    "{{ title | safe }}",
    "{{ title | escape_once | raw }}",
    "{{ title.__class__.__mro__ }}",
    "{{ ''.__class__ }}",
    "{{ title['__class__'] }}",
    "{{ recipient.__init__.__globals__ }}",
    "{{ settings.SECRET_KEY }}",
    "{{ self }}{{ request }}{{ config }}",
    "${7*7}#{7*7}<%= 7*7 %>{{7*7}}{{constructor.constructor('alert(1)')()}}",
    "{% for i in (1..99999999999) %}x{% endfor %}",
    "{% for i in (1..900) %}{% for j in (1..900) %}xxxxxxxxxx{% endfor %}{% endfor %}",
    "{{ 'x' | truncate: 99999999999999999999 }}",
    "{{ title | truncate: title }}",
    "{{ title | date: title }}{{ title | money: title }}{{ title | number }}",
    "{{ due_at | date: '%Y' | date | number | money }}",
    "{{ " + "a" * 100_000 + " }}",
    "{{ a" + ".b" * 5_000 + " }}",
    "{{ " + "a[" * 3_000 + "1" + "]" * 3_000 + " }}",
    "{{ " + "(" * 3_000 + " }}",
    "{% if " + "(" * 3_000 + "a" + ")" * 3_000 + " %}{% endif %}",
    "{% if " + " and ".join(["a"] * 5_000) + " %}x{% endif %}",
    "{% if a %}" * 2_000,
    "{% if a %}" * 2_000 + "{% endif %}" * 2_000,
    "{% for i in a %}" * 500 + "{% endfor %}" * 500,
    "{{ title " + "| upcase " * 3_000 + "}}",
    "{% comment %}" * 3_000,
    "{{" * 10_000,
    "{%" * 10_000,
    "{{ title }}" * 20_000,
    "\0{{ title }}\ufeff\u202e",
]
VALUES = {
    "title": "{{ link }}<script>alert(1)</script>\r\nBcc: x@y.z",
    "link": "https://d.vl.test/s/x",
    "recipient": {"name": "{% for i in (1..9) %}x{% endfor %}", "address_as": "<b>"},
    "organisation": {"name": "О", "short_name": "О", "phone": "", "hours": ""},
    "language": "en",
}


def rendered(channel: str = "email", buttons: list[list[dict[str, str]]] | None = None, **parts: str):
    version = TemplateVersion(**{"subject": "", "text": "", "html": "", **parts}, buttons=buttons or [])
    return rendering.render(rendering.compile_version(version, "en"), VALUES, channel=channel)


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_item_49_a_hostile_text_is_refused_or_harmless(source: str) -> None:
    started = time.monotonic()
    for channel in ("email", "sms", "telegram"):
        try:
            made = rendered(channel, subject=source, text=source, html=source)
        except rendering.CannotRender:
            continue
        whole = f"{made.subject}{made.text}{made.html}"
        assert len(whole) < 1_000_000
        for leak in ("class '", "SECRET", "builtin", "object at", "root:"):
            assert leak not in whole
    rendering.check(source, source, source, [], "ru")
    assert time.monotonic() - started < 10


def test_item_49_and_50_nothing_in_a_value_is_expanded_or_becomes_markup() -> None:
    made = rendered(subject="{{ title }}", text="{{ title }} {{ recipient.name }}", html="<p>{{ title }}</p>")

    assert "{{ link }}" in made.subject
    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert "{% for i in (1..9) %}" in made.text
    assert "<script>" not in (made.html or "")
    assert "&lt;script&gt;" in (made.html or "")


def test_a_button_leads_only_to_the_web() -> None:
    for address in ("javascript:alert(1)", "data:text/html,x", " JavaScript:x", "//evil", "{{ title }}", "tg://x"):
        assert rendered("telegram", [[{"label": "x", "url": address}]], text="x").buttons == ()
    assert rendered("telegram", [[{"label": "x", "url": "{{ link }}"}]], text="x").buttons


LEADS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "&#106;avascript:alert(1)",
    "\u200bjavascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "\\\\evil.example",
    "tg://resolve?domain=x",
    "blob:x",
    "",
)


@pytest.mark.parametrize("channel", ["email", "telegram"])
@pytest.mark.parametrize("address", LEADS)
def test_an_address_in_a_value_leads_nowhere_but_to_the_web(address: str, channel: str) -> None:
    """A title, a comment or a name may be used in a template's link."""
    parts = rendering.compile_version(
        TemplateVersion(
            subject="x",
            text="x",
            html="<p><a class='c' href='{{ title }}'>a</a><img src=\"{{ title }}\"/><a href={{ title }}>b</a></p>",
        ),
        "en",
    )
    html = rendering.render(parts, VALUES | {"title": address}, channel=channel).html or ""

    assert '<p><a class="c">a</a><img><a' in html
    assert not re.search(r"\b(href|src)\s*=", html)


def test_html_that_harms_nobody_stays_as_it_was_written() -> None:
    source = (
        "<p title='1 &lt; 2'>&nbsp;&#8212; Ёлка &amp; <br/> "
        "<a href='https://d.vl.test/?a=1&amp;b=2'>x</a> <a href=\"mailto:a@b.ru\">y</a> <a href='tel:+7'>z</a></p>"
    )

    assert source in (rendered(subject="x", text="x", html=source).html or "")
    assert "onclick" not in (rendered(subject="x", text="x", html="<b onclick='x()'>b</b>").html or "")


def test_values_as_long_as_a_book_are_refused_or_cut() -> None:
    version = TemplateVersion(subject="{{ title }}", text="{{ title | upcase }}", html="")
    parts = rendering.compile_version(version, "en")

    with pytest.raises(rendering.CannotRender):
        rendering.render(parts, VALUES | {"title": "ы" * 1_000_000}, channel="email")


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("ы" * 70, "UCS-2", 1),
        ("ы" * 71, "UCS-2", 2),
        ("\U0001f600" * 35, "UCS-2", 1),
        ("\U0001f600" * 36, "UCS-2", 2),
        ("\u202e" + "a" * 69, "UCS-2", 1),
        ("שלום " * 15, "UCS-2", 2),
    ],
)
def test_short_messages_are_counted_as_they_are_charged(text: str, encoding: str, count: int) -> None:
    counted = segments(text)

    assert (counted.encoding, counted.segments) == (encoding, count)


def test_what_is_empty_is_not_asked_after() -> None:
    version = TemplateVersion(subject="Letter{% if number %} No. {{ number }}{% endif %}", text="{{ number }}", html="")
    parts = rendering.compile_version(version, "en")

    for nothing in ("", None):
        assert rendering.render(parts, {**VALUES, "number": nothing}, channel="email").subject == "Letter"
    assert rendering.render(parts, {**VALUES, "number": "7"}, channel="email").subject == "Letter No. 7"
