"""The embedded Valkey: its settings file, its process, its address."""

import os
from dataclasses import dataclass

import redis

from docflow.servers import binaries, folder, ports
from docflow.servers.child import Process

SETTINGS = """\
bind {host}
port {port}
dir {dir}
requirepass {password}
appendonly {durable}
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


@dataclass(frozen=True)
class Valkey:
    """A Valkey of ours; what it keeps survives a restart when `durable`."""

    place: folder.Folder
    password: str
    port: int
    durable: bool = True

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def process(self) -> Process:
        return Process(
            name="valkey",
            command=[str(binaries.valkey()), str(self._settings())],
            env={"PATH": os.environ.get("PATH", "")},
            ready=lambda: answers(self.url),
            stop_within=10,
            tier=0,
        )

    def _settings(self) -> str:
        file = self.place.valkey / "valkey.conf"
        text = SETTINGS.format(
            host=ports.LOOPBACK,
            port=self.port,
            dir=self.place.valkey,
            password=self.password,
            durable="yes" if self.durable else "no",
        )
        folder.write_private(file, text)
        return str(file)


def answers(url: str) -> bool:
    """Whether a Valkey or Redis answers there."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
