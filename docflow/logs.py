"""Structured logs: one JSON object a line, stable keys, no addresses and no secrets."""

import logging
import re

import structlog

_SECRET_PATHS = re.compile(r"/(s|n|reset|invite|setup|verify|telegram)/[^/\s?'\"]+")


def without_secrets(
    logger: logging.Logger | None, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Links whose path is a secret keep only their kind."""
    return {key: _plain(value) if isinstance(value, str) else value for key, value in event.items()}


def _plain(text: str) -> str:
    return _SECRET_PATHS.sub(r"/\1/…", text)


EXTRA = (
    "event", "delivery", "channel", "reason", "error", "owner", "wake", "part", "outbox", "size", "claimed", "sending",
)  # fmt: skip
"""Keys that a log call may add; nothing else gets out by chance."""

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[*_SHARED, structlog.processors.format_exc_info, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def formatter() -> logging.Formatter:
    """The formatter for the logging settings."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder(EXTRA), structlog.processors.format_exc_info],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
