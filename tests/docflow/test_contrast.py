"""The colours keep their promised contrast, computed from the sheet itself (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

SHEET_FOLDER = Path(__file__).parents[2] / "static" / "css"
SHEET = (SHEET_FOLDER / "base.css").read_text()
GROUNDS = ("bg", "surface", "sunken")
TONES = ("grey", "blue", "amber", "green", "violet", "red")


def tokens(start: str) -> dict[str, str]:
    """The colours declared in the block that opens with `start`."""
    block = SHEET.split(start, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-Fa-f]{6});", block))


LIGHT = tokens("color-scheme: light dark;")
DARK = tokens(':root[data-theme="dark"] {')
THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def worst(colours: dict[str, str], name: str, grounds: tuple[str, ...] = GROUNDS) -> float:
    return min(ratio(colours[name], colours[ground]) for ground in grounds)


def test_both_ways_into_the_dark_are_the_same() -> None:
    assert tokens(':root:not([data-theme="light"]) {') == DARK


def test_dark_changes_every_colour_of_light() -> None:
    assert DARK.keys() == LIGHT.keys()


@THEMES
@pytest.mark.parametrize("name", ["ink", "ink-2", "ink-3", "accent", "accent-hover"])
def test_text_reads_on_every_ground(colours: dict[str, str], name: str) -> None:
    assert worst(colours, name) >= 4.5


@THEMES
def test_borders_of_controls_are_seen(colours: dict[str, str]) -> None:
    assert worst(colours, "line-strong") >= 3


@THEMES
def test_the_accent_carries_text(colours: dict[str, str]) -> None:
    assert ratio(colours["on-accent"], colours["accent"]) >= 4.5
    assert ratio(colours["on-accent"], colours["accent-hover"]) >= 4.5
    assert ratio(colours["accent"], colours["accent-soft"]) >= 4.5


@THEMES
@pytest.mark.parametrize("tone", TONES)
def test_a_tone_reads_on_its_ground_and_elsewhere(colours: dict[str, str], tone: str) -> None:
    assert worst(colours, tone, (*GROUNDS, f"{tone}-ground")) >= 4.5


@THEMES
@pytest.mark.parametrize("tone", TONES)
def test_lines_of_a_tone_are_seen(colours: dict[str, str], tone: str) -> None:
    assert worst(colours, f"{tone}-line", ("bg", "surface")) >= 3


@pytest.mark.parametrize(
    ("colours", "name", "ground", "promised"),
    [
        (LIGHT, "grey", "grey-ground", 6.5),
        (LIGHT, "blue", "blue-ground", 6.1),
        (LIGHT, "amber", "amber-ground", 6.0),
        (LIGHT, "green", "green-ground", 6.2),
        (LIGHT, "violet", "violet-ground", 6.5),
        (LIGHT, "red", "red-ground", 5.7),
        (LIGHT, "on-accent", "accent", 6.9),
        (LIGHT, "accent", "accent-soft", 6.0),
        (DARK, "grey", "grey-ground", 7.4),
        (DARK, "blue", "blue-ground", 7.4),
        (DARK, "amber", "amber-ground", 8.4),
        (DARK, "green", "green-ground", 7.9),
        (DARK, "violet", "violet-ground", 7.6),
        (DARK, "red", "red-ground", 7.5),
        (DARK, "on-accent", "accent", 8.0),
        (DARK, "accent", "accent-soft", 6.4),
    ],
)
def test_the_table_of_the_design_is_true(colours: dict[str, str], name: str, ground: str, promised: float) -> None:
    assert ratio(colours[name], colours[ground]) == pytest.approx(promised, abs=0.1)


@pytest.mark.parametrize(
    ("colours", "name", "lowest", "highest"),
    [
        (LIGHT, "ink", 15.0, 17.4),
        (LIGHT, "ink-2", 7.0, 8.2),
        (LIGHT, "ink-3", 4.8, 5.6),
        (LIGHT, "accent", 6.0, 6.9),
        (LIGHT, "line-strong", 3.2, 3.7),
        (DARK, "ink", 13.8, 16.2),
        (DARK, "ink-2", 8.2, 9.7),
        (DARK, "ink-3", 5.8, 6.8),
        (DARK, "accent", 7.1, 8.4),
        (DARK, "line-strong", 3.7, 4.3),
    ],
)
def test_the_ranges_of_the_design_are_true(colours: dict[str, str], name: str, lowest: float, highest: float) -> None:
    ratios = [ratio(colours[name], colours[ground]) for ground in GROUNDS]
    assert min(ratios) == pytest.approx(lowest, abs=0.1)
    assert max(ratios) == pytest.approx(highest, abs=0.1)
