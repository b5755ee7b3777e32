"""What providers tell us: proven, kept, applied once and never backwards."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from accounts import tokens
from accounts.models import Contact
from notifications import consequences, hooks, incoming, receipts
from notifications.models import Attempt, Delivery, IncomingUpdate, Receipt
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import DOORS, Simulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def sms(channels: Simulated) -> Delivery:
    contact = accounts.contact(accounts.client(), "phone", "+79120000145")
    return make.delivery(contact, channel="sms", state="sent", provider_ref="SM1", attempt_no=1)


def _call(row: Delivery, status: str, *, token: str = DOORS.twilio_token, **more: str) -> int:
    path = f"/hooks/twilio/{row.pk}/"
    params = {"MessageSid": "SM1", "MessageStatus": status, **more}
    signature = RequestValidator(token).compute_signature(settings.BASE_URL + path, params)
    return Client().post(path, params, headers={"X-Twilio-Signature": signature}).status_code


def _state(row: Delivery) -> str:
    row.refresh_from_db()
    return row.state


def test_a_signed_receipt_delivers_and_nothing_goes_backwards(sms: Delivery) -> None:
    assert _call(sms, "sent") == 200
    assert _state(sms) == "sent"
    assert _call(sms, "delivered") == 200
    assert _state(sms) == "delivered"
    assert _call(sms, "sent") == 200
    assert _call(sms, "delivered") == 200
    assert _call(sms, "undelivered", ErrorCode="30005") == 200
    assert _state(sms) == "delivered"
    assert Receipt.objects.filter(status="delivered").count() == 1


def test_a_failure_says_why_and_a_late_delivery_corrects_it(sms: Delivery) -> None:
    _call(sms, "undelivered", ErrorCode="30005")
    sms.refresh_from_db()
    assert (sms.state, sms.address_dead) == ("failed", True)
    consequences.settle()
    assert Contact.objects.get(deliveries=sms).health == "suspended"

    _call(sms, "delivered")
    assert _state(sms) == "delivered"


def test_item_56_an_unsigned_or_foreign_call_changes_nothing(sms: Delivery) -> None:
    assert _call(sms, "delivered", token="wrong") == 403
    assert (
        Client().post(f"/hooks/twilio/{sms.pk}/", {"MessageSid": "SM1", "MessageStatus": "delivered"}).status_code
        == 403
    )
    assert _call(sms, "dancing") == 400
    assert Client().get(f"/hooks/twilio/{sms.pk}/").status_code == 405
    assert (_state(sms), Receipt.objects.count()) == ("sent", 0)


def test_a_receipt_that_overtakes_our_record_waits_for_it(sms: Delivery) -> None:
    Delivery.objects.filter(pk=sms.pk).update(state="sending", owner=1, provider_ref="")
    assert _call(sms, "delivered") == 200
    assert _state(sms) == "sending"

    Delivery.objects.filter(pk=sms.pk).update(state="sent", owner=None, provider_ref="SM1")
    assert receipts.match_late() == 1
    assert _state(sms) == "delivered"


@pytest.mark.parametrize("doubt", ["unknown", "retrying", "held"])
@pytest.mark.parametrize("word", ["sent", "delivered"])
def test_a_receipt_proves_what_was_in_doubt(sms: Delivery, doubt: str, word: str) -> None:
    Attempt.objects.create(delivery=sms, number=1, owner=1, opened_at=sms.created_at, outcome="unknown")
    Delivery.objects.filter(pk=sms.pk).update(state=doubt, reason="unknown_outcome", provider_ref="")

    _call(sms, word)

    assert _state(sms) == word
    assert (sms.reason, sms.attempts.get().outcome) == ("", "ok")


@pytest.mark.parametrize("doubt", ["retrying", "held"])
def test_that_one_of_several_tries_failed_proves_nothing_about_the_others(sms: Delivery, doubt: str) -> None:
    Delivery.objects.filter(pk=sms.pk).update(state=doubt, provider_ref="")

    _call(sms, "undelivered", ErrorCode="30005")

    assert _state(sms) == doubt


def _push(update: Any, secret: str | None = None) -> int:
    body = update if isinstance(update, str) else json.dumps(update)
    headers = {"X-Telegram-Bot-Api-Secret-Token": hooks.telegram_secret() if secret is None else secret}
    return Client().post("/hooks/telegram/", body, content_type="application/json", headers=headers).status_code


def _pressed(chat: str, data: str, number: int = 1) -> dict[str, Any]:
    chat_part = {"id": int(chat), "type": "private"}
    message = {"message_id": 5, "chat": chat_part, "text": "x"}
    return {
        "update_id": number,
        "callback_query": {"id": "7", "from": {"id": int(chat)}, "message": message, "data": data},
    }


def test_a_push_without_the_secret_or_sense_is_refused(db: None) -> None:
    assert _push({"update_id": 1}, secret="") == 403
    assert _push({"update_id": 1}, secret="ы") == 403
    assert _push("not json") == 400
    assert _push([1]) == 400
    assert _push({"update_id": 1, "poll": {}}) == 200
    assert IncomingUpdate.objects.count() == 0


def test_a_button_acts_for_its_own_addressee_only(things: make.Things, db: None) -> None:
    contact = accounts.contact(accounts.client(), "telegram", "500300")
    accounts.contact(accounts.client(), "telegram", "500301")
    one = make.thing(things)
    row = make.delivery(contact, channel="telegram", state="sent", about={"subject_id": one})

    _push(_pressed("500300", f"confirm:{row.pk.hex}"))
    _push(_pressed("500300", f"confirm:{row.pk.hex}"))
    _push(_pressed("500301", f"confirm:{row.pk.hex}", 2))
    _push(_pressed("500300", "confirm:nonsense", 3))
    incoming.handle()

    assert things.acts == [(one, "confirm", contact.pk)]
    assert not IncomingUpdate.objects.filter(handled_at=None).exists()


def test_start_links_the_chat_and_a_block_suspends_it(db: None) -> None:
    user = accounts.client()
    token = tokens.issue("telegram", user=user)
    chat = {"id": 500400, "type": "private"}
    _push(
        {"update_id": 11, "message": {"chat": chat, "from": {"id": 500400, "username": "m"}, "text": f"/start {token}"}}
    )
    incoming.handle()

    contact = user.contacts.get(kind="telegram")
    assert (contact.address, contact.verified_how) == ("500400", "start")

    _push(
        {
            "update_id": 12,
            "my_chat_member": {"chat": chat, "from": {"id": 500400}, "new_chat_member": {"status": "kicked"}},
        }
    )
    incoming.handle()
    contact.refresh_from_db()
    assert contact.health == "suspended"
