"""docs/security.md and the tests agree: every item is spoken of, every test it names exists, none is forgotten."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ITEMS = range(1, 77)
NUMBERED = re.compile(r"test_item_(\d+(?:_and_\d+)*)_")
STANDINGS = {"held", "in part", "later", "decided otherwise", "by people"}


@cache
def page() -> str:
    return (ROOT / "docs" / "security.md").read_text()


@cache
def rows() -> dict[int, tuple[str, str]]:
    """Standing and words of each item of the list."""
    found = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|([^|]*)\|$", page(), re.MULTILINE)
    assert len(found) == len({number for number, _standing, _words in found}), "an item twice"
    return {int(number): (standing, words) for number, standing, words in found}


@cache
def proofs() -> dict[str, set[int]]:
    """Every test of the tree as `file::name`, with the items its name claims to prove."""
    return {
        f"{path.relative_to(ROOT / 'tests')}::{node.name}": numbers(node.name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def numbers(name: str) -> set[int]:
    found = NUMBERED.match(name)
    return {int(number) for number in found[1].split("_and_")} if found else set()


def test_every_item_stands_in_the_list_once_and_in_order() -> None:
    assert list(rows()) == list(ITEMS)
    assert {standing for standing, _words in rows().values()} <= STANDINGS


def test_what_is_held_has_a_test_and_what_is_not_says_why() -> None:
    proved = {item for claimed in proofs().values() for item in claimed}

    for item, (standing, words) in rows().items():
        if standing in {"held", "in part"}:
            assert item in proved, f"item {item} is called {standing}, and no test carries its number"
        if standing != "held":
            assert len(words) > 40, f"item {item} is {standing} without a reason"


def test_what_a_test_claims_is_called_held() -> None:
    claimed = {item for found in proofs().values() for item in found}

    assert {item for item in claimed if rows()[item][0] not in {"held", "in part"}} == set()


def test_every_file_named_on_the_page_exists() -> None:
    named = set(re.findall(r"`([\w/.-]+\.(?:py|md|yml|lock))`", page()))

    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / "tests" / name).exists()] == []
