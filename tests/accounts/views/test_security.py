"""One's own security: password, app, recovery codes; other sessions end."""

import pytest
from django.test import Client

from accounts import second_factor
from accounts.models import Authenticator, User
from tests.accounts.totp import digits
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
NEW = "другая-длинная-ящерица-19"


@pytest.fixture
def staff() -> User:
    return make.staff(password=make.PASSWORD)


def test_item_16_password_is_changed_for_the_current_one_and_other_sessions_end(staff: User) -> None:
    here, elsewhere = make.browser(staff), make.browser(staff)

    answer = here.post("/me/security/password/", {"current": make.PASSWORD, "password": NEW})

    assert answer.status_code == 302
    assert here.get("/clients/").status_code == 200
    assert elsewhere.get("/clients/").url.startswith("/sign-in/")
    staff.refresh_from_db()
    assert staff.check_password(NEW)


def test_item_3_wrong_current_password_changes_nothing(staff: User) -> None:
    answer = make.browser(staff).post("/me/security/password/", {"current": "wrong", "password": NEW})

    assert answer.status_code == 422
    assert "current" in answer.context["form"].errors
    staff.refresh_from_db()
    assert staff.check_password(make.PASSWORD)


def test_app_is_set_up_by_its_first_code_and_recovery_codes_are_shown_once() -> None:
    user = make.client()
    browser, elsewhere = make.browser(user), make.browser(user)
    page = browser.get("/me/security/totp/")
    secret = second_factor.carried(user, page.context["carried"])

    answer = browser.post("/me/security/totp/", {"carried": page.context["carried"], "code": digits(secret)})

    shown = answer.context["codes"]
    assert all(code in answer.content.decode() for code in shown)
    assert Authenticator.objects.get(user=user).secret == secret
    assert browser.get("/me/security/").status_code == 200
    assert elsewhere.get("/me/security/").url.startswith("/sign-in/")


def test_wrong_first_code_keeps_the_same_secret() -> None:
    user = make.client()
    browser = make.browser(user)
    carried = browser.get("/me/security/totp/").context["carried"]

    answer = browser.post("/me/security/totp/", {"carried": carried, "code": "12"})

    assert answer.status_code == 422
    assert second_factor.carried(user, answer.context["carried"]) == second_factor.carried(user, carried)


@pytest.mark.parametrize("carried", ["zz", "00ff", "тест"])
def test_changed_form_is_refused(carried: str) -> None:
    answer = make.browser(make.client()).post("/me/security/totp/", {"carried": carried, "code": "123456"})

    assert answer.status_code == 422


def test_item_3_app_is_removed_only_for_a_current_code(staff: User) -> None:
    browser = make.browser(staff)

    browser.post("/me/security/totp/off/", {"code": "000000x"})
    assert second_factor.has(staff)
    answer = browser.post("/me/security/totp/off/", {"code": digits()})

    assert not second_factor.has(staff)
    assert answer.url == "/me/security/totp/"
    assert browser.get("/clients/").url == "/sign-in/code/"


def test_new_recovery_codes_need_a_current_code(staff: User) -> None:
    browser = make.browser(staff)

    assert browser.post("/me/security/recovery/", {"code": "000000x"}).status_code == 302
    assert len(browser.post("/me/security/recovery/", {"code": digits()}).context["codes"]) == 10


def test_nobody_may_reach_the_app_page_unsigned() -> None:
    assert Client().get("/me/security/totp/").url.startswith("/sign-in/")
