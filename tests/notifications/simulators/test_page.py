from __future__ import annotations

import json

import pytest

from notifications.channels import registry
from notifications.channels.base import Button, Message
from notifications.simulators import magic
from notifications.simulators.page import linked
from tests.notifications.simulators.running import Simulated

HOSTILE = '<p>Готов</p><script>alert(1)</script><img src="https://evil.test/x.png">'


def send(providers: Simulated, kind: str, to: str, **more: object) -> None:
    channel = registry.open_channel(kind, providers.settings(kind))
    given = {
        "key": "page",
        "language": "ru",
        "subject": "Договор <418>",
        "text": "Готов https://d.vl.test/s/a?b=1&c=2.",
    }
    channel.send(Message(to=to, **{**given, **more}), lambda: None)  # type: ignore[arg-type]
    channel.close()


def test_page_shows_all_three_at_once(providers: Simulated) -> None:
    send(providers, "email", "page@north-wind.test", html=HOSTILE)
    send(providers, "sms", "+79125550199")
    send(providers, "telegram", "500000999", buttons=((Button("Подтвердить", act="a:1"),),))

    answer = providers.ask("/?phone=%2B79125550199&chat=500000999&mail=page@north-wind.test")

    assert "Договор &lt;418&gt;" in answer.text
    assert "+7 912 555-01-99" in answer.text
    assert 'data-press="' in answer.text
    assert '<a href="https://d.vl.test/s/a?b=1&amp;c=2" target="_blank" rel="noreferrer noopener">' in answer.text
    assert "<script>alert" not in answer.text
    assert " style=" not in answer.text
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]


def test_letter_is_shut_in(providers: Simulated) -> None:
    send(providers, "email", "shut@north-wind.test", html=HOSTILE)
    letter = next(providers.at.desk.showcase.newest("smtp", "shut@north-wind.test"))

    policy = providers.ask(f"/letters/{letter.id}").headers["Content-Security-Policy"]

    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy


@pytest.mark.parametrize(("asked", "language"), [("ru-RU,ru;q=0.9", "ru"), ("en", "en"), ("de, ru", "ru"), ("", "en")])
def test_page_speaks_the_readers_language(providers: Simulated, asked: str, language: str) -> None:
    assert f'<html lang="{language}">' in providers.ask("/", **{"Accept-Language": asked}).text


def test_page_lists_what_misbehaves(providers: Simulated) -> None:
    text = providers.ask("/").text

    assert all(f"<code>{number}</code>" in text for number in magic.NUMBERS)


def test_invitation_leads_to_the_start_button(providers: Simulated) -> None:
    answer = providers.ask("/t.me/docflow_demo_bot?start=abc-1")

    assert (answer.status, answer.headers["Location"]) == (302, "/?start=abc-1")
    assert 'value="/start abc-1"' in providers.ask(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/telegram/write", {"text": ""}, 400),
        ("/telegram/write", {"text": "x", "chat": "../1"}, 400),
        ("/telegram/write", [1], 400),
        ("/telegram/press", {"message": "0", "row": 0, "column": 0}, 404),
        ("/telegram/press", {"message": "x" * 99}, 404),
        ("/telegram/press", {}, 404),
    ],
)
def test_odd_requests_are_refused(providers: Simulated, path: str, body: object, expected: int) -> None:
    assert providers.ask(path, body, **{"X-Simulators": "1"}).status == expected


def test_other_sites_cannot_press(providers: Simulated) -> None:
    assert providers.ask("/telegram/write", {"text": "x"}).status == 403


def test_version_moves_with_each_message(providers: Simulated) -> None:
    before = json.loads(providers.ask("/version").text)["version"]

    send(providers, "sms", "+79125550198")

    assert json.loads(providers.ask("/version").text)["version"] > before


def test_links_end_where_the_sentence_does() -> None:
    assert linked("см. https://d.vl.test/s/a, <b>").endswith("https://d.vl.test/s/a</a>, &lt;b&gt;")
