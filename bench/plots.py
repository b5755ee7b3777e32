"""Bars for people: one picture for each comparison, in the product's colours, readable on white and on dark."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.results import Plot, number

OURS, OTHERS, INK, GOAL = "#2C4BD0", "#9A9CA6", "#191A1F", "#B3261E"
BAR_HEIGHT = 0.46
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "svg.hashsalt": "docflow",  # the same figures give the same file
    "text.color": INK,
    "axes.edgecolor": OTHERS,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw(plot: Plot, file: Path) -> None:
    """Write the picture as SVG."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 1.3 + BAR_HEIGHT * len(plot.bars)), layout="constrained")
        axes = figure.subplots()
        _bars(axes, plot)
        _dress(axes, plot)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})


def _bars(axes: Any, plot: Plot) -> None:
    places = range(len(plot.bars) - 1, -1, -1)
    for place, bar in zip(places, plot.bars, strict=True):
        colour = OURS if bar.ours else OTHERS
        spread = [[max(0.0, bar.median - bar.low)], [max(0.0, bar.high - bar.median)]]
        axes.barh(place, bar.median, height=0.66, color=colour, xerr=spread, error_kw={"ecolor": INK, "capsize": 3})
        axes.annotate(
            f" {number(bar.median)}", (max(bar.high, bar.median), place), xytext=(4, 0), textcoords="offset points",
            va="center",
        )  # fmt: skip
    axes.set_yticks(list(places), [bar.label for bar in plot.bars])


def _dress(axes: Any, plot: Plot) -> None:
    axes.set_title(plot.title, loc="left", fontsize=12, fontweight="bold", pad=12)
    axes.set_xlabel(plot.unit)
    axes.set_xlim(0, max([bar.high for bar in plot.bars] + [plot.goal or 0]) * 1.14 or 1)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if plot.goal is not None:
        axes.axvline(plot.goal, color=GOAL, linestyle="--", linewidth=1.2)
        axes.annotate("goal", (plot.goal, 1), xycoords=("data", "axes fraction"), xytext=(3, 2), color=GOAL,
                      textcoords="offset points", fontsize=9)  # fmt: skip
