"""Channels: visibly off until set up; secrets go in and never come out; a test goes the real way."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from docflow.common import clock
from notifications import connect
from notifications.models import ChannelSettings, ProviderState
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated

CHANNELS = "/admin/channels/"
SMS, EMAIL = f"{CHANNELS}sms/", f"{CHANNELS}email/"
TWILIO = {"account_sid": "AC1", "auth_token": "", "from_number": "+15005550006", "api_base": "https://api.twilio.com"}


def stored(kind: str) -> dict[str, str]:
    return ChannelSettings.objects.get(pk=kind).values


@pytest.mark.usefixtures("set_up")
def test_each_channel_says_how_it_is_doing(things: make.Things, page: Client) -> None:
    client = accounts.client()
    for state in ("sent", "sent", "sent", "failed", "queued", "held"):
        make.delivery(client.contacts.get(kind="email"), state=state)
    ProviderState.objects.create(
        channel="email", last_error="mailbox_full", last_error_at=clock.now(), last_answer="452 <full>"
    )

    text = page.get(CHANNELS).content.decode()

    assert "75 %" in text
    assert "The mailbox is full" in text
    assert "452 &lt;full&gt;" in text
    assert "Not set up" in text
    assert "Look here" in text


@pytest.mark.usefixtures("set_up")
def test_item_65_secrets_never_come_out(page: Client) -> None:
    text = page.get(SMS).content.decode()

    assert "very-secret" not in text
    assert "Set; leave empty to keep it." in text


def test_a_mail_server_that_stays_where_it_is_keeps_its_password(page: Client) -> None:
    server = {"host": "mail.example", "port": "465", "security": "tls", "from_address": "a@mail.example"}
    assert page.post(EMAIL, {**server, "username": "post", "password": "very-secret"}).status_code == 302

    answer = page.post(EMAIL, {**server, "username": "other", "password": ""})

    assert answer.status_code == 302
    assert stored("email")["username"] == "other"
    assert stored("email")["password"] == "very-secret"


@pytest.mark.usefixtures("set_up")
def test_an_empty_secret_keeps_the_one_there_is(page: Client) -> None:
    answer = page.post(SMS, {**TWILIO, "from_number": "+15005550007"})

    assert answer.status_code == 302
    assert stored("sms")["auth_token"] == "very-secret"
    assert stored("sms")["from_number"] == "+15005550007"
    entry = AuditEntry.objects.get(action="channel.changed")
    assert entry.data["fields"] == ["api_base", "from_number"]
    assert "very-secret" not in str(entry.data)


@pytest.mark.usefixtures("set_up")
def test_item_54_another_server_asks_for_the_secret_again(page: Client) -> None:
    answer = page.post(SMS, {**TWILIO, "api_base": "http://127.0.0.1:9"})

    assert answer.status_code == 422
    assert "The server has changed: type this again." in answer.content.decode()
    assert "api_base" not in stored("sms")


def test_a_channel_is_set_up_here_and_switched_off(page: Client, channels: Simulated) -> None:
    values = channels.settings("email")
    ChannelSettings.objects.filter(pk="email").delete()
    connect.forget()

    page.post(f"{CHANNELS}email/", values)
    on = connect.setups()["email"].on
    page.post(f"{CHANNELS}email/switch/", {"on": "0"})

    assert on
    assert not connect.setups()["email"].on
    assert "Switched off" in page.get(CHANNELS).content.decode()


@pytest.mark.parametrize("values", [{}, {"host": "x", "port": "absurd"}, {"host": "x", "port": "70000"}])
def test_settings_that_make_no_sense_are_refused(page: Client, values: dict[str, str]) -> None:
    answer = page.post(f"{CHANNELS}email/", values)

    assert answer.status_code == 422
    assert not ChannelSettings.objects.exists()


def test_a_test_message_goes_the_real_way(page: Client, boss: User, channels: Simulated) -> None:
    own = boss.contacts.get(kind="email")

    answer = page.post(f"{CHANNELS}email/test/", {"own": str(own.pk)}, follow=True)

    assert "The provider took the test message" in answer.content.decode()
    assert [line["outcome"] for line in channels.ledger(own.address)] == ["accepted"]
    assert AuditEntry.objects.get(action="channel.tested").data["ok"] is True


def test_a_refused_test_says_why(page: Client, boss: User, channels: Simulated) -> None:
    client = accounts.client(email="hard@example.com")

    answer = page.post(f"{CHANNELS}email/test/", {"address": client.email}, follow=True)

    assert "There is no such mailbox" in answer.content.decode()
    assert AuditEntry.objects.get(action="channel.tested").data["ok"] is False


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("address", ["stranger@example.com", "not an address"])
def test_strangers_get_no_test_messages(page: Client, address: str) -> None:
    answer = page.post(f"{CHANNELS}email/test/", {"address": address})

    assert answer.status_code == 422
    assert "Only verified addresses" in answer.content.decode()


def test_telegram_is_told_where_to_answer(page: Client, channels: Simulated) -> None:
    answer = page.post(f"{CHANNELS}telegram/webhook/", follow=True)

    assert "Telegram knows the address now" in answer.content.decode()
    assert page.post(f"{CHANNELS}sms/webhook/").status_code == 404
    assert page.get(f"{CHANNELS}pigeon/").status_code == 404


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("who", [accounts.staff, accounts.operator, accounts.client])
def test_only_administrators_run_channels(who: Any) -> None:
    other = accounts.browser(who())

    codes = [other.get(CHANNELS).status_code, other.get(SMS).status_code, other.post(SMS, TWILIO).status_code]

    assert codes == [403] * 3
    assert stored("sms")["from_number"] == "+15005550006"
