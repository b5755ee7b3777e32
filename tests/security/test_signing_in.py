"""Guessing, spraying, telling apart: what a stranger at the sign-in page learns and how often he may try."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from accounts import credentials, guessing, people, second_factor, tokens
from accounts.audit import SYSTEM
from accounts.models import Contact, Installation, User
from docflow.common import clock
from tests.accounts import sent
from tests.accounts.totp import digits
from tests.factories import accounts as make
from tests.notifications.test_leaks import kept

pytestmark = pytest.mark.django_db


def typed(browser: Client, email: str, password: str) -> int:
    return browser.post("/sign-in/", {"email": email, "password": password}).status_code


@pytest.fixture
def early(time_machine: TimeMachineFixture) -> None:
    """At the beginning of a window in which tries are counted, so that no test falls into two."""
    now = clock.now().timestamp()
    time_machine.move_to(now - now % guessing.WINDOW + 1)


def wrong(email: str, network: str, times: int = 1) -> None:
    """So many wrong passwords were typed there."""
    for _number in range(times):
        guessing.note_wrong(RequestFactory(REMOTE_ADDR=network).post("/sign-in/"), email)


def test_item_4_one_network_cannot_spray_over_many_accounts(early: None) -> None:
    user = make.client(password=make.PASSWORD)
    for number in range(guessing.PER_NETWORK - 1):
        wrong(f"somebody{number}@letters.example", f"2001:db8:0:1::{number:x}")  # its own /64 is one network
    assert typed(Client(REMOTE_ADDR="2001:db8:0:1::a"), "one.more@letters.example", "wrong password") == 422

    assert typed(Client(REMOTE_ADDR="2001:db8:0:1:ffff::1"), user.email, make.PASSWORD) == 429
    assert typed(Client(REMOTE_ADDR="2001:db8:0:2::1"), user.email, make.PASSWORD) == 302


def test_item_4_many_networks_cannot_guess_one_account_and_the_owner_comes_in(
    early: None, time_machine: TimeMachineFixture
) -> None:
    user, home = make.client(password=make.PASSWORD), Client(REMOTE_ADDR="198.51.100.7")
    assert typed(home, user.email, make.PASSWORD) == 302
    home.post("/sign-out/")
    for number in range(guessing.PER_ACCOUNT):
        wrong(user.email, f"203.0.113.{number}")

    assert typed(Client(REMOTE_ADDR="203.0.113.99"), user.email, make.PASSWORD) == 429
    assert typed(home, user.email, make.PASSWORD) == 302
    other = make.client(password=make.PASSWORD)
    assert typed(Client(REMOTE_ADDR="203.0.113.99"), other.email, make.PASSWORD) == 302
    time_machine.move_to(clock.now() + timedelta(minutes=16))
    assert typed(Client(REMOTE_ADDR="203.0.113.99"), user.email, make.PASSWORD) == 302


def test_item_4_a_forged_or_foreign_mark_of_a_known_browser_helps_nobody(early: None) -> None:
    user, other = make.client(password=make.PASSWORD), make.client(password=make.PASSWORD)
    thief = Client()
    assert typed(thief, other.email, make.PASSWORD) == 302  # a real mark, of another person
    thief.post("/sign-out/")
    for number in range(guessing.PER_ACCOUNT):
        wrong(user.email, f"203.0.113.{number}")

    for mark in (thief.cookies["device"].value, "", "x", "eyJhIjoxfQ:1tEST:forged"):
        thief.cookies["device"] = mark
        assert typed(thief, user.email, make.PASSWORD) == 429, mark


def test_item_5_a_known_and_an_unknown_address_cost_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not measured by a clock: the same statements and the same number of password hashes."""
    user, hashed = make.client(password=make.PASSWORD), []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

    def encoded(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(1)
        return encode(self, password, salt)

    def verified(self: Argon2PasswordHasher, password: str, kept: str) -> bool:
        hashed.append(1)
        return verify(self, password, kept)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encoded)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", verified)
    invited = make.client()
    costs = []
    for email in (user.email, "nobody@letters.example", invited.email):
        hashed.clear()
        Installation.kept = None  # else only the first page would ask for it
        with CaptureQueriesContext(connection) as queries:
            answer = Client(REMOTE_ADDR="198.51.100.1").post(
                "/sign-in/", {"email": email, "password": "wrong password"}
            )
        costs.append((answer.status_code, len(queries), len(hashed), b"wrong" in answer.content))

    assert costs[0] == costs[1] == costs[2]


