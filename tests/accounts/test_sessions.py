"""Sessions end by idleness, by age, by disabling; what polls by itself keeps nothing alive."""

from datetime import timedelta

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from accounts import people
from accounts.audit import SYSTEM
from accounts.models import User
from docflow.common import clock
from tests.accounts.totp import digits
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in() -> Client:
    user, browser = make.staff(password=make.PASSWORD), Client()
    make.authenticator(user)
    browser.post("/sign-in/", {"email": user.email, "password": make.PASSWORD})
    browser.post("/sign-in/code/", {"code": digits()})
    return browser


def later(time_machine: TimeMachineFixture, **length: int) -> None:
    time_machine.move_to(clock.now() + timedelta(**length))


def is_in(browser: Client, **headers: str) -> bool:
    return browser.get("/clients/", headers=headers).status_code == 200


def test_item_17_half_an_hour_of_idleness_ends_it(signed_in: Client, time_machine: TimeMachineFixture) -> None:
    later(time_machine, minutes=29)
    assert is_in(signed_in)
    later(time_machine, minutes=29)
    assert is_in(signed_in)

    later(time_machine, minutes=31)

    assert not is_in(signed_in)


def test_polling_is_no_sign_of_a_person(signed_in: Client, time_machine: TimeMachineFixture) -> None:
    later(time_machine, minutes=20)
    is_in(signed_in, **{"HX-Request": "true", "HX-Trigger": "live"})

    later(time_machine, minutes=11)

    assert not is_in(signed_in)


def test_item_17_twelve_hours_end_it_however_busy(signed_in: Client, time_machine: TimeMachineFixture) -> None:
    for _hour in range(25):
        later(time_machine, minutes=29)
        if not is_in(signed_in):
            break

    assert _hour == 24


def test_client_stays_longer(time_machine: TimeMachineFixture) -> None:
    user, browser = make.client(password=make.PASSWORD), Client()
    browser.post("/sign-in/", {"email": user.email, "password": make.PASSWORD})

    later(time_machine, hours=11)

    assert browser.get("/me/").status_code == 200


def test_item_16_disabled_person_is_out_at_once(signed_in: Client) -> None:
    user = User.objects.get()

    people.disable(user, by=SYSTEM)

    assert not is_in(signed_in)


def test_item_24_lost_role_is_lost_at_the_next_request() -> None:
    user = make.staff()
    browser = make.browser(user)
    assert is_in(browser)

    people.change_roles(user, ["approver"], by=make.administrator())

    assert not is_in(browser)


def test_admin_sign_out_ends_the_session() -> None:
    browser = make.browser(make.administrator())

    browser.get("/admin/logout/")
    assert is_in(browser)
    browser.post("/admin/logout/")

    assert not is_in(browser)
