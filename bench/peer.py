"""django-post-office at work, in processes of its own: `python -m bench.peer queue|send|load`; `Peer` is the handle.

Each says that it is ready and begins at a word, so that the start of Python is nobody's cost.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import django
from django.core.management import call_command
from django.db import transaction

from bench import ground

DATABASE = "bench_peer"
TEMPLATE = "ready"


class Peer:
    """An installation with a database of its own beside ours."""

    def __init__(self, smtp: int, message: dict[str, str]) -> None:
        own = ground.with_database(dict(os.environ), DATABASE)
        self.env = {**own, "DJANGO_SETTINGS_MODULE": "bench.peer_settings", "PEER_SMTP": str(smtp)}
        self.message = message
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=self.env, check=True)

    def queue(self, number: int, *, late: bool) -> None:
        """Put so many messages into its queue; `late`: they are rendered when sent, not now."""
        self._finish("queue", {"number": number, "late": late, "message": self.message})

    @contextmanager
    def ready(self, work: str, order: dict[str, Any], **env: str) -> Iterator["subprocess.Popen[str]"]:
        """A process that begins when told (see `go`)."""
        command = [sys.executable, "-m", "bench.peer", work, json.dumps({"message": self.message, **order})]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env={**self.env, **env}, **pipes) as process:  # type: ignore[call-overload]
            assert process.stdout.readline() == "ready\n"  # noqa: S101 - anything else stands on its error output
            yield process

    @contextmanager
    def celery(self, processes: int = 2) -> Iterator[dict[str, str]]:
        """A Celery worker that sends as soon as something is queued; gives the environment for those who queue."""
        env = {"PEER_CELERY": "1"}
        command = [sys.executable, "-m", "celery", "-A", "bench.peer_celery", "worker", "--loglevel=ERROR"]
        command += ["--without-gossip", "--without-mingle", f"--concurrency={processes}"]
        with ExitStack() as stack:
            process = stack.enter_context(subprocess.Popen(command, env={**self.env, **env}))
            stack.callback(process.terminate)
            time.sleep(6)
            yield env

    def _finish(self, work: str, order: dict[str, Any]) -> None:
        with self.ready(work, order) as process:
            go(process)


def go(process: "subprocess.Popen[str]") -> str:
    """Let it begin, wait for its end; what it said."""
    said, _errors = process.communicate("go\n")
    if process.returncode:
        raise RuntimeError("the peer failed")
    return said


def _queue(order: dict[str, Any]) -> None:
    from post_office import mail  # noqa: PLC0415 - its models need Django to be set up
    from post_office.models import EmailTemplate  # noqa: PLC0415

    message, late = order["message"], order["late"]
    values = {"subject": message["subject"], "content": message["text"], "html_content": message["html"]}
    template, _made = EmailTemplate.objects.get_or_create(name=TEMPLATE, defaults=values)
    mail.send_many(
        [
            {"recipients": f"c{n}@example.org", "template": template, "context": context(n), "render_on_delivery": late}
            for n in range(1, order["number"] + 1)
        ]
    )


def context(n: int) -> dict[str, str]:
    """What differs from message to message."""
    return {"n": str(n), "code": f"{n:022}"}


def _send(order: dict[str, Any]) -> None:
    call_command("send_queued_mail", processes=order["processes"])


def _load(order: dict[str, Any]) -> None:
    """Queue messages at a steady pace, each in a transaction; say when each call began and ended."""
    from post_office import mail  # noqa: PLC0415 - its models need Django to be set up

    calls, began = [], time.monotonic()
    for n in range(1, order["number"] + 1):
        time.sleep(max(0.0, began + n / order["per_second"] - time.monotonic()))
        start = time.monotonic()
        with transaction.atomic():
            mail.send(f"c{n}@example.org", template=TEMPLATE, context=context(n))
        calls.append((f"c{n}@example.org", start, time.monotonic()))
    print(json.dumps(calls))


if __name__ == "__main__":
    importlib.import_module("bench.peer_celery")
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    {"queue": _queue, "send": _send, "load": _load}[sys.argv[1]](json.loads(sys.argv[2]))
