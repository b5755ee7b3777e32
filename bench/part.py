"""One part in a process of its own: its measurements in turn, each kept as soon as it is done or has failed."""

import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

import django

from bench import meter, results
from bench.results import Result

Measurement = Callable[[int], Result]
"""Given the number of rounds. A part's module has MEASUREMENTS, by name."""


def main(part: str, rounds: int, names: list[str]) -> int:
    """0, or 1 when one of them failed; the others are taken nevertheless."""
    django.setup()
    known: Mapping[str, Measurement] = import_module(f"bench.{part}").MEASUREMENTS
    if unknown := set(names) - set(known):
        print(f"Of {part} there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}.", file=sys.stderr)
        return 1
    failed = 0
    for name in names or known:
        print(f"== {part}: {name}", flush=True)
        try:
            result = _taken(known[name], name, rounds)
        except (Exception, SystemExit) as trouble:
            traceback.print_exc()
            results.fail(part, name, type(trouble).__name__)
            failed = 1
        else:
            results.keep(part, result)
            for goal in result.goals:
                print(f"   {'ok   ' if goal.is_met else 'SHORT'} {results.spoken(goal)}", flush=True)
    return failed


def _taken(measurement: Measurement, name: str, rounds: int) -> Result:
    began = time.monotonic()
    with meter.Meter() as used:
        result = measurement(rounds)
    return replace(result, name=name, seconds=time.monotonic() - began, foreign=used.used.foreign)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
