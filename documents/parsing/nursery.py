"""The prepared parsing process: everything loaded, locked in, forking once for each document.

Started by documents.parsing.examination with an empty environment and the control
socket as standard input. The parent sends the end of a fresh socket for each document and gets a pidfd back.
"""

import gc
import os
import signal
import socket
import sys
import traceback

from documents.parsing import jail, wire
from documents.parsing.results import Limits


def main() -> None:
    """Serve until the parent is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # those who stop the parent stop us through it
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=0)
    reason = jail.leave_network()
    wire.send(control, {"is": "born", "without_namespaces": reason})
    wire.receive(control)  # the parent agrees to go on
    jail.drop_rights()
    from documents.parsing import work  # noqa: PLC0415 - parsers are loaded inside the walls

    work.warm_up()
    gc.freeze()
    wire.send(control, {"is": "ready"})
    while True:
        _, lines, _, _ = socket.recv_fds(control, 1, 1)
        if not lines:
            return
        _serve(control, lines[0])


def _serve(control: socket.socket, line: int) -> None:
    _reap()
    child = os.fork()
    if not child:
        _parse(control, line)
    os.close(line)
    handle = os.pidfd_open(child)
    socket.send_fds(control, [b"k"], [handle])
    os.close(handle)


def _parse(control: socket.socket, line: int) -> None:
    """In the forked process: never returns."""
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        control.close()
        from documents.parsing import work  # noqa: PLC0415 - loaded by main already

        with socket.socket(fileno=line) as conversation:
            wanted, _ = wire.receive(conversation)
            limits = Limits(**wanted.pop("limits"))
            jail.confine(limits)
            work.examine(conversation, limits, **wanted)
        code = 0
    except (EOFError, ConnectionError):
        pass
    except BaseException:  # whatever it was, this process must end here
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
