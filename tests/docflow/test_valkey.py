"""The client of Valkey: a server that stands still costs one wait, not one for each question."""

import os
import socket
from collections.abc import Iterator

import pytest
import redis
from pytest_django import Settings

from docflow.common import valkey


@pytest.fixture
def silent(settings: Settings) -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        settings.REDIS_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        yield listener


def callers(listener: socket.socket) -> int:
    """How many have connected since the last time."""
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return 0
    return 1 + callers(listener)


def test_who_did_not_answer_is_not_asked_again_for_a_while(silent: socket.socket) -> None:
    with pytest.raises(redis.TimeoutError):
        valkey.client().get("a")
    assert callers(silent) > 0

    with pytest.raises(redis.TimeoutError):
        valkey.client().get("a")
    assert valkey.hit("a", 60) == 0
    assert callers(silent) == 0


def test_another_server_is_asked_all_the_same(silent: socket.socket, settings: Settings) -> None:
    with pytest.raises(redis.TimeoutError):
        valkey.client().get("a")

    settings.REDIS_URL = os.environ["REDIS_URL"]

    assert valkey.client().set("a", b"1")
