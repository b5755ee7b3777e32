"""Sessions: listed without their keys, ended one by one or all at once, proved again before what serves a thief."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from time_machine import TimeMachineFixture

from accounts import browsers, people, second_factor, sessions
from accounts.audit import SYSTEM
from accounts.models import ApiKey, AuditEntry, Contact, Session, User
from docflow.common import clock
from tests.accounts import sent
from tests.accounts.totp import digits
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(user: User, agent: str = FIREFOX) -> Client:
    """By the sign-in page, as people do."""
    browser = Client(headers={"User-Agent": agent})
    browser.post("/sign-in/", {"email": user.email, "password": make.PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


@pytest.fixture
def client() -> User:
    return make.client(password=make.PASSWORD)


def test_item_18_sessions_are_listed_and_ended_one_by_one(client: User) -> None:
    here, there = signed_in(client), signed_in(client, "Mozilla/5.0 (iPhone) Safari/600")
    page = here.get("/me/security/")
    other = next(place for place in page.context["places"] if not place.is_this)

    assert [place.browser for place in page.context["places"]] == ["Firefox, Linux", "Safari, iPhone"]
    assert here.post(reverse("accounts:end_session", args=[other.number])).url == "/me/security/"
    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEntry.objects.filter(action="person.sessions_ended", subject_id=client.pk).count() == 1


def test_item_18_all_other_sessions_end_at_once(client: User) -> None:
    here, there, far = (signed_in(client) for _place in range(3))

    here.post(reverse("accounts:end_sessions"))

    assert (is_in(here), is_in(there), is_in(far)) == (True, False, False)
    assert len(here.get("/me/security/").context["places"]) == 1


def test_item_18_nobody_ends_the_session_of_another(client: User) -> None:
    mine, other = signed_in(client), make.client(password=make.PASSWORD)
    theirs = signed_in(other)

    mine.post(reverse("accounts:end_session", args=[other.sessions.get().number]))

    assert is_in(theirs)


def test_item_18_an_administrator_ends_all_of_one_person(client: User) -> None:
    browser = signed_in(client)

    make.browser(make.administrator()).post(reverse("admin:person_act", args=[client.pk, "sign_out"]))

    assert not is_in(browser)
    assert is_in(signed_in(client))


def test_item_18_no_page_and_no_table_holds_a_session_key(client: User) -> None:
    browser = signed_in(client)
    key = browser.cookies["session"].value

    for path in ("/me/", "/me/security/", "/me/contacts/", "/portal/"):
        assert key not in browser.get(path).content.decode(), path
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(s::text, '') FROM accounts_session s")
        assert key not in cursor.fetchone()[0]


def test_item_15_the_key_changes_whenever_more_is_proved(time_machine: TimeMachineFixture) -> None:
    user = make.staff(password=make.PASSWORD)
    make.authenticator(user)
    browser, keys = Client(), []
    for path, typed in (("/sign-in/", {"email": user.email, "password": make.PASSWORD}), ("/sign-in/code/", {})):
        browser.post(path, typed or {"code": digits()})
        keys.append(browser.cookies["session"].value)
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    asked = browser.post("/me/contacts/", {"kind": "email", "address": "second@example.com"})
    browser.post("/me/contacts/", {"carried": asked.context["carried"], "proof": digits()})
    keys.append(browser.cookies["session"].value)
    browser.post(
        "/me/security/password/", {"current": make.PASSWORD, "password": "verbena 9 kosmonavt ulitka"}, follow=True
    )
    keys.append(browser.cookies["session"].value)

    assert len(set(keys)) == 4
    for old in keys[:-1]:
        assert not is_in(Client(headers={"Cookie": f"session={old}"}))
    assert is_in(browser)


@pytest.mark.parametrize("end", ["sign_out", "disable", "roles", "factor", "erase"])
def test_item_16_whatever_ends_the_right_ends_the_session_and_the_keys(end: str) -> None:
    user, other = make.staff(), make.administrator()
    browser, headers = make.browser(user), make.bearer(user, "documents:read")
    act = {
        "sign_out": lambda: browser.post("/sign-out/"),
        "disable": lambda: people.disable(user, by=other),
        "roles": lambda: people.change_roles(user, ["operator"], by=other),
        "factor": lambda: second_factor.remove(user, by=SYSTEM),
        "erase": lambda: (ApiKey.objects.filter(user=user).delete(), user.delete()),
    }
    key = browser.cookies["session"].value
    act[end]()

    assert not is_in(Client(headers={"Cookie": f"session={key}"}))
    assert not Session.objects.filter(user_id=user.pk).exists()
    expected = 401 if end in {"disable", "erase"} else 200
    assert Client().get("/api/v1/documents", headers=headers).status_code == expected


def test_item_16_a_new_password_by_link_ends_the_very_session_it_was_set_in(
    client: User, letters: list[sent.Sent]
) -> None:
    browser = signed_in(client)
    browser.post("/reset/", {"email": client.email})
    path = letters[-1].secret.split("//")[1].partition("/")[2]

    done = browser.post(f"/{path}", {"password": "verbena 9 kosmonavt ulitka"})

    assert done.url == "/sign-in/"
    assert not is_in(browser)


def proof_of(user: User) -> str:
    return digits() if second_factor.has(user) else make.PASSWORD


ACTS = {
    "add an address": ("client", "/me/contacts/", {"kind": "email", "address": "second@example.com"}),
    "link Telegram": ("client", "/me/contacts/telegram/", {}),
    "make a key": ("administrator", "/admin/accounts/apikey/add/", {"name": "x", "scopes": "documents:read"}),
    "add a person": ("administrator", "/admin/accounts/user/add/", {"email": "new@example.com"}),
    "export the journal": ("administrator", "/admin/accounts/auditentry/export/", {}),
    "change a channel": ("administrator", "/admin/channels/email/", {"host": "mail.example.com"}),
}


@pytest.mark.parametrize("name", sorted(ACTS))
def test_item_3_and_19_an_old_proof_is_asked_for_again(name: str, time_machine: TimeMachineFixture) -> None:
    role, path, typed = ACTS[name]
    user = make.person(role, password=make.PASSWORD)
    browser = make.browser(user)
    assert browser.post(path, typed).status_code != 403
    time_machine.move_to(clock.now() + timedelta(minutes=5, seconds=1))

    asked = browser.post(path, typed)
    wrong = browser.post(path, {"carried": asked.context["carried"], "proof": "000000"})

    assert (asked.status_code, wrong.status_code) == (403, 403)
    assert wrong.context["form"].errors
    right = browser.post(path, {"carried": asked.context["carried"], "proof": proof_of(user)})
    assert right.status_code != 403


def test_item_3_what_was_sent_is_done_after_the_proof(client: User, time_machine: TimeMachineFixture) -> None:
    browser = signed_in(client)
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    asked = browser.post("/me/contacts/", {"kind": "phone", "address": "+7 912 345-67-89"})
    assert Contact.objects.filter(user=client).count() == 1

    browser.post("/me/contacts/", {"carried": asked.context["carried"], "proof": make.PASSWORD})

    assert Contact.objects.get(user=client, kind="phone").address == "+79123456789"


def test_item_3_what_is_carried_serves_only_its_person_and_address(
    client: User, time_machine: TimeMachineFixture
) -> None:
    other = make.client(password=make.PASSWORD)
    mine, theirs = signed_in(client), signed_in(other)
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    carried = mine.post("/me/contacts/", {"kind": "email", "address": "a@example.com"}).context["carried"]

    for browser, path in ((theirs, "/me/contacts/"), (mine, "/me/contacts/telegram/")):
        sent = browser.post(path, {"carried": carried, "proof": make.PASSWORD})
        assert sent.status_code == 422
    assert mine.post("/me/contacts/", {"carried": "zz", "proof": make.PASSWORD}).status_code == 422
    assert not Contact.objects.exclude(user=None).filter(kind="email").exclude(rank=0).exists()


def test_item_3_guessing_the_proof_is_stopped(client: User, time_machine: TimeMachineFixture) -> None:
    browser = signed_in(client)
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    carried = browser.post("/me/contacts/", {"kind": "email", "address": "a@example.com"}).context["carried"]
    for _number in range(5):
        browser.post("/me/contacts/", {"carried": carried, "proof": "wrong"})

    stopped = browser.post("/me/contacts/", {"carried": carried, "proof": make.PASSWORD})

    assert stopped.status_code == 403
    assert Contact.objects.filter(user=client).count() == 1


def test_item_17_sessions_that_ran_out_are_forgotten(client: User, time_machine: TimeMachineFixture) -> None:
    signed_in(client)
    time_machine.move_to(clock.now() + timedelta(days=15))

    sessions.sweep()

    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537", "Chrome, Android"),
        ("curl/8", ""),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_a_name_people_know(agent: str, said: str) -> None:
    assert browsers.name(agent) == said


def test_a_place_that_is_gone_already_changes_nothing(client: User) -> None:
    signed_in(client)
    number = client.sessions.get().number
    client.sessions.all().delete()

    sessions.end_place(client, number, by=client)

    assert not AuditEntry.objects.filter(action="person.sessions_ended").exists()
