"""Settings from the environment; each NAME may instead be a file named by NAME_FILE."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SECRET_LENGTH, SECRET_VARIETY, EXAMPLE = 40, 10, "django-insecure-"


def env_str(name: str, default: str | None = None) -> str:
    """The value of NAME, or the content of the file that NAME_FILE points at.

    Raises ImproperlyConfigured when there is neither and no default.
    """
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file}: {error.strerror}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE. `bin/up` sets it for one machine.")
    return value


def env_secret(name: str) -> str:
    """A value that nobody can guess. Raises ImproperlyConfigured for one that is short, monotonous or an example."""
    value = env_str(name)
    if len(value) < SECRET_LENGTH or len(set(value)) < SECRET_VARIETY or value.startswith(EXAMPLE):
        raise ImproperlyConfigured(f"{name} can be guessed. Set at least {SECRET_LENGTH} random characters.")
    return value


def env_bool(name: str, default: bool = False) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off; anything else fails loudly."""
    value = env_str(name, "1" if default else "0").lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return value in TRUE


def env_int(name: str, default: int) -> int:
    """A whole number; anything else fails loudly."""
    value = env_str(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def env_list(name: str, default: str = "") -> list[str]:
    """Values separated by commas; empty ones dropped."""
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]
