"""What monitors ask."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
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


COUNT = """
import django
django.setup()
from docflow.common import pulse
from notifications import metrics
for _call in range(3):
    metrics.attempts.labels("sms", "ok").inc()
metrics.call_seconds.labels("sms").observe(0.3)
pulse.beat("worker")
"""


def test_metrics_are_those_of_all_processes() -> None:
    for _worker in range(2):
        subprocess.run([sys.executable, "-c", COUNT], check=True)

    shown = Client().get("/metrics", headers=make.bearer(make.staff(), "metrics:read")).content.decode()
    found = {one.name: one for one in text_string_to_metric_families(shown)}

    assert [one.value for one in found["docflow_attempts"].samples if one.labels["channel"] == "sms"] == [6]
    calls = [one for one in found["docflow_call_seconds"].samples if one.labels["channel"] == "sms"]
    assert [one.value for one in calls if one.name.endswith("_count")] == [2]
    assert [one.value for one in calls if one.labels.get("le") in ("0.25", "0.5")] == [0, 2]
    assert "docflow_outbox_waiting" in found


def test_metrics_go_on_without_the_broker(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = Client().get("/metrics", headers=make.bearer(make.staff(), "metrics:read"))

    assert answer.status_code == 200
    assert "docflow_outbox_waiting" in answer.content.decode()
