"""Servers for the measurements: a durable PostgreSQL and a Valkey of their own, a fresh database for each part."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from bench import meter
from docflow.servers import temporary

FOREIGN = ("DATABASE_", "REDIS_", "DOCFLOW_", "SECRET_KEY", "EMAIL_URL", "TWILIO_", "TELEGRAM_", "DJANGO_", "ENGINE_")


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Both running; gives the whole environment of a measurement. What ours named is not theirs."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    with temporary.servers(durable=True) as found:
        yield {**os.environ, **found, "DJANGO_SETTINGS_MODULE": "docflow.settings", meter.ROOT: str(os.getpid())}


def with_database(env: dict[str, str], name: str) -> dict[str, str]:
    """The environment with a fresh database of that name."""
    server = env["DATABASE_URL"].rpartition("/")[0]
    execute(f"{server}/postgres", f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    url = f"{server}/{name}"
    return {**env, "DATABASE_URL": url, "DATABASE_OWNER_URL": url}


def migrate(env: dict[str, str]) -> None:
    """All tables, and what a fresh installation holds."""
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)


def execute(url: str, *statements: str) -> None:
    """Run statements one by one, outside any transaction."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
