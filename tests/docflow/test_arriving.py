"""A body has to keep coming; what comes too slowly ends like a connection that broke."""

import asyncio
from collections.abc import Iterable
from typing import Any

from docflow import arriving

GONE = {"type": "http.disconnect"}


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def received(events: Iterable[dict[str, Any] | float], count: int, **bounds: float) -> list[Any]:
    """What a server gets that asks so many times; numbers are seconds of silence, and after the last event all is."""
    coming = iter(events)

    async def receive() -> Any:
        for one in coming:
            if not isinstance(one, float):
                return one
            await asyncio.sleep(one)
        return await asyncio.Event().wait()

    async def ask() -> list[Any]:
        following = arriving.bounded(receive, **bounds)
        return [await following() for _number in range(count)]

    return asyncio.run(ask())


def test_a_body_arrives_in_one_piece_and_then_the_connections_end():
    events = [piece(b"one"), piece(b"two"), piece(b"", more=False), GONE]

    assert received(events, 2) == [piece(b"onetwo", more=False), GONE]


def test_a_long_body_arrives_in_large_pieces():
    many = [piece(b"x" * 60_000) for _number in range(40)]

    first, second, third = received([*many, piece(b"end", more=False)], 3)

    assert len(first["body"]) == len(second["body"]) == 18 * 60_000
    assert third == piece(b"x" * 60_000 * 4 + b"end", more=False)


def test_a_body_that_stops_coming_is_a_broken_connection():
    assert received([piece(b"one")], 1, grace=0.05) == [GONE]


def test_a_body_that_trickles_is_a_broken_connection():
    events = [0.01, *(event for _number in range(100) for event in (piece(b"x"), 0.02))]

    assert received(events, 1, grace=0.1, slowest=1000.0) == [GONE]


def test_a_long_body_that_comes_fast_enough_may_take_its_time():
    events = [event for _number in range(10) for event in (piece(b"x" * 100), 0.02)]

    assert received([*events, piece(b"", more=False)], 1, grace=0.05, slowest=100.0)[0]["body"] == b"x" * 1000


def test_after_the_body_the_end_of_the_connection_is_awaited_without_limit():
    events = [piece(b"", more=False), 0.1, GONE]

    assert received(events, 2, grace=0.01) == [piece(b"", more=False), GONE]


def test_a_client_that_goes_in_the_midst_is_gone():
    assert received([piece(b"one"), GONE], 1) == [GONE]


def begun(events: Iterable[dict[str, Any]], declared: bytes, count: int) -> tuple[int, list[Any]]:
    """How many events had come before a thread was taken, and what it got."""
    coming = list(events)

    async def receive() -> Any:
        return coming.pop(0)

    async def ask() -> tuple[int, list[Any]]:
        scope = {"headers": [(b"host", b"x"), *([(b"content-length", declared)] if declared else [])]}
        following = await arriving.begun(scope, receive)
        before = len(list(events)) - len(coming)
        return before, [await following() for _number in range(count)]

    return asyncio.run(ask())


def test_a_small_body_is_there_before_a_thread_is_taken():
    events = [piece(b"one", more=False), GONE]

    assert begun(events, b"3", 2) == (1, events)


def test_a_large_body_or_one_of_unknown_length_is_left_to_who_wants_it():
    events = [piece(b"one", more=False), GONE]

    for declared in (b"", b"99999999999", b"1e3", b"-1"):
        assert begun(events, declared, 2) == (0, events)
