"""docs/performance.md and its pictures, from what was measured and kept; no figure on the page is typed by hand."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench import plots, results
from bench.results import Goal, Result, Table, number

PAGE = results.FOLDER.parent / "performance.md"
PARTS = (("engine", "The engine"), ("documents", "Documents"), ("pages", "Pages"))
HEAD = """# Speed

Measured by `bin/bench` and written by it: each figure is the median of at least three rounds, with the lowest and
highest beside it. Contenders of one comparison take turns in the same run, on the same PostgreSQL (durable), Valkey,
message and sink. CPU is that of all processes together: senders, PostgreSQL, Valkey, sink. Absolute figures belong to
the machine they were measured on; ratios travel better.
"""


def write() -> None:
    """Draw every plot and write the page."""
    found = [(title, part, results.kept(part)) for part, title in PARTS]
    for _title, _part, measured in found:
        for one in measured:
            for plot in one.plots:
                plots.draw(plot, results.FOLDER / f"{plot.name}.svg")
    PAGE.write_text("\n".join(_page(found)).rstrip() + "\n", encoding="utf-8")
    print(f"Written: {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")


def _page(found: Sequence[tuple[str, str, list[Result]]]) -> Iterator[str]:
    yield HEAD
    everything = [one for _title, _part, measured in found for one in measured]
    yield from _goals([goal for one in everything for goal in one.goals])
    yield from (f"**{one.title}.** {_failed(one)}\n" for one in everything if one.failed)
    yield from _short([goal for one in everything for goal in one.goals if not goal.is_met])
    for title, part, measured in found:
        if measured:
            yield f"## {title}\n"
            for one in measured:
                yield from _measurement(part, one)


def _goals(goals: Sequence[Goal]) -> Iterator[str]:
    yield "## Goals\n"
    met = sum(goal.is_met for goal in goals)
    yield f"{met} of {len(goals)} are met.\n"
    yield from _rows(
        ("goal", "wanted", "measured", ""),
        (
            (goal.what, _wanted(goal), _with(goal.measured, goal.unit), "✓" if goal.is_met else "short")
            for goal in goals
        ),
    )


def _wanted(goal: Goal) -> str:
    return f"{'≥' if goal.at_least else '≤'} {_with(goal.wanted, goal.unit)}"


def _with(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip()


def _short(goals: Sequence[Goal]) -> Iterator[str]:
    if goals:
        yield "### What falls short, and why\n"
        yield from (f"- **{goal.what}**: {_with(goal.measured, goal.unit)}. {goal.cause}" for goal in goals)
        yield ""


def _measurement(part: str, one: Result) -> Iterator[str]:
    yield f"### {one.title}\n"
    if one.told:
        yield f"{one.told}\n"
    yield from (f"![{plot.title}](performance/{plot.name}.svg)\n" for plot in one.plots)
    for table in one.tables:
        yield from _table(table)
    taken = f"`bin/bench {part}:{one.name}`, {one.seconds:.0f} s, {one.at}"
    yield f"{taken}; {one.machine}; other programs took {number(one.foreign)} cores meanwhile.\n"
    if one.failed:
        yield f"{_failed(one)}\n"


def _failed(one: Result) -> str:
    return f"The run of {one.failed} broke off, so these figures are older."


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"**{table.title}**\n"
    yield from _rows(table.columns, table.rows)
    if table.note:
        yield f"{table.note}\n"


def _rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
