"""What every request passes."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from documents import storage

pytestmark = pytest.mark.django_db

FAR_TOO_LONG: dict[str, Any] = {"CONTENT_LENGTH": str(5 * 1024**3), "content_type": "multipart/form-data; boundary=x"}


def _left() -> set[str]:
    folder = storage.incoming()
    return {each.name for each in folder.iterdir()} if folder.exists() else set()


def test_item_28_five_gigabytes_are_refused_unread(client: Client):
    before = _left()

    response = client.post(reverse("accounts:sign_in"), b"--x", **FAR_TOO_LONG)

    assert response.status_code == 413
    assert b"5.0" in response.content
    assert _left() == before


def test_api_refuses_strangers_first_and_reads_nothing(client: Client):
    before = _left()

    response = client.post("/api/v1/documents", b"--x", headers={"Authorization": "Bearer nobody"}, **FAR_TOO_LONG)

    assert response.status_code == 401
    assert _left() == before


def test_checks_before_the_body_stand_before_the_csrf_check():
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]

    assert order.index("Uploads") < order.index("TokenCheck")
