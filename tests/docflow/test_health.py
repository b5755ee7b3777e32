"""What monitors ask."""

from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.test import Client
from pytest_django.fixtures import Settings

from docflow.common import clock, pulse
from tests.factories import accounts as make
from tests.factories import notifications

pytestmark = pytest.mark.django_db


def test_alive_and_ready() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    told = answer.json()
    assert {told[name] for name in ("status", "database", "broker", "storage")} == {"ok"}
    assert told["oldest_due_seconds"] == 0


def test_it_is_told_how_long_work_waits_and_who_lives(valkey: redis.Redis) -> None:
    contact = make.client(email="anna@example.com").contacts.get()
    notifications.delivery(contact, due_at=clock.now() - timedelta(minutes=5))
    notifications.delivery(contact, due_at=clock.now() + timedelta(minutes=5), about={"version": 2})
    valkey.delete(*(f"docflow:pulse:{name}" for name in pulse.NAMES))
    pulse.beat("worker")

    told = Client().get("/readyz").json()

    assert 299 < told["oldest_due_seconds"] < 400
    assert told["signs_of_life"].keys() == {"worker", "files", "sweeper", "beat"}
    assert told["signs_of_life"]["worker"] < 60
    assert told["signs_of_life"]["files"] is None


def test_missing_storage_is_named(settings: Settings) -> None:
    settings.DATA_DIR = Path("/proc/nowhere")

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["storage"], answer.json()["database"]) == (503, "down", "ok")


def test_metrics_want_their_scope() -> None:
    user = make.staff()

    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers=make.bearer(user, "documents:read")).status_code == 401
    assert Client().get("/metrics", headers=make.bearer(user, "metrics:read")).status_code == 200
