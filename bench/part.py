"""One part in a process of its own: its measurements in turn, each kept as soon as it is done."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

import django

from bench import meter, results
from bench.results import Result

Measurement = Callable[[int], Result]
"""Given the number of rounds. A part's module has MEASUREMENTS, by name."""


def main(part: str, rounds: int, names: list[str]) -> None:
    django.setup()
    known: Mapping[str, Measurement] = import_module(f"bench.{part}").MEASUREMENTS
    for name in names or known:
        print(f"== {part}: {name}", flush=True)
        began = time.monotonic()
        with meter.Meter() as used:
            result = known[name](rounds)
        result = replace(result, name=name, seconds=time.monotonic() - began, foreign=used.used.foreign)
        results.keep(part, result)
        for goal in result.goals:
            print(f"   {'ok   ' if goal.is_met else 'SHORT'} {results.spoken(goal)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
