"""PostgreSQL and Valkey for one installation: embedded, or those that the environment names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docflow.servers import isolation, ports
from docflow.servers.child import Process
from docflow.servers.folder import Folder
from docflow.servers.postgres import Postgres
from docflow.servers.valkey import Valkey

OWNER = "DATABASE_OWNER_URL"


@dataclass(frozen=True)
class Engines:
    """What of the two is ours; None means the environment names one elsewhere."""

    postgres: Postgres | None
    valkey: Valkey | None

    def processes(self) -> list[Process]:
        """Those to supervise; PostgreSQL's cluster is made first if need be."""
        if self.postgres:
            self.postgres.make()
        return [server.process() for server in (self.valkey, self.postgres) if server]

    def prepare(self) -> None:
        """The embedded PostgreSQL, now running, has its roles and its database."""
        if self.postgres:
            self.postgres.prepare()

    def env(self) -> dict[str, str]:
        """What the running product needs to reach them."""
        found = {"DATABASE_URL": self.postgres.url} if self.postgres else {}
        return {**found, "REDIS_URL": self.valkey.url} if self.valkey else found

    def owner_env(self) -> dict[str, str]:
        """What migrating needs in addition."""
        if self.postgres:
            return {"DATABASE_OWNER_URL": self.postgres.owner_url}
        return {name: os.environ[name] for name in (OWNER, f"{OWNER}_FILE") if name in os.environ}


def choose(place: Folder, *, durable: bool = True) -> Engines:
    """Embedded servers on `place`, except where DATABASE_URL or REDIS_URL (or their _FILE) names another."""
    passwords = place.secrets()
    return Engines(
        postgres=None if is_set("DATABASE_URL") else embedded_postgres(place, passwords, durable=durable),
        valkey=None if is_set("REDIS_URL") else Valkey(place, passwords["valkey"], ports.free_port(), durable),
    )


def embedded_postgres(place: Folder, passwords: dict[str, str], *, durable: bool) -> Postgres:
    return Postgres(place, passwords, ports.free_port(), isolation.stand(place.postgres), durable)


def is_set(name: str) -> bool:
    """Whether the environment gives this setting, itself or by file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def setting(env: Mapping[str, str], name: str) -> str | None:
    """A setting as the product will read it: from the file that NAME_FILE names, else itself."""
    file = env.get(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else env.get(name)
