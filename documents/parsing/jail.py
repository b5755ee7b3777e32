"""The walls around a parsing process: no network, no new files, little memory and time, no way to more rights."""

import ctypes
import resource
import signal

from documents.parsing.results import Limits

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
CAPABILITY_VERSION_3 = 0x20080522


def leave_network() -> str:
    """Move this process into namespaces of its own, with no network. Answers why not, or "" when done."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0:
        return ""
    reason = ctypes.get_errno()
    if libc.unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0:  # root where user namespaces are switched off
        return ""
    return f"unshare: error {reason}"


def drop_rights() -> None:
    """Give up every capability and the way back to any; others of the same user cannot look in."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    libc.capset(header, nothing)


def confine(limits: Limits) -> None:
    """Set the limits of one document. No file or socket can be opened after this: all code is loaded already."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + 5)  # if the parent dies and cannot kill us
