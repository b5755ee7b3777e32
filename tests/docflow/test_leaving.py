"""An answer has to be taken; who stops reading loses the rest of it, not the others their thread."""

import asyncio
from typing import Any

from docflow import leaving


def taken(pieces: int, *, each: float, **bounds: float) -> list[Any]:
    """What a reader got who needs so many seconds for each piece of a hundred bytes."""
    got: list[Any] = []

    async def slow(event: Any) -> None:
        await asyncio.sleep(each)
        got.append(event)

    async def answer() -> None:
        send = leaving.bounded(slow, **bounds)
        for number in range(pieces):
            await send({"type": "http.response.body", "body": bytes([number]) * 100})

    asyncio.run(answer())
    return [event["body"][0] for event in got]


def test_an_answer_that_is_taken_goes_out_whole():
    assert taken(5, each=0.0, grace=0.05) == [0, 1, 2, 3, 4]


def test_who_stops_reading_is_given_up_and_costs_nothing_more():
    assert taken(200, each=3.0, grace=0.05) == []


def test_who_reads_too_slowly_gets_a_beginning():
    assert taken(20, each=0.05, grace=0.12, slowest=100_000.0) == [0, 1]


def test_a_long_answer_that_is_read_fast_enough_may_take_its_time():
    assert len(taken(10, each=0.02, grace=0.1, slowest=2_000.0)) == 10
