"""Signing in: one answer to any wrong pair, no secret between the steps, the lock, the second factor."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.http import HttpResponse
from django.test import Client
from time_machine import TimeMachineFixture

from accounts.models import AuditEntry, Session
from accounts.session_store import kept_as
from docflow.common import clock
from tests.accounts.totp import digits
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
PASSWORD = make.PASSWORD


def typed(browser: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return browser.post("/sign-in/", {"email": email, "password": password, **more})


def test_client_signs_in_with_password() -> None:
    user, browser = make.client(password=PASSWORD), Client()

    answer = typed(browser, user.email.upper())

    assert (answer.status_code, answer.url) == (302, "/")
    assert browser.get("/me/").status_code == HTTPStatus.OK
    assert AuditEntry.objects.filter(action="person.signed_in", subject_id=user.pk).count() == 1


def test_item_5_wrong_password_and_unknown_address_look_alike() -> None:
    user = make.client(password=PASSWORD)

    wrong = typed(Client(), user.email, "something else")
    unknown = typed(Client(), "nobody@example.com", "something else")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert _plain(wrong, user.email) == _plain(unknown, "nobody@example.com")


def _plain(answer: HttpResponse, email: str) -> list[str]:
    """The page without what differs by itself: the token and what was typed."""
    return [line for line in answer.content.decode().replace(email, "").splitlines() if "csrf" not in line]


def test_look_alike_address_is_another_address() -> None:
    make.client(email="maria@example.com", password=PASSWORD)

    assert typed(Client(), "mаria@example.com").status_code == 422  # the second letter is Cyrillic


def test_disabled_person_is_refused_as_anybody() -> None:
    user = make.client(password=PASSWORD, is_active=False)

    assert typed(Client(), user.email).status_code == 422


@pytest.mark.parametrize("typed_password", ["", "x\0y", "й" * 2000])
def test_odd_passwords_are_answered(typed_password: str) -> None:
    assert typed(Client(), "maria@example.com", typed_password).status_code == 422


def test_fifth_wrong_password_locks_with_429() -> None:
    user, browser = make.client(password=PASSWORD), Client()

    answers = [typed(browser, user.email, f"wrong {number}") for number in range(5)]
    right = typed(browser, user.email)

    assert [one.status_code for one in answers] == [422, 422, 422, 422, 429]
    assert right.status_code == 429
    assert right["Retry-After"] == "900"
    assert AuditEntry.objects.filter(action="person.locked_out", subject_id=user.pk).exists()


def test_item_4_lock_is_for_one_place_only() -> None:
    user, attacker = make.client(password=PASSWORD), Client(REMOTE_ADDR="203.0.113.9")
    for number in range(6):
        typed(attacker, user.email, f"wrong {number}")

    assert typed(Client(), user.email).status_code == 302


def test_attempts_are_kept_without_address_and_password() -> None:
    typed(Client(), "maria@example.com", "very secret thing")

    stored = str(list(AccessAttempt.objects.values()))
    assert "maria" not in stored
    assert "very secret" not in stored


def test_person_with_app_is_asked_for_a_code_first() -> None:
    user, browser = make.staff(password=PASSWORD), Client()
    make.authenticator(user)

    answer = typed(browser, user.email, next="/clients/")

    assert answer.url == "/sign-in/code/"
    assert browser.get("/clients/").url.startswith("/sign-in/")
    done = browser.post("/sign-in/code/", {"code": digits()})
    assert (done.status_code, done.url) == (302, "/clients/")
    assert browser.get("/clients/").status_code == HTTPStatus.OK


def test_session_between_the_steps_holds_no_secret() -> None:
    user, browser = make.staff(password=PASSWORD), Client()
    make.authenticator(user)

    typed(browser, user.email)

    stored = Session.objects.get(session_key=kept_as(browser.cookies["session"].value)).get_decoded()
    assert set(stored["second_step"]) == {"user", "until", "next", "tied"}
    assert PASSWORD not in str(stored)
    assert "_auth_user_id" not in stored


def test_item_15_session_key_changes_at_both_steps() -> None:
    user, browser = make.staff(password=PASSWORD), Client()
    make.authenticator(user)

    typed(browser, user.email)
    first = browser.cookies["session"].value
    browser.post("/sign-in/code/", {"code": digits()})

    assert browser.cookies["session"].value != first
    assert not Session.objects.filter(session_key=kept_as(first)).exists()


def test_second_step_dies_after_ten_minutes(time_machine: TimeMachineFixture) -> None:
    user, browser = make.staff(password=PASSWORD), Client()
    make.authenticator(user)
    typed(browser, user.email)

    time_machine.move_to(clock.now() + timedelta(seconds=601))

    assert browser.post("/sign-in/code/", {"code": digits()}).url == "/sign-in/"


def test_item_7_staff_without_app_reach_only_its_set_up() -> None:
    user, browser = make.staff(password=PASSWORD), Client()

    typed(browser, user.email)

    assert browser.get("/clients/").url == "/sign-in/code/"
    assert browser.get("/sign-in/code/").url == "/me/security/totp/"
    assert browser.get("/me/security/totp/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_item_59_next_leads_only_to_this_site(wanted: str) -> None:
    user = make.client(password=PASSWORD)

    assert typed(Client(), user.email, next=wanted).url == "/"


def test_item_16_sign_out_ends_the_session_on_the_server() -> None:
    browser = make.browser(make.client())
    key = browser.cookies["session"].value

    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/").url == "/sign-in/"
    assert not Session.objects.filter(session_key=kept_as(key)).exists()
