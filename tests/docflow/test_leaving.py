"""An answer has to be taken; who stops reading loses the rest of it, not the others their thread."""

import asyncio
from typing import Any

import pytest

from docflow import leaving

START = {"type": "http.response.start", "status": 200, "headers": []}


def taken(bodies: list[bytes], *, each: float = 0.0, **bounds: Any) -> list[Any]:
    """What a reader got who needs so many seconds for each piece."""
    got: list[Any] = []

    async def slow(event: Any) -> None:
        await asyncio.sleep(each)
        got.append(event)

    async def answer() -> None:
        send = leaving.bounded(slow, **bounds)
        for event in (START, *(piece(body, more=True) for body in bodies), piece(b"", more=False)):
            await send(event)

    asyncio.run(answer())
    return got


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def test_an_answer_goes_out_as_it_is():
    assert taken([b"one", b"two"]) == [
        START,
        piece(b"one", more=True),
        piece(b"two", more=True),
        piece(b"", more=False),
    ]


@pytest.mark.parametrize("size", [1, 9, 10, 11, 20, 25])
def test_what_is_large_goes_out_in_pieces(size: int):
    body = bytes(range(size))

    parts = taken([body], piece=10)[1:-1]

    assert b"".join(part["body"] for part in parts) == body
    assert max(len(part["body"]) for part in parts) <= 10
    assert all(part["more_body"] for part in parts)


def test_the_last_piece_is_the_end():
    async def answer() -> list[Any]:
        got: list[Any] = []

        async def keep(event: Any) -> None:
            got.append(event)

        await leaving.bounded(keep, piece=10)(piece(bytes(25), more=False))
        return got

    assert [part["more_body"] for part in asyncio.run(answer())] == [True, True, False]


def test_who_stops_reading_is_given_up_and_costs_nothing_more():
    assert taken([bytes(1000)] * 50, each=3.0, piece=10, patience=0.05) == []


def test_a_long_answer_that_is_read_may_take_its_time():
    assert len(taken([b"x"] * 10, each=0.02, patience=0.1)) == 12
