"""API keys in the administration."""

import pytest

from accounts import keys
from accounts.models import ApiKey
from tests.factories import accounts as make

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/apikey/"


def test_key_is_shown_once_and_works() -> None:
    user, browser = make.staff(), make.browser(make.administrator())

    answer = browser.post(f"{LIST}add/", {"user": user.pk, "name": "CRM", "scopes": ["documents:read"]})

    text = answer.context["key"]
    assert text in answer.content.decode()
    assert keys.find(text) == ApiKey.objects.get()
    assert text not in browser.get(LIST).content.decode()
    assert text.rpartition("_")[2] not in str(list(ApiKey.objects.values()))


def test_revoked_key_stops_working() -> None:
    browser = make.browser(make.administrator())
    key, text = make.key(make.staff(), "documents:read")

    browser.post(LIST, {"action": "revoke", "_selected_action": [key.pk]})

    assert keys.find(text) is None


def test_key_cannot_be_edited() -> None:
    key, _text = make.key(make.staff(), "documents:read")

    page = make.browser(make.administrator()).get(f"{LIST}{key.pk}/change/")

    assert "<select" not in page.content.decode().partition('id="apikey_form"')[2]
