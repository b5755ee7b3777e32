"""What a dead process leaves behind."""

from pathlib import Path
from uuid import uuid4

from notifications import journal
from notifications.journal import Journal, Phase
from notifications.recovery import fate


def test_a_living_process_is_seen_and_a_dead_one_is_read(tmp_path: Path) -> None:
    mine, first, second = Journal(tmp_path, 7), uuid4(), uuid4()
    slots = mine.take(), mine.take()
    mine.write(slots[0], first, 3, Phase.BEGUN, 2)
    mine.advance(slots[0], Phase.COMMITTING)
    mine.write(slots[1], second, 1, Phase.ACCEPTED)

    assert journal.lives(tmp_path, 7) is True
    assert journal.owners(tmp_path) == [7]
    marks = journal.read(tmp_path, 7)
    assert marks is not None
    assert marks[first, 3] == (Phase.COMMITTING, 2)
    assert marks[second, 1] == (Phase.ACCEPTED, 0)
    assert (first, 2) not in marks

    mine.close()
    assert journal.lives(tmp_path, 7) is None


def test_a_slot_is_written_over_once_given_back(tmp_path: Path) -> None:
    mine, first, second = Journal(tmp_path, 7), uuid4(), uuid4()
    slot = mine.take()
    mine.write(slot, first, 1, Phase.REFUSED)
    mine.give_back([slot])
    again = mine.take()
    mine.write(again, second, 1, Phase.COMMITTING)

    marks = journal.read(tmp_path, 7) or {}

    assert again == slot
    assert (first, 1) not in marks
    assert marks[second, 1].phase is Phase.COMMITTING
    mine.close()


def test_another_boot_or_a_torn_file_is_not_trusted(tmp_path: Path) -> None:
    mine = Journal(tmp_path, 7)
    path = journal.path_of(tmp_path, 7)
    content = path.read_bytes()
    path.write_bytes(b"\1" * 16 + content[16:])
    assert journal.read(tmp_path, 7) is None
    path.write_bytes(content[:100])
    assert journal.read(tmp_path, 7) is None
    mine.close()


def test_only_what_was_past_the_last_byte_is_in_doubt() -> None:
    assert fate("email", Phase.NONE)[:2] == ("transient", "retrying")
    assert fate("email", Phase.REFUSED)[:2] == ("transient", "retrying")
    assert fate("email", Phase.ACCEPTED)[:2] == ("ok", "sent")
    assert fate("email", Phase.COMMITTING)[:2] == ("unknown", "unknown")
    assert fate("email", None)[:2] == ("unknown", "unknown")
