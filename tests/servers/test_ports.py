"""Ports: free ones are found where no outgoing connection will take them, taken ones are seen."""

import socket

from docflow.servers import ports


def test_free_port_lies_below_the_systems_own():
    port = ports.free_port()

    assert ports.LOWEST <= port < ports._lowest_ephemeral()
    assert ports.is_free(ports.LOOPBACK, port)


def test_taken_port_is_not_free():
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        assert not ports.is_free(ports.LOOPBACK, server.getsockname()[1])


def test_unknown_host_is_not_free():
    assert not ports.is_free("no-such-host.invalid", 8000)
