import pytest

from notifications.segments import Segments, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0)),
        ("Vector: contract 418 is ready https://d.vl.test/s/Kp7x2Q9aTbM4wZ8yRc3vNd", Segments("GSM-7", 72, 1)),
        ("Вектор: договор 418 готов https://d.vl.test/s/Kp7x2Q9aTbM4wZ8yRc3vNd", Segments("UCS-2", 68, 1)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("ж" * 70, Segments("UCS-2", 70, 1)),
        ("ж" * 71, Segments("UCS-2", 71, 2)),
        ("ж" * 135, Segments("UCS-2", 135, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("№ 418", Segments("UCS-2", 5, 1)),
        ("a\u00a0b", Segments("UCS-2", 3, 1)),
        ("🙂" * 35, Segments("UCS-2", 70, 1)),
    ],
)
def test_counts(text: str, expected: Segments) -> None:
    assert segments(text) == expected


def test_a_wide_character_is_not_cut() -> None:
    assert segments("ж" * 66 + "🙂" + "ж" * 66).segments == 3


def test_room_says_how_much_fits() -> None:
    assert (segments("ж").room, segments("ж" * 71).room, segments("a").room) == (70, 134, 160)
