"""Call-backs of providers from whoever is not the provider, and garbage from who is."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from notifications import hooks, incoming
from notifications.models import ChannelSettings, Delivery, IncomingUpdate, Receipt
from tests.factories import accounts
from tests.factories import notifications as make

TOKEN = "hostile-token"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


def message() -> Delivery:
    """One SMS on its way, and a channel that knows Twilio's token."""
    make.register()
    from notifications import connect

    row = ChannelSettings(kind="sms", enabled=True)
    row.values = {"account_sid": "AC" + "0" * 32, "auth_token": TOKEN, "from": "+15005550006"}
    row.save(force_insert=True)
    connect.forget()
    contact = accounts.contact(accounts.client(), "phone", "+79120000145")
    return make.delivery(contact, channel="sms", state="sent", provider_ref="SM1", attempt_no=1)


def signed(path: str, params: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(settings.BASE_URL + path, params)}


@pytest.mark.django_db
def test_item_56_nothing_but_the_signed_words_is_believed():
    row = message()
    path, params = f"/hooks/twilio/{row.pk}/", {"MessageSid": "SM1", "MessageStatus": "delivered"}
    good = signed(path, params)
    attempts = [
        (path, params, {}),
        (path, params, {"X-Twilio-Signature": ""}),
        (path, params, {"X-Twilio-Signature": "AAAA"}),
        (path, params, {"X-Twilio-Signature": "я".encode().decode("latin-1")}),
        (path, params, signed(path, params, "other")),
        (path, params | {"MessageStatus": "failed"}, good),
        (path, params | {"Extra": "1"}, good),
        (path + "?x=1", params, good),
        (f"/hooks/twilio/{row.notification_id}/", params, good),
        (path, {}, {}),
        (path, {"MessageStatus": "x" * 10_000}, good),
    ]

    assert [Client().post(one, body, headers=head).status_code for one, body, head in attempts] == [403] * len(attempts)
    body = json.dumps(params)
    assert Client().post(path, body, content_type="application/json", headers=good).status_code == 403
    assert not Receipt.objects.exists()
    row.refresh_from_db()
    assert row.state == "sent"


SIGNED_GARBAGE: list[dict[str, str]] = [
    {"MessageSid": "SM1"},
    {"MessageStatus": "delivered"},
    {"MessageSid": "", "MessageStatus": ""},
    {"MessageSid": "S" * 10_000, "MessageStatus": "delivered"},
    {"MessageSid": "SM1\0", "MessageStatus": "delivered"},
    {"MessageSid": "SM1", "MessageStatus": "dancing"},
    {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "9" * 400},
    {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "\0"},
    {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "x" * 10_000},
]


@pytest.mark.django_db
def test_garbage_with_a_right_signature_breaks_nothing():
    path = f"/hooks/twilio/{message().pk}/"

    for params in SIGNED_GARBAGE:
        assert Client().post(path, params, headers=signed(path, params)).status_code in (200, 400), params


@pytest.mark.django_db(transaction=True)
def test_item_56_many_equal_callbacks_have_one_effect():
    row = message()
    path, params = f"/hooks/twilio/{row.pk}/", {"MessageSid": "SM1", "MessageStatus": "delivered"}

    def call(_number: int) -> int:
        try:
            return Client().post(path, params, headers=signed(path, params)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(call, range(50))) == {200}
    assert Receipt.objects.count() == 1
    row.refresh_from_db()
    assert row.state == "delivered"
    make.clear()


def telegram(body: bytes | str, secret: str | None = None) -> int:
    head = {SECRET: hooks.telegram_secret() if secret is None else secret}
    return Client().generic("POST", "/hooks/telegram/", body, content_type="application/json", headers=head).status_code


UPDATE = {"update_id": 7, "message": {"chat": {"id": 5}, "text": "/start x", "from": {"first_name": "A"}}}


@pytest.mark.django_db
def test_item_56_telegram_without_its_secret_is_refused():
    for secret in (
        "",
        "x",
        "я".encode().decode("latin-1"),
        hooks.telegram_secret()[:-1],
        hooks.telegram_secret().upper(),
    ):
        assert telegram(json.dumps(UPDATE), secret) == 403
    assert not IncomingUpdate.objects.exists()


TOLD_GARBAGE: list[bytes | str] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b'{"update_id": "x"}',
    b'{"update_id": ' + b"9" * 5000 + b"}",
    json.dumps(UPDATE | {"update_id": 2**63}),
    json.dumps(UPDATE | {"update_id": -(2**70)}),
    json.dumps(UPDATE | {"update_id": 1.5}),
    json.dumps({"update_id": 1, "message": {"chat": {"id": 10**400}, "text": "/start"}}),
    json.dumps({"update_id": 2, "message": {"chat": {"id": 5}, "text": "a\0b"}}),
    json.dumps({"update_id": 3, "message": {"chat": {"id": 5}, "text": "\ud800"}}),
    json.dumps({"update_id": 4, "callback_query": {"message": {"chat": {"id": 5}}, "data": "ack:" + "x" * 5000}}),
    json.dumps({"update_id": 5, "callback_query": {"message": {"chat": {"id": 5}, "message_id": 2**80}, "data": "\0"}}),
    json.dumps({"update_id": 6, "my_chat_member": {"chat": {"id": 5}, "new_chat_member": {"status": ["kicked"]}}}),
    json.dumps({"update_id": 8, "message": {"chat": {"id": 5}, "text": "/start " + "\ud800\0" + "x" * 5000}}),
    b'{"update_id": 9, "message": {"chat": {"id": 5}, "text": "x", "n": NaN}}',
    b'{"update_id": 10, "message": {"chat": {"id": 5}, "text": "' + b"a" * 70_000 + b'"}}',
    b"a" * 3_000_000,
]


@pytest.mark.django_db
def test_garbage_from_telegram_is_answered_and_digested():
    for body in TOLD_GARBAGE:
        assert telegram(body) in (200, 400, 413), body[:99]

    incoming.handle()
    assert not IncomingUpdate.objects.filter(handled_at=None).exists()
