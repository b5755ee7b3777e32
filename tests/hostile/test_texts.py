"""Texts that administrators write and values that anybody writes: nothing gets out, nothing runs on."""

import time

import pytest

from notifications import rendering
from notifications.models import TemplateVersion

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
def test_a_hostile_text_is_refused_or_harmless(source: str) -> None:
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


def test_nothing_in_a_value_is_expanded_or_becomes_markup() -> None:
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


def test_what_is_empty_is_not_asked_after() -> None:
    version = TemplateVersion(subject="Letter{% if number %} No. {{ number }}{% endif %}", text="{{ number }}", html="")
    parts = rendering.compile_version(version, "en")

    for nothing in ("", None):
        assert rendering.render(parts, {**VALUES, "number": nothing}, channel="email").subject == "Letter"
    assert rendering.render(parts, {**VALUES, "number": "7"}, channel="email").subject == "Letter No. 7"
