"""The embedded PostgreSQL and Valkey, really started, and what each database role may do."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors

from docflow.servers import engines, postgres, roles, valkey
from docflow.servers.engines import Engines
from docflow.servers.folder import Folder
from docflow.servers.postgres import Postgres
from docflow.servers.supervisor import Supervisor
from tests.servers.waiting import until

JOURNAL = roles.JOURNAL[0]
pytestmark = pytest.mark.xdist_group("engines")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engines, Supervisor]]:
    place = Folder(tmp_path_factory.mktemp("engines"))
    place.make()
    with pytest.MonkeyPatch.context() as environment:
        for name in ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"):
            environment.delenv(name, raising=False)
        found = engines.choose(place, durable=False)
    supervisor = Supervisor(place.logs, lambda line: None)
    supervisor.start(*found.processes())
    found.prepare()
    yield found, supervisor
    supervisor.stop()


@pytest.fixture(scope="module")
def database(running: tuple[Engines, Supervisor]) -> Postgres:
    server = running[0].postgres
    assert server
    with psycopg2.connect(server.owner_url) as session, session.cursor() as at:
        at.execute(f"CREATE TABLE {JOURNAL} (id int); CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
    roles.grant(server.owner_url, server.url)
    return server


def as_app(server: Postgres, statement: str) -> list[tuple[object, ...]]:
    session = psycopg2.connect(server.url)
    try:
        with session, session.cursor() as at:
            at.execute(statement)
            return at.fetchall() if at.description else []
    finally:
        session.close()


def revived(supervisor: Supervisor) -> bool:
    supervisor._revive()
    return True


def test_both_answer(running: tuple[Engines, Supervisor]):
    found = running[0]

    assert found.postgres
    assert found.valkey
    assert postgres.answers(found.postgres.url)
    assert valkey.answers(found.valkey.url)


def test_both_want_their_password(running: tuple[Engines, Supervisor]):
    found = running[0]

    assert found.postgres
    assert found.valkey
    assert not postgres.answers(found.postgres.url.replace(found.postgres.passwords["app"], "guess"))
    assert not valkey.answers(found.valkey.url.replace(found.valkey.password, "guess"))


def test_app_appends_to_the_journal_and_reads_it(database: Postgres):
    as_app(database, f"INSERT INTO {JOURNAL} VALUES (7)")

    assert as_app(database, f"SELECT id FROM {JOURNAL} WHERE id = 7")


@pytest.mark.parametrize(
    "statement",
    [f"UPDATE {JOURNAL} SET id = 0", f"DELETE FROM {JOURNAL}", f"TRUNCATE {JOURNAL}", f"DROP TABLE {JOURNAL}"],
)
def test_item_69_app_cannot_change_the_journal(database: Postgres, statement: str):
    with pytest.raises(errors.InsufficientPrivilege):
        as_app(database, statement)


def test_app_works_on_every_other_table_also_later_ones(database: Postgres):
    with psycopg2.connect(database.owner_url) as session, session.cursor() as at:
        at.execute("CREATE TABLE later (id serial)")

    as_app(database, "UPDATE thing SET id = 2")
    as_app(database, "INSERT INTO later DEFAULT VALUES")
    as_app(database, "DELETE FROM later")


def test_app_cannot_make_tables(database: Postgres):
    with pytest.raises(errors.InsufficientPrivilege):
        as_app(database, "CREATE TABLE mine (id int)")


def test_app_does_not_wait_for_ever(database: Postgres):
    assert as_app(database, "SHOW lock_timeout") == [("5s",)]
    assert as_app(database, "SHOW idle_in_transaction_session_timeout") == [("30s",)]


def test_one_role_for_both_is_left_alone(database: Postgres):
    roles.grant(database.superuser_url, database.superuser_url)


def test_missing_role_is_made_by_an_owner_who_may(database: Postgres):
    url = database.url.replace(roles.APP, "another_app")

    roles.grant(database.superuser_url.removesuffix("postgres") + postgres.DATABASE, url)

    assert postgres.answers(url)


def test_cyrillic_folds_whatever_the_host_speaks(database: Postgres):
    assert as_app(database, "SELECT upper('ёж'), 'Ёж' ILIKE 'ёЖ', uuidv7() IS NOT NULL") == [("ЁЖ", True, True)]


def test_killed_server_recovers_with_what_it_knew(running: tuple[Engines, Supervisor], database: Postgres):
    supervisor = running[1]
    as_app(database, f"INSERT INTO {JOURNAL} VALUES (42)")

    os.kill(supervisor.pids()["postgres"], signal.SIGKILL)
    until(lambda: revived(supervisor) and postgres.answers(database.url), 30)

    assert as_app(database, f"SELECT id FROM {JOURNAL} WHERE id = 42")


def test_number_that_belongs_to_another_program_is_forgotten(tmp_path: Path, database: Postgres):
    place = Folder(tmp_path)
    other = Postgres(place, database.passwords, 1, database.stand)
    other.data.mkdir()
    (other.data / "postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n")

    other.clear_the_way()

    assert not (other.data / "postmaster.pid").exists()


def test_environment_replaces_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database_url")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    place = Folder(tmp_path)
    place.make()

    assert engines.choose(place) == Engines(None, None)
