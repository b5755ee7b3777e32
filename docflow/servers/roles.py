"""The two database roles: the owner migrates, the running product may not change or remove the journal."""

from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

OWNER = "docflow_owner"
APP = "docflow_app"
JOURNAL = ("accounts_auditentry", "accounts_auditseal")
READ_ONLY = ("django_migrations",)
WAITS = {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}


def make(superuser_url: str, database: str, passwords: dict[str, str]) -> None:
    """Both roles, with these passwords, and the database, owned by OWNER. Safe to repeat."""
    session = psycopg2.connect(superuser_url)
    session.autocommit = True
    with session.cursor() as at:
        for role, password in passwords.items():
            _role(at, role, password)
        at.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not at.fetchone():
            at.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER)))
    session.close()


def grant(owner_url: str, app_url: str) -> None:
    """What the role in `app_url` may do, on the tables as they are now and on later ones, in one transaction.

    Nothing happens where one role does both. A missing role is made when the owner may make one.
    """
    app, password = _login(app_url)
    if app == _login(owner_url)[0]:
        return
    session = psycopg2.connect(owner_url)
    with session, session.cursor() as at:
        _ensure(at, app, password)
        _grant_tables(session, at, app)
        _protect(at, app)
    session.close()


def _login(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _role(at: cursor, role: str, password: str) -> None:
    at.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = sql.SQL("ALTER" if at.fetchone() else "CREATE")
    at.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password)))
    for name, value in WAITS.items() if role != OWNER else ():
        at.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(*_setting(role, name, value)))


def _setting(role: str, name: str, value: str) -> tuple[sql.Composable, ...]:
    return sql.Identifier(role), sql.Identifier(name), sql.Literal(value)


def _ensure(at: cursor, app: str, password: str) -> None:
    at.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [app])
    if not at.fetchone():
        _role(at, app, password)


def _grant_tables(session: connection, at: cursor, app: str) -> None:
    database = sql.Identifier(session.info.dbname)
    for statement in (
        "GRANT CONNECT ON DATABASE {database} TO {app}",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
        "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {app}",
    ):
        at.execute(sql.SQL(statement).format(database=database, app=sql.Identifier(app)))


def _protect(at: cursor, app: str) -> None:
    for table in JOURNAL:
        _revoke(at, "UPDATE, DELETE, TRUNCATE", table, app)
    for table in READ_ONLY:
        _revoke(at, "INSERT, UPDATE, DELETE, TRUNCATE", table, app)


def _revoke(at: cursor, rights: str, table: str, app: str) -> None:
    at.execute("SELECT to_regclass(%s)", [table])
    if at.fetchone() != (None,):
        at.execute(sql.SQL("REVOKE " + rights + " ON {} FROM {}").format(sql.Identifier(table), sql.Identifier(app)))
