"""The way in, and the choice of language and theme."""

import pytest
from django.test import Client

from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


def test_each_begins_where_their_work_is() -> None:
    assert make.browser(make.staff()).get("/").url == "/documents/"
    assert make.browser(make.client()).get("/").url == "/portal/"
    assert Client().get("/").url == "/sign-in/?next=/"


def test_language_is_remembered_in_a_cookie_and_spoken() -> None:
    browser = Client()

    browser.post("/language/", {"language": "ru", "next": "/sign-in/"})

    answer = browser.get("/sign-in/")
    assert answer["Content-Language"] == "ru"
    assert 'lang="ru"' in answer.content.decode()


def test_language_of_a_person_is_kept_in_the_profile() -> None:
    user = make.client(language="en")

    make.browser(user).post("/language/", {"language": "ru"})

    user.refresh_from_db()
    assert user.language == "ru"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "\\\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("place", ["/language/", "/theme/"])
def test_item_59_next_leads_only_to_this_site(place: str, wanted: str) -> None:
    assert Client().post(place, {"language": "ru", "theme": "dark", "next": wanted}).url == "/"


def test_unknown_choices_change_nothing() -> None:
    answer = Client().post("/theme/", {"theme": "pink"})

    assert (answer.status_code, list(answer.cookies)) == (302, [])
