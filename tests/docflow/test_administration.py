"""The start page of the administration: everything in groups, and to nobody what they may not open."""

import pytest

from accounts.models import User
from docflow import administration
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


def addresses() -> list[str]:
    return [entry.url for _label, entries in administration.GROUPS for entry in entries]


def links(user: User) -> list[str]:
    page = make.browser(user).get("/admin/").content.decode()
    return [address for address in addresses() if f'href="{address}"' in page]


def test_the_administrator_finds_everything_and_it_opens() -> None:
    browser = make.browser(make.administrator())

    assert links(make.administrator()) == addresses()
    assert {browser.get(address, follow=True).status_code for address in addresses()} == {200}


def test_the_operator_finds_only_what_opens() -> None:
    operator = make.operator()

    found = links(operator)

    assert "/admin/deliveries/" in found
    assert "/admin/triggers/" not in found
    assert {make.browser(operator).get(address).status_code for address in found} == {200}


def test_a_list_has_its_search_filters_and_rows() -> None:
    page = make.browser(make.administrator()).get("/admin/accounts/user/").content.decode()

    assert 'id="changelist-search"' in page
    assert "desk-filter" in page
    assert 'id="result_list"' in page


def test_a_search_without_finds_says_so() -> None:
    page = make.browser(make.administrator()).get("/admin/accounts/user/?q=nobody-like-this").content.decode()

    assert "Nothing matches these filters." in page
