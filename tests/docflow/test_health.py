"""What monitors ask."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.factories import accounts as make

pytestmark = pytest.mark.django_db


def test_alive_and_ready() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert set(answer.json().values()) == {"ok"}


def test_missing_storage_is_named(settings: Settings) -> None:
    settings.DATA_DIR = Path("/proc/nowhere")

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["storage"], answer.json()["database"]) == (503, "down", "ok")


def test_metrics_want_their_scope() -> None:
    user = make.staff()

    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers=make.bearer(user, "documents:read")).status_code == 401
    assert Client().get("/metrics", headers=make.bearer(user, "metrics:read")).status_code == 200
