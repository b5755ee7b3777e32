"""What a measurement hands back, kept as JSON: goals with their figures, tables, comparisons to be drawn."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "performance"


@dataclass(frozen=True)
class Spread:
    """Several rounds of one figure."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)} to {number(self.high)})"


@dataclass(frozen=True)
class Goal:
    """What is wanted and what was measured, in the same unit. `cause` says why it falls short, when it does."""

    what: str
    wanted: float
    measured: float
    unit: str
    at_least: bool = True
    cause: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


@dataclass(frozen=True)
class Table:
    """Rows of text as they will be printed; `note` says what a reader must know of them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One contender. `ours` is drawn in the product's colour."""

    label: str
    median: float
    low: float
    high: float
    ours: bool = True

    @classmethod
    def of(cls, label: str, spread: Spread, *, ours: bool = True) -> Self:
        return cls(label, spread.median, spread.low, spread.high, ours)


@dataclass(frozen=True)
class Plot:
    """Bars beside each other, drawn into `<name>.svg`; `goal` is a line to reach or to stay under."""

    name: str
    title: str
    unit: str
    bars: Sequence[Bar]
    goal: float | None = None


@dataclass(frozen=True)
class Result:
    """One measurement of a part, complete in itself."""

    name: str
    title: str
    goals: Sequence[Goal]
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
    told: str = ""
    """A paragraph on how it was measured."""
    seconds: float = 0.0
    foreign: float = 0.0
    """Cores that other programs took meanwhile."""
    at: str = field(default_factory=lambda: now())
    machine: str = field(default_factory=lambda: machine())
    failed: str = ""
    """When a later run of it broke off, and of what: its figures are older than that."""


def now() -> str:
    """The minute, as the page says it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def machine() -> str:
    """The machine in one line."""
    cores, memory = os.cpu_count() or 0, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{_processor()}, {cores} cores, {memory:.0f} GB, {system}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def number(value: float) -> str:
    """A figure for people: three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def keep(part: str, result: Result) -> None:
    """Put one measurement beside the part's others, in the place of its predecessor."""
    _write(part, {**_kept(part), result.name: asdict(result)})


def fail(part: str, name: str, trouble: str) -> None:
    """Keep that a measurement broke off: its older figures stay, and the page says that they are older."""
    found = _kept(part)
    if name in found:
        found[name]["failed"] = f"{now()} ({trouble})"
        _write(part, found)


def kept(part: str) -> list[Result]:
    """All measurements of a part, as they were kept."""
    return [_result(one) for one in _kept(part).values()]


def _file(part: str) -> Path:
    return FOLDER / f"{part}.json"


def _write(part: str, found: Mapping[str, Any]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    _file(part).write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _kept(part: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_file(part).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _result(one: dict[str, Any]) -> Result:
    plots = [Plot(**{**plot, "bars": [Bar(**bar) for bar in plot["bars"]]}) for plot in one["plots"]]
    goals, tables = [Goal(**goal) for goal in one["goals"]], [Table(**table) for table in one["tables"]]
    return Result(**{**one, "goals": goals, "tables": tables, "plots": plots})


def spoken(goal: Goal) -> str:
    """The goal and what was reached, in a line."""
    sign = "≥" if goal.at_least else "≤"
    unit = f" {goal.unit}" if goal.unit else ""
    return f"{goal.what}: {number(goal.measured)}{unit} (wanted {sign} {number(goal.wanted)}{unit})"
