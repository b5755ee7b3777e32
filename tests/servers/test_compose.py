"""docker-compose.yml runs every process the supervisor runs, and consumes every queue."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from docflow import celery
from docflow.servers.programs import PROGRAMS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = [*PROGRAMS, "migrate"]
SAME = ("-m", "{", "manage.py", "--schedule", "--concurrency")  # what differs by place


def queues(command: list[str]) -> set[str]:
    return set(command[command.index("-Q") + 1].split(",")) if "-Q" in command else set()


def options(command: list[str] | tuple[str, ...]) -> set[str]:
    return {part for part in command if not any(mark in part for mark in SAME)}


def test_every_process_has_its_service():
    assert set(SERVICES) == {*PROGRAMS, "migrate", "postgres", "valkey"}


def test_every_queue_is_consumed_once():
    consumed = [queue for service in SERVICES.values() for queue in queues(service.get("command", []))]

    assert sorted(consumed) == sorted(celery.QUEUES)


def test_supervisor_consumes_every_queue_once():
    consumed = [queue for command in PROGRAMS.values() for queue in queues(list(command))]

    assert sorted(consumed) == sorted(celery.QUEUES)


def test_unknown_queue_is_refused():
    assert celery.app.conf.task_create_missing_queues is False


@pytest.mark.parametrize("name", ["worker", "files", "beat"])
def test_service_runs_what_the_supervisor_runs(name: str):
    assert options(PROGRAMS[name]) <= options(SERVICES[name]["command"])


def test_image_serves_as_the_supervisor_does():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert [part for part in options(PROGRAMS["web"]) if f'"{part}"' not in dockerfile and "{" not in part] == []


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_shut_in(name: str):
    service = SERVICES[name]

    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_is_watched_and_restarted(name: str):
    assert SERVICES[name]["restart"] == "always"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_only_the_migration_knows_the_owner(name: str):
    assert "database_owner_url" not in SERVICES[name]["secrets"]
    assert not [key for key in SERVICES[name]["environment"] if "OWNER" in key]


def test_every_secret_is_a_file_that_is_declared():
    declared = yaml.safe_load(TEXT)["secrets"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert used == set(declared)
    assert all(entry["file"].startswith("./secrets/") for entry in declared.values())
