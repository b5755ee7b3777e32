"""`bin/bench`: starts the servers, runs each part in a process and a database of its own, renders the page."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from bench import ground, report, scale
from docflow.servers.trouble import CannotStart

PARTS = ("engine", "documents", "pages")


def main() -> int:
    chosen = _arguments()
    if chosen.parts == ["report"]:
        report.write()
        return 0
    wanted = _wanted(chosen.parts or PARTS)
    try:
        with ground.servers() as env:
            env |= {scale.QUICK: "1"} if chosen.quick else {}
            ended = [_measure(env, part, names, chosen.rounds) for part, names in wanted.items()]
    except CannotStart as trouble:
        print(trouble, file=sys.stderr)
        return 1
    report.write()
    return max(ended)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure speed and write docs/performance.md.")
    parser.add_argument("parts", nargs="*", metavar="PART[:MEASUREMENT]", help=f"{', '.join(PARTS)}, or report")
    parser.add_argument("--rounds", type=int, default=3, help="of each contender; the median counts (default: 3)")
    parser.add_argument(
        "--quick", action="store_true", help="a fifth of the messages: for a first look, or a busy machine"
    )
    return parser.parse_args()


def _wanted(parts: Sequence[str]) -> dict[str, list[str]]:
    """Parts with the measurements named of each; none named means all."""
    wanted: dict[str, list[str]] = {}
    for one in parts:
        part, _colon, name = one.partition(":")
        if part not in PARTS:
            raise SystemExit(f"There is no part {part!r}; there are {', '.join(PARTS)}.")
        wanted.setdefault(part, []).extend([name] if name else [])
    return wanted


def _measure(env: dict[str, str], part: str, names: list[str], rounds: int) -> int:
    own = ground.with_database(env, f"bench_{part}")
    ground.migrate(own)
    command = [sys.executable, "-m", "bench.part", part, str(rounds), *names]
    return subprocess.run(command, env=own, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
