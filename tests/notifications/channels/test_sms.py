from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict

from notifications.channels.base import ChannelError, Message
from notifications.channels.sms import SmsChannel
from notifications.channels.twilio_codes import verdict
from notifications.channels.twilio_status import parse_callback, verify
from tests.notifications.channels import scripted
from tests.notifications.channels.receiver import Call, Receiver, receiving
from tests.notifications.simulators.running import DOORS, FROM, Simulated, until

TEXT = "Вектор: договор 418 готов https://d.vl.test/s/"
CREATED = b'{"sid": "SM1", "status": "queued", "num_segments": "1", "body": "x"}'


@pytest.fixture
def channel(providers: Simulated) -> Iterator[SmsChannel]:
    channel = SmsChannel(providers.settings("sms"))
    yield channel
    channel.close()


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def message(to: str, code: str, callback_url: str | None = None) -> Message:
    return Message(code, to, "ru", "", TEXT + code, callback_url=callback_url)


def form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode()))


def statuses(web: Receiver) -> list[str]:
    return [form(call)["MessageStatus"] for call in web.calls]


def test_reports_come_signed_and_carry_our_key(channel: SmsChannel, web: Receiver) -> None:
    url = f"{web.base}/callbacks/twilio/?key=0192abcd"

    receipt = channel.send(message("+79125550145", "0192abcd", url), lambda: None)
    until(lambda: len(web.calls) == 2)

    assert statuses(web) == ["sent", "delivered"]
    for call in web.calls:
        signature = call.headers["X-Twilio-Signature"]
        given = QueryDict(call.body.decode())
        assert verify(f"{web.base}{call.path}", form(call), signature, DOORS.twilio_token)
        assert verify(f"{web.base}{call.path}", given, signature, DOORS.twilio_token)
        assert not verify(f"{web.base}{call.path}x", given, signature, DOORS.twilio_token)
        assert not verify(f"{web.base}{call.path}", form(call) | {"MessageStatus": "x"}, signature, DOORS.twilio_token)
        assert not verify(f"{web.base}{call.path}", given, signature, "another token")
        callback = parse_callback(given)
        assert callback is not None
        assert callback.provider_ref == receipt.provider_ref


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("90004", ["sent", "sent", "delivered", "delivered"]),
        ("90005", ["delivered", "sent"]),
        ("90009", ["sent", "undelivered"]),
    ],
)
def test_reports_as_the_number_asks(channel: SmsChannel, web: Receiver, ending: str, expected: list[str]) -> None:
    channel.send(message(f"+791255{ending}", f"r{ending}", f"{web.base}/r"), lambda: None)
    until(lambda: len(web.calls) == len(expected))

    assert statuses(web) == expected


def test_look_up_finds_what_was_taken_in_silence(channel: SmsChannel, providers: Simulated) -> None:
    since = datetime.now(UTC)
    hasty = SmsChannel(providers.settings("sms", deadline=0.3))
    sent = message("+79125590003", "looked-up")

    with pytest.raises(ChannelError) as caught:
        hasty.send(sent, lambda: None)
    hasty.close()
    found = channel.look_up(sent, since)

    assert caught.value.kind == "unknown"
    assert found is not None
    assert found.provider_ref.startswith("SM")
    assert channel.look_up(replace(sent, text=TEXT + "another"), since) is None
    assert channel.look_up(replace(sent, to="+79125550146"), since) is None
    assert channel.look_up(sent, since + timedelta(minutes=5)) is None


@pytest.mark.parametrize(
    ("ending", "said", "status", "reason"),
    [("50145", "delivered", "delivered", None), ("90009", "undelivered", "failed", "number_not_found")],
)
def test_twilio_can_be_asked_what_became_of_a_message(
    channel: SmsChannel, web: Receiver, ending: str, said: str, status: str, reason: str | None
) -> None:
    ref = channel.send(message(f"+791255{ending}", f"a{ending}", f"{web.base}/r"), lambda: None).provider_ref
    until(lambda: len(web.calls) == 2)

    found = channel.status(ref)

    assert found is not None
    assert (found.provider_ref, found.said, found.status) == (ref, said, status)
    assert (found.verdict.reason if found.verdict else None) == reason


def test_what_twilio_does_not_know_it_says_nothing_about(channel: SmsChannel) -> None:
    with pytest.raises(ChannelError, match="HTTP 404"):
        channel.status("SM404")


def test_look_up_that_cannot_ask_says_so(providers: Simulated) -> None:
    channel = SmsChannel(providers.settings("sms") | {"auth_token": "wrong"})

    with pytest.raises(ChannelError):
        channel.look_up(message("+79125550145", "x"), datetime.now(UTC))
    channel.close()