def test_item_66_passwords_are_kept_by_argon2id_with_a_hundred_megabytes() -> None:
    hasher = get_hasher("default")
    algorithm, kind, _version, cost, *_rest = hasher.encode("verbena 9 kosmonavt", "0123456789abcdef").split("$")

    assert (algorithm, kind) == ("argon2", "argon2id")
    cost_of = dict(part.split("=") for part in cost.split(","))
    assert int(cost_of["m"]) >= 100 * 1024
    assert int(cost_of["t"]) >= 2


def test_item_10_the_second_step_belongs_to_its_attempt(letters: list[sent.Sent]) -> None:
    """Another browser cannot go on from here, and a new password ends what an old one began."""
    user, thief = make.staff(password=make.PASSWORD), Client()
    make.authenticator(user)
    assert typed(thief, user.email, make.PASSWORD) == 302
    assert Client().post("/sign-in/code/", {"code": digits()}).url == "/sign-in/"
    credentials.ask_reset(user.email)
    credentials.reset(letters[-1].secret.rstrip("/").rpartition("/")[2], "verbena 9 kosmonavt ulitka")

    assert thief.post("/sign-in/code/", {"code": digits()}).url == "/sign-in/"


def test_item_10_who_lost_the_app_between_the_steps_begins_again() -> None:
    user, browser = make.staff(password=make.PASSWORD), Client()
    make.authenticator(user)
    typed(browser, user.email, make.PASSWORD)
    second_factor.remove(user, by=SYSTEM)

    assert browser.post("/sign-in/code/", {"code": digits()}).url == "/sign-in/"


def test_item_11_no_way_but_recovery_codes_replaces_the_app(letters: list[sent.Sent]) -> None:
    user = make.staff(password=make.PASSWORD)
    make.authenticator(user)
    codes = second_factor.make_recovery_codes(user)
    credentials.reset(tokens.issue("reset", user=user), "verbena 9 kosmonavt ulitka")

    browser = Client()
    assert typed(browser, user.email, "verbena 9 kosmonavt ulitka") == 302
    assert browser.get("/clients/").status_code == 302
    assert browser.post("/sign-in/code/", {"code": codes[0]}).url == "/"
    assert browser.get("/clients/").status_code == 200
    assert browser.post("/me/security/totp/off/", {"code": codes[0]}).url == "/me/security/"
    assert second_factor.has(user)


def test_item_14_nobody_sets_or_sees_the_password_of_another() -> None:
    user = make.client(password=make.PASSWORD)
    boss = make.browser(make.administrator())
    before = User.objects.get(pk=user.pk).password

    page = boss.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    boss.post(f"/admin/accounts/user/{user.pk}/change/", {"name": "x", "roles": "client", "password": "new"})

    assert before not in page
    assert 'type="password"' not in page
    assert User.objects.get(pk=user.pk).password == before


def test_many_addresses_of_one_person_get_no_flood_of_codes(letters: list[sent.Sent]) -> None:
    user = make.client()
    browser = make.browser(user)
    for number in range(13):
        one = make.contact(user, "phone", f"+79123450{number:03d}", verified=False)
        browser.post(f"/me/contacts/{one.pk}/code/")

    assert sum(contact.codes.count() for contact in Contact.objects.filter(user=user)) <= 12


def test_item_16_a_disabled_person_is_out_everywhere() -> None:
    user = make.staff()
    browser, headers = make.browser(user), make.bearer(user, "documents:read")

    people.disable(user, by=make.administrator())

    assert browser.get("/documents/").url.startswith("/sign-in/")
    assert Client().get("/api/v1/documents", headers=headers).status_code == 401


def test_item_65_a_link_that_signed_somebody_in_is_nowhere_in_the_database(letters: list[sent.Sent]) -> None:
    user = make.client()
    people.invite(user, by=SYSTEM)
    token = letters[-1].secret.rstrip("/").rpartition("/")[2]
    typed_in = {"password": "verbena 9 kosmonavt ulitka", "language": "ru", "time_zone": "UTC"}

    assert Client().post(f"/invite/{token}/", typed_in).url == "/"

    assert token not in kept()
