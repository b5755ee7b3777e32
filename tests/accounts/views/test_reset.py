"""A forgotten password: nobody learns who has an account."""

import time

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.views.reset import TAKES
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
NEW = "другая-длинная-ящерица-19"


def asked(email: str) -> HttpResponse:
    return Client().post("/reset/", {"email": email})


def test_item_5_same_answer_and_time_for_known_and_unknown(letters: list[Sent]) -> None:
    user = make.client(password=make.PASSWORD)

    pages, times = [], []
    for email in (user.email, "nobody@example.com"):
        began = time.monotonic()
        pages.append(asked(email).content.decode().replace(email, ""))
        times.append(time.monotonic() - began)

    assert [line for line in pages[0].splitlines() if "csrf" not in line] == [
        line for line in pages[1].splitlines() if "csrf" not in line
    ]
    assert min(times) >= TAKES
    assert [one.to for one in letters] == [user.email]


def test_look_alike_address_gets_no_letter(letters: list[Sent]) -> None:
    make.client(email="maria@example.com", password=make.PASSWORD)

    assert asked("mаria@example.com").status_code in {200, 422}  # the second letter is Cyrillic
    assert letters == []


def test_letter_goes_to_the_stored_address(letters: list[Sent]) -> None:
    make.client(email="maria@example.com", password=make.PASSWORD)

    asked("MARIA@example.com")

    assert [one.to for one in letters] == ["maria@example.com"]


def test_item_11_new_password_ends_sessions_and_keeps_the_second_factor(letters: list[Sent]) -> None:
    user = make.staff(password=make.PASSWORD)
    earlier = make.browser(user)
    asked(user.email)
    path = letters[0].secret.removeprefix("http://127.0.0.1:8000")

    answer = Client().post(path, {"password": NEW})

    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    assert earlier.get("/clients/").status_code == 302
    again = Client().post("/sign-in/", {"email": user.email, "password": NEW})
    assert again.url == "/sign-in/code/"
    assert Client().get(path).status_code == 410


def test_who_never_joined_gets_no_letter(letters: list[Sent]) -> None:
    asked(make.client().email)

    assert letters == []


def test_fourth_letter_within_the_hour_is_not_sent(letters: list[Sent]) -> None:
    user = make.client(password=make.PASSWORD)

    for _time in range(4):
        assert asked(user.email).status_code == 200

    assert len(letters) == 3


def test_letter_that_cannot_be_sent_tells_nothing(settings: Settings) -> None:
    settings.CODE_SENDER = "tests.accounts.sent.refuse"

    assert asked(make.client(password=make.PASSWORD).email).status_code == 200
