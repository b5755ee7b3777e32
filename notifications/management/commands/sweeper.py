"""The process that needs no broker."""

import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from docflow.common import garbage
from notifications.marking import marker
from notifications.sweep import Sweeper


class Command(BaseCommand):
    requires_system_checks = ()  # `prepare` has made them
    help = "Plan and send what nobody was woken for, recover what died; runs until it is stopped."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="One round, then stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        over = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            over.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        engine = settings.ENGINE
        sweeper = Sweeper()
        garbage.settle()
        sweeper.round()
        while not options["once"] and not over.wait(engine["sweep_every"]):
            sweeper.round()
        sweeper.wait(engine["call_deadline"])
        marker.close()
