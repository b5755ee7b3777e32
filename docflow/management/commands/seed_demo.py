"""Fill the demo. Runs while all processes run; safe to run again."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keys
from accounts.models import User
from docflow.demo import people, story


class Command(BaseCommand):
    help = "Make the demo's people, types, documents, logins and keys; what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="where logins and keys are written, mode 0600")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded: start with bin/up --demo.")
        cast = people.ensure()
        known = _known(options["out"], cast) or _fresh(cast)
        _write(options["out"], known)
        story.ensure(cast)


def _fresh(cast: dict[str, User]) -> dict[str, Any]:
    passwords = people.fresh_passwords(cast)
    logins = {part: {"email": cast[part].email, "password": password} for part, password in passwords.items()}
    api_keys = people.fresh_keys(cast)
    return {"logins": logins, "api_keys": api_keys, "api_key": api_keys["staff"]}


def _known(file: Path, cast: dict[str, User]) -> dict[str, Any] | None:
    """What an earlier run wrote, if every password and key in it still works."""
    if not file.exists():
        return None
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    fits = all(check_password(login["password"], cast[part].password) for part, login in known["logins"].items())
    return known if fits and all(keys.find(text) for text in known["api_keys"].values()) else None


def _write(file: Path, content: dict[str, Any]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