def test_sender_may_be_a_messaging_service() -> None:
    with scripted.http(scripted.answered("201 Created", CREATED)) as server:
        receipt = scripted_channel(server.port, from_number="MG123").send(message("+79125550145", "m"), lambda: None)
        asked = b"".join(server.lines)

    assert receipt.provider_ref == "SM1"
    assert b"MessagingServiceSid=MG123" in asked
    assert FROM.encode() not in asked


def scripted_channel(port: int, **changed: str) -> SmsChannel:
    settings = {"account_sid": DOORS.twilio_sid, "auth_token": DOORS.twilio_token, "from_number": FROM}
    return SmsChannel(settings | {"api_base": f"http://127.0.0.1:{port}", "deadline": "2"} | changed)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ("unknown", "no_answer")),
        (b"220 mail.test ESMTP\r\n", ("unknown", "no_answer")),
        (scripted.answered("201 Created", b"{}"), ("unknown", "garbage")),
        (scripted.answered("201 Created", b"[1, 2]"), ("unknown", "garbage")),
        (scripted.answered("201 Created", b"\xff\xfe{"), ("unknown", "garbage")),
        (scripted.answered("201 Created", CREATED[:20]), ("unknown", "garbage")),
        (scripted.answered("201 Created", b" " * 100_000), ("unknown", "no_answer")),
        (scripted.answered("502 Bad Gateway", b"<html>"), ("unknown", "garbage")),
        (scripted.answered("503 Unavailable", b"<html>"), ("transient", "provider_down")),
        (
            scripted.answered("500 Error", b'{"code": 20500, "message": "x", "status": 500}'),
            ("transient", "provider_down"),
        ),
        (scripted.answered("429 Many", b'{"code": 20429, "message": "x"}', "Retry-After: 30"), ("transient", "busy")),
        (scripted.answered("404 Not Found", b"<html>"), ("config", "not_configured")),
        (scripted.answered("302 Found", b"", "Location: http://127.0.0.1:9/"), ("permanent", "refused")),
    ],
)
def test_answers_that_are_no_receipt(answer: bytes | None, expected: tuple[str, str]) -> None:
    with scripted.http(answer) as server:
        channel = scripted_channel(server.port)
        with pytest.raises(ChannelError) as caught:
            channel.send(message("+79125550145", "x"), lambda: None)
        channel.close()

    assert (caught.value.kind, caught.value.reason) == expected
    assert caught.value.retry_after == (30 if expected[1] == "busy" else None)


def test_connection_closed_while_idle_is_replaced() -> None:
    answer = scripted.answered("201 Created", CREATED).replace(b"Connection: close\r\n", b"")
    with scripted.http(answer, answer) as server:
        channel = scripted_channel(server.port)
        assert channel.send(message("+79125550145", "x"), lambda: None).provider_ref == "SM1"
        until(lambda: server.closed == 1)
        assert channel.send(message("+79125550145", "x"), lambda: None).provider_ref == "SM1"
        channel.close()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21211, ("permanent", "bad_address", True)),
        (400, 21610, ("permanent", "opted_out", True)),
        (400, 21408, ("permanent", "region_closed", False)),
        (400, 21617, ("permanent", "too_long", False)),
        (400, 99999, ("permanent", "refused", False)),
        (401, 20003, ("config", "sign_in_refused", False)),
        (429, 20429, ("transient", "busy", False)),
        (500, 20500, ("transient", "provider_down", False)),
        (500, 99999, ("transient", "provider_down", False)),
        (504, 504, ("unknown", "garbage", False)),
    ],
)
def test_verdicts(status: int, code: int, expected: tuple[str, str, bool]) -> None:
    assert tuple(verdict(status, code)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"MessageSid": "SM1", "MessageStatus": "sent"}, ("sent", "sent", None)),
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, ("delivered", "delivered", None)),
        ({"MessageSid": "SM1", "MessageStatus": "read"}, ("read", "delivered", None)),
        ({"SmsSid": "SM1", "SmsStatus": "sending"}, ("sending", "queued", None)),
        ({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30006"}, ("failed", "failed", "not_mobile")),
        (
            {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "abc"},
            ("undelivered", "failed", "refused"),
        ),
    ],
)
def test_callbacks(given: dict[str, str], expected: tuple[str, str | None, str | None]) -> None:
    callback = parse_callback(given)

    assert callback is not None
    reason = callback.verdict.reason if callback.verdict else None
    assert (callback.said, callback.status, reason) == expected


@pytest.mark.parametrize("given", [{}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "MessageStatus": "levitating"}])
def test_callbacks_about_nothing(given: dict[str, str]) -> None:
    assert parse_callback(given) is None
