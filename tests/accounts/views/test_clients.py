"""Clients as staff see them."""

import pytest
from django.test import Client

from accounts import queries
from accounts.models import AuditEntry, User
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Пётр Ильин",
    "address_as": "Пётр",
    "email": "petr@example.com",
    "phone": "+7 912 000-00-01",
    "organisation": "Север",
    "language": "ru",
    "time_zone": "Europe/Moscow",
}


@pytest.fixture
def browser() -> Client:
    return make.browser(make.staff())


def test_client_is_added_with_addresses_and_organisation(browser: Client) -> None:
    answer = browser.post("/clients/new/", NEW)

    user = User.objects.by_email("petr@example.com")
    assert user is not None
    assert answer.url == f"/clients/{user.pk}/"
    assert (user.roles, str(user.organisation)) == (["client"], "Север")
    assert sorted(one.kind for one in user.contacts.all()) == ["email", "phone"]
    assert browser.get(answer.url).status_code == 200


@pytest.mark.parametrize("wrong", [{"email": "x"}, {"phone": "123"}, {"name": ""}, {"time_zone": "x"}])
def test_wrong_client_is_refused_and_keeps_what_was_typed(browser: Client, wrong: dict[str, str]) -> None:
    answer = browser.post("/clients/new/", {**NEW, **wrong})

    assert answer.status_code == 422
    assert "Север" in answer.content.decode()
    assert not User.objects.filter(roles__contains=["client"]).exists()


def test_taken_address_is_refused(browser: Client) -> None:
    make.client(email="petr@example.com")

    answer = browser.post("/clients/new/", NEW)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["email"])


def test_invitation_is_sent_and_recorded(browser: Client, letters: list[Sent]) -> None:
    user = make.client()

    browser.post(f"/clients/{user.pk}/invite/")

    assert [(one.to, one.purpose) for one in letters] == [(user.email, "invite")]
    assert AuditEntry.objects.filter(action="person.invited", subject_id=user.pk).exists()


@pytest.mark.parametrize("typed", ["maria@example.com", "MARIA@example.com ", "8 912 123-45-45", "мария", "Мария К"])
def test_found_by_whole_address_or_beginning_of_name(browser: Client, typed: str) -> None:
    maria = make.client(email="maria@example.com", name="Мария Котова")
    make.contact(maria, "phone", "+79121234545")
    make.client(name="Пётр Ильин")

    assert browser.get("/clients/", {"q": typed}).context["rows"] == [maria]


@pytest.mark.parametrize("typed", ["maria@", "example.com", "912", "\0", "%", "_", "' OR 1=1 --", "a" * 9999])
def test_parts_and_oddities_find_nobody_else(browser: Client, typed: str) -> None:
    make.client(email="maria@example.com", name="Мария Котова")

    answer = browser.get("/clients/", {"q": typed})

    assert answer.status_code == 200
    assert answer.context["rows"] == [] or typed == "\0"


def test_pages_follow_each_other(browser: Client) -> None:
    people = [make.client(name=f"Клиент {number:03d}") for number in range(53)]

    first = browser.get("/clients/")
    second = browser.get("/clients/", {"after": first.context["after"]})

    assert first.context["rows"] + second.context["rows"] == people
    assert second.context["after"] == ""
    assert len(first.context["rows"]) == queries.PAGE
    assert browser.get("/clients/", {"after": "nonsense"}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_at_most_ten_queries(browser: Client, django_assert_max_num_queries: object, count: int) -> None:
    for _number in range(count):
        make.contact(make.client(organisation=make.organisation()), "phone", "+79121234545")

    with django_assert_max_num_queries(10):  # type: ignore[operator]
        browser.get("/clients/")


def test_staff_vouch_only_with_a_reason(browser: Client) -> None:
    phone = make.contact(make.client(), "phone", "+79121234545", verified=False)
    base = f"/clients/{phone.user_id}/contacts/{phone.pk}"

    browser.post(f"{base}/verify/", {"reason": " "})
    phone.refresh_from_db()
    assert phone.verified_at is None
    browser.post(f"{base}/verify/", {"reason": "позвонили"})

    phone.refresh_from_db()
    assert (phone.verified_how, phone.verified_reason) == ("staff", "позвонили")


def test_address_is_suspended_restored_removed(browser: Client) -> None:
    phone = make.contact(make.client(), "phone", "+79121234545")
    base = f"/clients/{phone.user_id}/contacts/{phone.pk}"

    for act, health in (("suspend", "suspended"), ("restore", "ok")):
        browser.post(f"{base}/{act}/")
        phone.refresh_from_db()
        assert phone.health == health
    browser.post(f"{base}/remove/")

    actions = AuditEntry.objects.filter(subject_id=phone.pk).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["contact.suspended", "contact.restored", "contact.removed"]


def test_staff_are_no_clients(browser: Client) -> None:
    assert browser.get(f"/clients/{make.staff().pk}/").status_code == 404
    assert browser.get("/clients/00000000-0000-7000-8000-000000000000/").status_code == 404


def test_operators_look_but_do_not_change() -> None:
    user, operator = make.client(), make.browser(make.operator())

    assert operator.get(f"/clients/{user.pk}/").status_code == 200
    assert operator.post(f"/clients/{user.pk}/invite/").status_code == 403
    assert operator.get("/clients/new/").status_code == 403
