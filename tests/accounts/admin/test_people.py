"""People in the administration: added, invited, given roles, disabled; nobody's password is in sight."""

import pytest

from accounts.models import AuditEntry, Group, Role, User
from tests.accounts.sent import Sent
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"
PROFILE = {
    "name": "Игорь Седов",
    "address_as": "Игорь",
    "position": "юрист",
    "organisation": "",
    "language": "ru",
    "time_zone": "Europe/Moscow",
}


def test_list_and_pages_open_for_the_administrator_only() -> None:
    user = make.staff()

    admin = make.browser(make.administrator())
    assert admin.get(LIST).status_code == 200
    assert admin.get(f"{LIST}{user.pk}/change/").status_code == 200
    assert make.browser(make.operator()).get(LIST).status_code == 403
    assert make.browser(make.staff()).get(LIST).status_code == 302


def test_administrator_without_second_factor_is_led_to_it() -> None:
    answer = make.browser(make.administrator(), verified=False).get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/me/security/totp/"


def test_new_person_is_added_through_the_use_case() -> None:
    browser = make.browser(make.administrator())

    answer = browser.post(f"{LIST}add/", {**PROFILE, "email": "Igor@Example.com", "roles": ["approver"]})

    assert answer.status_code == 302
    user = User.objects.by_email("igor@example.com")
    assert user is not None
    assert (user.roles, user.has_usable_password(), user.contacts.count()) == (["approver"], False, 1)
    assert AuditEntry.objects.filter(action="person.added", subject_id=user.pk).exists()


def test_taken_address_is_said_beside_the_field() -> None:
    taken = make.staff().email
    browser = make.browser(make.administrator())

    answer = browser.post(f"{LIST}add/", {**PROFILE, "email": taken, "roles": ["approver"]})

    assert "There is already a person with this e-mail." in answer.content.decode()


def test_roles_are_changed_and_recorded() -> None:
    user, browser = make.staff(), make.browser(make.administrator())

    browser.post(f"{LIST}{user.pk}/change/", {**PROFILE, "roles": ["staff", "approver"]})

    user.refresh_from_db()
    assert (user.roles, user.name) == (["staff", "approver"], "Игорь Седов")
    assert AuditEntry.objects.filter(action="person.roles_changed", subject_id=user.pk).count() == 1


def test_administrator_cannot_take_their_own_role() -> None:
    me = make.administrator()
    browser = make.browser(me)

    answer = browser.post(f"{LIST}{me.pk}/change/", {**PROFILE, "roles": ["staff"]}, follow=True)

    me.refresh_from_db()
    assert me.roles == [Role.ADMINISTRATOR]
    assert "You cannot change your own roles" in answer.content.decode()


def test_invite_disable_enable(letters: list[Sent]) -> None:
    user, browser = make.approver(), make.browser(make.administrator())

    browser.post(f"{LIST}{user.pk}/act/invite/")
    browser.post(f"{LIST}{user.pk}/act/disable/")
    user.refresh_from_db()
    assert not user.is_active
    browser.post(f"{LIST}{user.pk}/act/enable/")

    user.refresh_from_db()
    assert user.is_active
    assert [one.purpose for one in letters] == ["invite"]
    assert browser.post(f"{LIST}{user.pk}/act/erase/").status_code == 404


def test_item_14_no_page_has_a_password_field() -> None:
    user, browser = make.staff(password=make.PASSWORD), make.browser(make.administrator())

    pages = [browser.get(f"{LIST}{user.pk}/change/"), browser.get(f"{LIST}add/")]

    for page in pages:
        assert user.password not in page.content.decode()
        assert 'type="password"' not in page.content.decode()


def test_search_by_whole_address() -> None:
    user, browser = make.staff(email="anna@example.com"), make.browser(make.administrator())

    found = browser.get(LIST, {"q": "Anna@example.com"}).context["cl"].result_list

    assert list(found) == [user]


def test_group_change_is_recorded_once() -> None:
    user, browser = make.approver(), make.browser(make.administrator())

    browser.post("/admin/accounts/group/add/", {"name_ru": "Юристы", "name_en": "Lawyers", "members": [user.pk]})

    group = Group.objects.get()
    assert list(group.members.all()) == [user]
    assert AuditEntry.objects.filter(action="group.changed", subject_id=group.pk).count() == 1
