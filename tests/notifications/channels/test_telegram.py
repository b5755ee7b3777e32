from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from docflow.common import crypto
from notifications.channels.base import Button, ChannelError, Message
from notifications.channels.telegram import TelegramChannel, Update, parse_update, reference
from tests.notifications.channels import scripted
from tests.notifications.channels.receiver import Receiver, receiving
from tests.notifications.simulators.running import DOORS, Simulated, until

CHAT = "500000777"
BUTTONS = (
    (Button("Открыть", url="https://d.vl.test/s/x"),),
    (Button("Подтвердить", act="a:1"), Button("Спросить", act="q:1")),
)


@pytest.fixture
def channel(providers: Simulated) -> Iterator[TelegramChannel]:
    channel = TelegramChannel(providers.settings("telegram"))
    yield channel
    channel.close()


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def message(**more: Any) -> Message:
    return Message(**{"key": "k7", "to": CHAT, "language": "ru", "subject": "", "text": "Договор готов"} | more)


def shown(providers: Simulated, ref: str) -> Any:
    """What arrived in our chat under this reference."""
    return providers.at.desk.showcase.by_ref("telegram", f"{CHAT}:{ref.partition(':')[2]}")


def test_markup_and_buttons_arrive(channel: TelegramChannel, providers: Simulated) -> None:
    html = "<b>Договор № 418 готов</b>\nПодпишите &lt;до завтра&gt;"

    receipt = channel.send(message(html=html, buttons=BUTTONS), lambda: None)

    arrived = shown(providers, receipt.provider_ref)
    assert arrived.text == "Договор № 418 готов\nПодпишите <до завтра>"
    assert arrived.html == html
    assert [[key["text"] for key in row] for row in arrived.buttons] == [["Открыть"], ["Подтвердить", "Спросить"]]
    assert arrived.buttons[1][0]["callback_data"] == "a:1"


def test_plain_text_is_not_read_as_markup(channel: TelegramChannel, providers: Simulated) -> None:
    receipt = channel.send(message(text="5 < 6 & <b>"), lambda: None)

    assert shown(providers, receipt.provider_ref).text == "5 < 6 & <b>"


def test_broken_markup_is_refused_without_blaming_the_chat(channel: TelegramChannel) -> None:
    with pytest.raises(ChannelError) as caught:
        channel.send(message(html="<b>Договор</i>"), lambda: None)

    assert (caught.value.kind, caught.value.reason, caught.value.address_dead) == ("permanent", "refused", False)


@pytest.mark.parametrize("button", [Button("x", act="ж" * 33), Button("x"), Button("x", act="")])
def test_button_without_a_place_to_lead_is_refused(channel: TelegramChannel, button: Button) -> None:
    with pytest.raises(ChannelError) as caught:
        channel.send(message(buttons=((button,),)), lambda: None)

    assert caught.value.kind == "permanent"


def test_unknown_chat_is_dead(channel: TelegramChannel) -> None:
    with pytest.raises(ChannelError) as caught:
        channel.send(message(to="nobody"), lambda: None)

    assert (caught.value.reason, caught.value.address_dead) == ("chat_not_found", True)


def test_edit_replaces_text_and_buttons(channel: TelegramChannel, providers: Simulated) -> None:
    ref = channel.send(message(buttons=BUTTONS), lambda: None).provider_ref
    number = int(ref.partition(":")[2])

    for _twice in range(2):
        channel.edit_message(CHAT, number, "✓ Получение подтверждено")

    assert (shown(providers, ref).text, shown(providers, ref).buttons) == ("✓ Получение подтверждено", [])


def test_edit_of_nothing_is_an_error(channel: TelegramChannel) -> None:
    with pytest.raises(ChannelError):
        channel.edit_message(CHAT, 999_999_999, "x")


def test_start_link_leads_to_the_simulator(channel: TelegramChannel, providers: Simulated) -> None:
    assert channel.bot_username() == "docflow_demo_bot"
    assert channel.start_link("abc") == f"{providers.base}/t.me/docflow_demo_bot?start=abc"


def test_late_answer_to_a_button_is_an_error(channel: TelegramChannel) -> None:
    with pytest.raises(ChannelError) as caught:
        channel.answer_callback("0123", "поздно")

    assert caught.value.kind == "permanent"


