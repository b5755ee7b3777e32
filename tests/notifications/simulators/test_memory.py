"""The ledger and what the page shows outlive the process."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from notifications.channels import registry
from notifications.channels.base import Message
from notifications.simulators import magic
from notifications.simulators.ledger import Ledger
from notifications.simulators.magic import Behaviour
from notifications.simulators.showcase import Showcase
from tests.notifications.simulators.running import simulated


def test_restart_forgets_nothing(tmp_path: Path) -> None:
    with simulated(tmp_path) as first:
        channel = registry.open_channel("telegram", first.settings("telegram"))
        ref = channel.send(Message("k", "500000001", "ru", "", "Готов"), lambda: None).provider_ref
        channel.close()
        before = [asdict(shown) for shown in first.at.desk.showcase.messages.values()]

    with simulated(tmp_path) as second:
        channel = registry.open_channel("telegram", second.settings("telegram"))
        later = channel.send(Message("k2", "500000001", "ru", "", "Ещё"), lambda: None).provider_ref
        channel.close()
        after = [asdict(shown) for shown in second.at.desk.showcase.messages.values()]
        lines = second.ledger()

    assert after[:1] == before
    assert ref != later
    assert [line["key"] for line in lines] == ["k", "k2"]


def test_ledger_lines_hold_exactly_what_was_agreed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "deep" / "ledger.jsonl")
    ledger.write("twilio", "+79125550145", key=None, text="Готов", outcome="refused")
    ledger.close()

    (line,) = [json.loads(line) for line in ledger.path.read_text().splitlines()]

    assert set(line) == {"at", "provider", "to", "key", "text", "outcome"}
    assert (line["provider"], line["key"], line["text"], line["outcome"]) == ("twilio", None, "Готов", "refused")
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_line_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    showcase = Showcase(tmp_path / "ledger.jsonl")
    showcase.put("twilio", "+7912", ref="SM1", sender="x", text="Готов")
    showcase.close()
    with (tmp_path / "ledger.messages.jsonl").open("a") as file:
        file.write('{"message": {"id": 2, "at": "20')

    again = Showcase(tmp_path / "ledger.jsonl")

    assert [shown.text for shown in again.messages.values()] == ["Готов"]
    again.close()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("0192f0c1a2b37c4d8e9f0123456789ab", "0192f0c1-a2b3-7c4d-8e9f-0123456789ab"),
        ("0192f0c1-a2b3-7c4d-8e9f-0123456789ab", "0192f0c1-a2b3-7c4d-8e9f-0123456789ab"),
        ("callback", "callback"),
        (None, None),
    ],
)
def test_keys_are_written_as_our_api_writes_them(tmp_path: Path, key: str | None, expected: str | None) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.write("smtp", "maria@x.test", key=key, text="", outcome="accepted")
    ledger.close()

    assert json.loads(ledger.path.read_text())["key"] == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("hard@x.test", Behaviour.HARD),
        ("Maria+Soft@x.test", Behaviour.SOFT),
        ("maria+newsletter@x.test", Behaviour.DELIVERED),
        ("harder@x.test", Behaviour.DELIVERED),
    ],
)
def test_mailboxes(address: str, expected: Behaviour) -> None:
    assert magic.of_mailbox(address) == expected


def test_every_mood_has_a_number_and_a_meaning() -> None:
    moods = set(Behaviour) - {Behaviour.DELIVERED}

    assert set(magic.NUMBERS.values()) == moods
    assert set(magic.MEANINGS) == moods
