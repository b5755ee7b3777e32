"""Ports on this machine: free ones for the servers, and whether the wanted one is free."""

import random
import socket
from pathlib import Path

from docflow.servers.trouble import CannotStart

LOOPBACK = "127.0.0.1"
LOWEST = 15000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A free loopback port below those the system gives to outgoing connections.

    One of theirs could be taken by a client while a killed server is down, or that client could meet itself.
    """
    below = _lowest_ephemeral()
    for _ in range(200):
        port = random.randrange(LOWEST, below)  # noqa: S311 - not a secret
        if is_free(LOOPBACK, port):
            return port
    raise CannotStart("No free port was found on this machine.")


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError:
        return False
    return True


def _lowest_ephemeral() -> int:
    try:
        lowest = int(EPHEMERAL.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        lowest = 32768
    return lowest if lowest > LOWEST + 1000 else 32768
