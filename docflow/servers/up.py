"""`manage.py up`: servers, tables and all processes of docflow on one machine, in one terminal."""

import argparse
import ipaddress
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docflow.common import crypto
from docflow.servers import engines, folder, ports, programs
from docflow.servers.child import Process
from docflow.servers.folder import Folder
from docflow.servers.supervisor import Job, Stopped, Supervisor
from docflow.servers.trouble import CannotStart

PRODUCT = ("web", "worker", "files", "beat", "sweeper")
MOST_WEBS = 4
"""Processes that show pages, however many cores there are: each takes a hundred megabytes."""


def main(arguments: list[str]) -> int:
    """Run until told to stop; the exit code."""
    options = parse(arguments)
    try:
        Start(options).run()
    except CannotStart as trouble:
        print(f"\n{trouble}\n", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    default = Path(os.environ.get("DOCFLOW_DATA") or programs.ROOT / "data")
    parser = argparse.ArgumentParser("bin/up", description="Run docflow on this machine. Ctrl-C stops it.")
    parser.add_argument("--demo", action="store_true", help="with people, documents and simulated providers")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default=ports.LOOPBACK, help="the address to listen on (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=default, metavar="DIR", help="(default: %(default)s)")
    return parser.parse_args(arguments)


def tell(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201 - the terminal is where this command speaks


class Start:
    """One start, from the checks before anything runs to the orderly end."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.demo: bool = options.demo
        self.host: str = options.host
        self.port: int = options.port
        self.place = Folder(options.data.resolve())
        self.web = os.environ.get("DOCFLOW_BASE_URL") or f"http://{address(self.host)}:{self.port}"
        self.providers = (ports.free_port(), ports.free_port())
        self.seeded: dict[str, Any] = {}
        self.link = ""
        self.supervisor = Supervisor(self.place.logs, lambda line: tell(f"  {line}"))

    def run(self) -> None:
        """Start, watch, stop. Raises CannotStart; whatever was started is ended on every way out."""
        self.check()
        lock = self.claim()
        self.supervisor.listen()
        try:
            self.start()
            self.supervisor.watch()
        except Stopped:
            pass
        finally:
            self.end()
            os.close(lock)

    def check(self) -> None:
        if self.demo and not is_loopback(self.host):
            raise CannotStart("The demo lets people in without a second factor, so it listens on this machine only.")

    def claim(self) -> int:
        self.place.make()
        lock = self.place.lock()
        if not ports.is_free(self.host, self.port):
            raise CannotStart(f"Port {self.port} on {self.host} is taken. Choose another with --port.")
        self.place.settle(demo=self.demo)
        self.place.up.unlink(missing_ok=True)
        if not self.place.keys.exists() and not engines.is_set("DOCFLOW_KEYS"):
            crypto.write_keys(self.place.keys)
        return lock

    def start(self) -> None:
        """Everything runs and is ready, up.json is written, and the person knows where to go."""
        began = time.monotonic()
        tell("Starting docflow. Ctrl-C stops it.")
        servers = engines.choose(self.place)
        env = self.environment(servers)
        pages = None if programs.pages_are_built() else self.build_pages(env)
        self.step("PostgreSQL and Valkey")
        self.supervisor.start(*servers.processes())
        servers.prepare()
        self.step("tables and pages")
        self.supervisor.run("prepare", programs.manage("prepare"), {**env, **servers.owner_env()})
        if pages:
            self.supervisor.finish(pages)
        self.step("processes")
        self.supervisor.start(*self.processes(env))
        self.finish(env)
        tell(f"  ready after {time.monotonic() - began:.0f} s")
        self.announce()

    def build_pages(self, env: Mapping[str, str]) -> Job:
        return self.supervisor.begin("build", programs.manage("build_static"), env)

    def step(self, name: str) -> None:
        tell(f"  {name} …")

    def environment(self, servers: engines.Engines) -> dict[str, str]:
        """What every process of the product gets; the owner's database address is not among it."""
        ours = servers.env() | self.own_settings() | (self.demo_settings() if self.demo else {})
        named = {name.removesuffix("_FILE") for name in ours} | {engines.OWNER}
        return {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in named} | ours

    def own_settings(self) -> dict[str, str]:
        defaults = {"DOCFLOW_KEYS": str(self.place.keys), "SECRET_KEY_FILE": str(self.place.secret_key)}
        chosen = {name: value for name, value in defaults.items() if not engines.is_set(name.removesuffix("_FILE"))}
        return {
            **chosen,
            "DJANGO_SETTINGS_MODULE": "docflow.settings",
            "DOCFLOW_DATA": str(self.place.path),
            "DOCFLOW_BASE_URL": self.web,
            "PYTHONUNBUFFERED": "1",
        }

    def demo_settings(self) -> dict[str, str]:
        known = self.place.secrets()
        smtp, http = (f"{ports.LOOPBACK}:{port}" for port in self.providers)
        return {
            "DOCFLOW_DEMO": "1",
            "EMAIL_URL": f"smtp://{smtp}/?from=docflow@example.com&name=docflow",
            "TWILIO_ACCOUNT_SID": "ACdemo00000000000000000000000000de",
            "TWILIO_AUTH_TOKEN": known["twilio"],
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE": f"http://{http}",
            "TELEGRAM_TOKEN": f"123456789:{known['telegram'][:35]}",
            "TELEGRAM_API_BASE": f"http://{http}",
        }

    def processes(self, env: Mapping[str, str]) -> list[Process]:
        places = {
            "host": self.host,
            "port": str(self.port),
            "run": str(self.place.run),
            "webs": os.environ.get("DOCFLOW_WEB_PROCESSES") or str(min(os.cpu_count() or 1, MOST_WEBS)),
            "threads": os.environ.get("DOCFLOW_WORKER_THREADS", "16"),
            "parsers": os.environ.get("DOCFLOW_FILES_PROCESSES", "2"),
        }
        named = urlsplit(self.web).netloc
        probes = {"web": lambda: programs.serves(address(self.host), self.port, named)}
        product = [programs.process(name, places, env, ready=probes.get(name)) for name in PRODUCT]
        return [*([self.simulators(env)] if self.demo else []), *product]

    def simulators(self, env: Mapping[str, str]) -> Process:
        smtp, http = (f"{ports.LOOPBACK}:{port}" for port in self.providers)
        return Process(
            name="simulators",
            command=programs.manage("simulators", "--smtp", smtp, "--http", http, "--ledger", str(self.place.ledger)),
            env=env,
            ready=lambda: programs.listens(*((ports.LOOPBACK, port) for port in self.providers)),
        )

    def finish(self, env: Mapping[str, str]) -> None:
        """The demo's people or the first administrator's link, then up.json, which now follows every restart.

        Once up.json stands nothing but the processes is left to fail, and those are started again.
        """
        if self.demo:
            self.step("people and documents of the demo")
            out = self.place.path / "demo.json"
            self.supervisor.run("seed", programs.manage("seed_demo", "--out", str(out)), env)
            self.seeded = json.loads(out.read_text(encoding="utf-8"))
        else:
            self.link = self.supervisor.run("setup", programs.manage("setup_link", "--if-needed"), env).strip()
        self.write_up(env)
        self.supervisor.changed = lambda: self.write_up(env)

    def write_up(self, env: Mapping[str, str]) -> None:
        content: dict[str, Any] = {
            "web": self.web,
            "pids": self.supervisor.pids(),
            "database_url": engines.setting(env, "DATABASE_URL"),
            "redis_url": engines.setting(env, "REDIS_URL"),
        }
        if self.demo:
            smtp, http = (f"{ports.LOOPBACK}:{port}" for port in self.providers)
            base = f"http://{http}"
            content |= {
                "ledger": str(self.place.ledger),
                "simulators": {"smtp": smtp, "http": base, "page": f"{base}/"},
            }
            content |= self.seeded
        folder.write_json(self.place.up, content)

    def announce(self) -> None:
        tell(f"\n  {self.web}\n")
        for name, login in self.seeded.get("logins", {}).items():
            tell(f"    {name:<9} {login['email']:<28} {login['password']}")
        if self.demo:
            tell(f"\n  What people get: http://{ports.LOOPBACK}:{self.providers[1]}/")
            tell(f"  API keys and process ids: {self.place.up}\n")
            return
        if self.link:
            tell(f"  There is no administrator yet. Open this link once to become the first:\n  {self.link}\n")

    def end(self) -> None:
        if self.supervisor.children:
            tell("Stopping.")
        self.supervisor.stop()
        self.place.up.unlink(missing_ok=True)


def address(host: str) -> str:
    """Where a client on this machine finds what listens on `host`."""
    return {"0.0.0.0": ports.LOOPBACK, "::": "[::1]", "": ports.LOOPBACK}.get(host, host)  # noqa: S104


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except (OSError, ValueError):
        return host == "::1"
