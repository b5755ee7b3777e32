"""Logs hold no secret of a link."""

import json
import logging

import pytest

from docflow import logs


@pytest.mark.parametrize("place", ["s", "reset", "invite", "setup", "verify"])
def test_item_45_secret_of_a_link_is_not_logged(place: str) -> None:
    said = f"Unprocessable Entity: /{place}/Kp7x2Q9aTbM4wZ8yRc3vNd/"
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, said, None, None)

    line = json.loads(logs.formatter().format(record))

    assert line["event"] == f"Unprocessable Entity: /{place}/…/"


def test_item_68_line_breaks_stay_inside_one_line() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, 'one\r\n{"event": "two"}\x1b[31m', None, None)

    assert len(logs.formatter().format(record).splitlines()) == 1
