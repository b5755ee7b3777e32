"""Every registered channel meets the same provider's moods, over real sockets."""

from __future__ import annotations

import itertools
import resource
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from notifications.channels import registry
from notifications.channels.base import Button, Channel, ChannelError, Message, Receipt
from tests.notifications.simulators.running import DOORS, Simulated

NUMBERS = {
    "soft": "90001",
    "hard": "90002",
    "timeout": "90003",
    "busy": "90006",
    "garbage": "90008",
    "drip": "90010",
    "full": "90011",
    "flood": "90012",
    "cut": "90013",
    "fine": "12345",
}
SECRETS = (DOORS.smtp_password, DOORS.twilio_token, DOORS.telegram_token)
TOO_LONG = {"email": 300_000, "sms": 1601, "telegram": 4097}
serial = itertools.count(1)


class Commits:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


class Stopped(Exception):
    pass


def stop() -> None:
    raise Stopped


def address(kind: str, mood: str) -> str:
    if kind == "email":
        return f"maria+{mood}@north-wind.test"
    return f"+7912555{NUMBERS[mood]}"[-13:] if kind == "sms" else NUMBERS[mood]


def message(kind: str, mood: str = "fine", **more: object) -> Message:
    number = next(serial)
    plain = Message(
        key=str(UUID(int=number)),
        to=address(kind, mood),
        language="ru",
        subject=f"Договор № {number} готов",
        text=f"Вектор: договор {number} готов https://d.vl.test/s/Kp7x2Q9aTbM4wZ8yRc3vNd",
        callback_url=f"http://127.0.0.1:9/callbacks/{number:032x}" if kind == "sms" else None,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.fixture(params=sorted(registry.KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def channel(kind: str, providers: Simulated) -> Iterator[Channel]:
    channel = registry.open_channel(kind, providers.settings(kind))
    yield channel
    channel.close()


@pytest.fixture
def hasty(kind: str, providers: Simulated) -> Iterator[Channel]:
    channel = registry.open_channel(kind, providers.settings(kind, deadline=0.5))
    yield channel
    channel.close()


def refusal(channel: Channel, sent: Message, commits: Commits | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.send(sent, commits or Commits())
    error = caught.value
    assert not any(secret in f"{error} {error.answer} {error!r}" for secret in SECRETS)
    assert len(error.answer) <= 500
    return error


def test_success_reaches_the_ledger_once(kind: str, channel: Channel, providers: Simulated) -> None:
    sent, commits = message(kind), Commits()

    receipt = channel.send(sent, commits)

    lines = [line for line in providers.ledger(sent.to) if line["key"] == sent.key]
    assert isinstance(receipt, Receipt)
    assert receipt.provider_ref
    assert [line["outcome"] for line in lines] == ["accepted"]
    assert sent.text in lines[0]["text"]
    assert commits.times == 1


def test_commits_before_anything_is_taken(kind: str, channel: Channel, providers: Simulated) -> None:
    sent = message(kind)
    seen: list[int] = []

    channel.send(sent, lambda: seen.append(len([x for x in providers.ledger() if x["key"] == sent.key])))

    assert seen == [0]


def test_a_stop_while_committing_sends_nothing(kind: str, channel: Channel, providers: Simulated) -> None:
    sent = message(kind)

    with pytest.raises(Stopped):
        channel.send(sent, stop)
    channel.send(message(kind), Commits())

    assert not [line for line in providers.ledger() if line["key"] == sent.key]


def test_a_stop_with_any_exception_is_not_doubt(kind: str, channel: Channel) -> None:
    for error in (ValueError("fenced"), OSError("disk"), KeyError("slot")):

        def stop_with(error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as caught:
            channel.send(message(kind), stop_with)
        assert caught.value is error


def test_permanent_refusal_marks_the_address(kind: str, channel: Channel) -> None:
    error = refusal(channel, message(kind, "hard"))

    assert (error.kind, error.address_dead) == ("permanent", True)


def test_transient_refusals_then_success(kind: str, channel: Channel, providers: Simulated) -> None:
    sent = message(kind, "soft")

    first, second = refusal(channel, sent), refusal(channel, sent)
    channel.send(sent, Commits())

    assert (first.kind, second.kind) == ("transient", "transient")
    outcomes = [line["outcome"] for line in providers.ledger(sent.to) if line["key"] == sent.key]
    assert outcomes == ["refused", "refused", "accepted"]


def test_asked_to_wait_is_transient(kind: str, channel: Channel) -> None:
    error = refusal(channel, message(kind, "busy"))

    assert (error.kind, error.reason) == ("transient", "busy")
    assert error.retry_after == (2 if kind != "email" else None)


def test_silence_after_acceptance_is_unknown(kind: str, hasty: Channel, providers: Simulated) -> None:
    sent, commits = message(kind, "timeout"), Commits()

    error = refusal(hasty, sent, commits)

    assert (error.kind, error.reason) == ("unknown", "no_answer")
    assert commits.times == 1
    assert [line["outcome"] for line in providers.ledger() if line["key"] == sent.key] == ["accepted"]


def test_an_endless_answer_ends_with_the_deadline(kind: str, hasty: Channel) -> None:
    assert refusal(hasty, message(kind, "drip")).kind == "unknown"


@pytest.mark.parametrize("mood", ["flood", "cut"])
def test_an_answer_too_long_or_cut_off_is_unknown(kind: str, channel: Channel, providers: Simulated, mood: str) -> None:
    sent, before = message(kind, mood), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert refusal(channel, sent).kind == "unknown"

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024  # kilobytes; the flood would be ten gigabytes
    assert [line["outcome"] for line in providers.ledger() if line["key"] == sent.key] == ["accepted"]


def test_garbage_answer_is_unknown(kind: str, channel: Channel) -> None:
    assert refusal(channel, message(kind, "garbage")).kind == "unknown"


def test_works_on_after_every_mood(kind: str, channel: Channel) -> None:
    for mood in ("hard", "garbage", "soft"):
        refusal(channel, message(kind, mood))
        channel.send(message(kind), Commits())


def test_oversize_text_is_refused_for_good(kind: str, channel: Channel) -> None:
    error = refusal(channel, message(kind, text="ж" * TOO_LONG[kind]))

    assert (error.kind, error.reason, error.address_dead) == ("permanent", "too_long", False)


def test_nobody_there_is_transient_and_not_committed(kind: str, providers: Simulated) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = providers.settings(kind) | {"port": str(port), "api_base": f"http://127.0.0.1:{port}"}
    channel, commits = registry.open_channel(kind, settings), Commits()

    error = refusal(channel, message(kind), commits)
    channel.close()

    assert (error.kind, error.reason, commits.times) == ("transient", "no_connection", 0)


def test_wrong_credentials_are_a_matter_of_settings(kind: str, providers: Simulated) -> None:
    wrong = {"password": "wrong-7788", "auth_token": "wrong-7788", "token": "7000001:wrong-7788"}
    channel = registry.open_channel(kind, providers.settings(kind) | wrong)

    error = refusal(channel, message(kind))
    problems = channel.check()
    channel.close()

    assert (error.kind, error.reason) == ("config", "sign_in_refused")
    assert len(problems) == 1
    assert "wrong-7788" not in f"{error}{problems}"


def test_check_finds_nothing_where_all_is_well(channel: Channel) -> None:
    assert channel.check() == []


def test_without_settings_it_says_what_is_missing(kind: str) -> None:
    channel = registry.open_channel(kind, {})

    error, problems = refusal(channel, message(kind)), channel.check()
    channel.close()

    assert (error.kind, error.reason) == ("config", "not_configured")
    assert len(problems) == 1


def test_many_threads_share_one_channel(kind: str, channel: Channel, providers: Simulated) -> None:
    sent = [message(kind) for _n in range(24)]

    def send_some(part: list[Message]) -> None:
        for one in part:
            channel.send(one, Commits())

    threads = [threading.Thread(target=send_some, args=(sent[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    arrived = [line["key"] for line in providers.ledger()]
    assert all(arrived.count(one.key) == 1 for one in sent)


def test_buttons_never_break_a_channel_without_them(kind: str, channel: Channel) -> None:
    buttons = ((Button("Открыть", url="https://d.vl.test/s/x"),), (Button("Подтвердить", act="a:1"),))

    assert channel.send(message(kind, buttons=buttons), Commits()).provider_ref


def test_only_channels_with_receipts_can_be_asked_for_one(kind: str, channel: Channel) -> None:
    ref = channel.send(message(kind), Commits()).provider_ref

    assert (channel.status(ref) is not None) == channel.has_receipts


def test_only_channels_that_can_ask_look_up(kind: str, channel: Channel) -> None:
    assert registry.describe(kind).unknown_policy in ("lookup", "repeat", "hold")
    assert channel.unknown_wait > 0