def test_start_reaches_our_webhook_with_the_secret(
    channel: TelegramChannel, web: Receiver, providers: Simulated
) -> None:
    channel.set_webhook(f"{web.base}/hooks/telegram", "webhook-secret")

    providers.ask("/telegram/write", {"chat": CHAT, "text": "/start Link-Token_1"}, **{"X-Simulators": "1"})
    until(lambda: bool(web.calls))

    call = web.calls[0]
    assert (call.path, call.headers["X-Telegram-Bot-Api-Secret-Token"]) == ("/hooks/telegram", "webhook-secret")
    update = parse_update(json.loads(call.body))
    assert update is not None
    assert (update.kind, update.chat_id, update.token) == ("start", CHAT, "Link-Token_1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ("unknown", "no_answer")),
        (scripted.answered("200 OK", b"<html>"), ("unknown", "garbage")),
        (scripted.answered("200 OK", b"[]"), ("unknown", "garbage")),
        (scripted.answered("200 OK", b'{"ok": true}'), ("unknown", "garbage")),
        (scripted.answered("200 OK", b'{"ok": true, "result": {}}'), ("unknown", "garbage")),
        (scripted.answered("200 OK", b'{"ok": true, "result": 7}'), ("unknown", "garbage")),
        (scripted.answered("200 OK", b" " * 100_000), ("unknown", "garbage")),
        (scripted.answered("502 Bad Gateway", b"<html>"), ("unknown", "garbage")),
        (scripted.answered("500 Error", b'{"ok":false,"error_code":500}'), ("transient", "provider_down")),
        (scripted.answered("429 Many", b"<html>"), ("transient", "busy")),
        (
            scripted.answered("403 No", b'{"ok":false,"description":"Forbidden: user is deactivated"}'),
            ("permanent", "chat_not_found"),
        ),
        (
            scripted.answered("400 Bad", b'{"ok":false,"description":"Bad Request: chat not found"}'),
            ("permanent", "chat_not_found"),
        ),
        (scripted.answered("401 No", b'{"ok":false,"description":"Unauthorized"}'), ("config", "sign_in_refused")),
    ],
)
def test_answers_that_are_no_receipt(answer: bytes | None, expected: tuple[str, str]) -> None:
    with scripted.http(answer) as server:
        channel = scripted_channel(server.port)
        with pytest.raises(ChannelError) as caught:
            channel.send(message(), lambda: None)
        channel.close()

    assert (caught.value.kind, caught.value.reason) == expected
    assert DOORS.telegram_token not in f"{caught.value}{caught.value.answer}"


def scripted_channel(port: int) -> TelegramChannel:
    settings = {"token": DOORS.telegram_token, "api_base": f"http://127.0.0.1:{port}", "deadline": "2"}
    return TelegramChannel(settings)


def test_chat_that_moved_is_followed_with_one_commit() -> None:
    moved = b'{"ok":false,"description":"upgraded","parameters":{"migrate_to_chat_id":-1009}}'
    sent = b'{"ok":true,"result":{"message_id":5,"date":1,"chat":{"id":-1009,"type":"supergroup"},"text":"x"}}'
    commits: list[int] = []
    with scripted.http(scripted.answered("400 Bad", moved), scripted.answered("200 OK", sent)) as server:
        channel = scripted_channel(server.port)
        receipt = channel.send(message(), lambda: commits.append(1))
        channel.close()

    assert (receipt.provider_ref, commits) == (reference(-1009, 5), [1])


PERSON = {"id": 5, "first_name": "Мария", "last_name": "Котова", "username": "kotova_m", "language_code": "ru"}
CHAT_5 = {"id": 5, "type": "private"}
WHO = ("Мария Котова", "kotova_m", "ru")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"update_id": 1, "message": {"chat": CHAT_5, "from": PERSON, "text": "/start abc"}},
            Update(1, "start", "5", *WHO, token="abc"),
        ),
        (
            {"update_id": 1, "message": {"chat": CHAT_5, "from": PERSON, "text": "/start@docflow_demo_bot"}},
            Update(1, "start", "5", *WHO),
        ),
        (
            {"update_id": 1, "message": {"chat": CHAT_5, "from": PERSON, "text": "Где договор?"}},
            Update(1, "text", "5", *WHO, text="Где договор?"),
        ),
        (
            {
                "update_id": 2,
                "callback_query": {
                    "id": "q",
                    "from": PERSON,
                    "data": "a:1",
                    "message": {"chat": CHAT_5, "message_id": 9},
                },
            },
            Update(2, "button", "5", *WHO, data="a:1", query_id="q", message_id=9),
        ),
        (
            {
                "update_id": 3,
                "my_chat_member": {"chat": CHAT_5, "from": PERSON, "new_chat_member": {"status": "kicked"}},
            },
            Update(3, "blocked", "5", *WHO),
        ),
        (
            {
                "update_id": 3,
                "my_chat_member": {"chat": CHAT_5, "from": PERSON, "new_chat_member": {"status": "member"}},
            },
            Update(3, "unblocked", "5", *WHO),
        ),
    ],
)
def test_updates(raw: object, expected: Update) -> None:
    assert parse_update(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {},
        {"update_id": "1", "message": {"chat": CHAT_5, "text": "x"}},
        {"update_id": True, "message": {"chat": CHAT_5, "text": "x"}},
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"chat": {"id": "5"}, "text": "x"}},
        {"update_id": 1, "message": {"chat": CHAT_5, "text": 7}},
        {"update_id": 1, "callback_query": {"id": "q", "data": "a", "message": None}},
        {"update_id": 1, "callback_query": [1]},
        {"update_id": 1, "my_chat_member": {"chat": 5}},
        {"update_id": 1, "edited_message": {"chat": CHAT_5, "text": "x"}},
    ],
)
def test_what_is_no_update_is_passed_over(raw: object) -> None:
    assert parse_update(raw) is None


def test_a_reference_does_not_tell_the_chat(channel: TelegramChannel) -> None:
    ref = channel.send(message(), lambda: None).provider_ref

    assert CHAT not in ref
    assert ref.partition(":")[0] == crypto.lookup(CHAT, "telegram")[:16]
