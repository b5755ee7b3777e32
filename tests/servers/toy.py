"""A supervisor of three toy processes, run as a program by test_supervisor.py: toy.py FOLDER."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from docflow.servers.child import Process
from docflow.servers.supervisor import Supervisor

WAITS = """
import pathlib, signal, sys, time
def end(number, frame):
    with open({diary!r}, "a") as diary:
        diary.write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if {stubborn} else end)
pathlib.Path({ready!r}).touch()
time.sleep(600)
"""


def toy(folder: Path, name: str, *, tier: int, stubborn: bool = False) -> Process:
    ready = folder / f"{name}.ready"
    code = WAITS.format(diary=str(folder / "diary"), name=name, ready=str(ready), stubborn=stubborn)
    return Process(name, [sys.executable, "-c", code], dict(os.environ), ready.exists, tier=tier, stop_within=60)


def main(folder: Path, stubborn: bool) -> None:
    supervisor = Supervisor(folder, lambda line: None)
    supervisor.listen()
    supervisor.start(toy(folder, "server", tier=0))
    still = folder / "web stands still"
    web = replace(toy(folder, "web", tier=1, stubborn=stubborn), stands_still=lambda ran: still.exists())
    supervisor.start(toy(folder, "worker", tier=1), web)

    def write() -> None:
        beside = folder / "pids.new"
        beside.write_text(json.dumps(supervisor.pids()))
        beside.replace(folder / "pids.json")

    write()
    supervisor.changed = write
    supervisor.watch()
    supervisor.stop()


if __name__ == "__main__":
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    main(Path(sys.argv[1]), "--stubborn" in sys.argv)
