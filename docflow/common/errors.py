"""Refusals: what went wrong and what to do, already in words for the person who asked."""

from typing import Any

from django.utils.functional import Promise


class Refused(Exception):
    """A request that cannot be met; `message` is shown as it stands, `code` is for programs."""

    status = 400
    default_code = "refused"

    def __init__(
        self, message: str | Promise, *, code: str | None = None, field: str | None = None, **extra: Any
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code or self.default_code
        self.field = field
        self.extra = extra


class NotAllowed(Refused):
    """The person may not do this."""

    status = 403
    default_code = "not_allowed"


class NotFound(Refused):
    """There is no such thing for this person."""

    status = 404
    default_code = "not_found"


class NotPossible(Refused):
    """The thing is no longer in a state that permits this: a lost race or a late click."""

    status = 409
    default_code = "not_possible"


class Gone(Refused):
    """It was here and is over: expired, revoked, replaced."""

    status = 410
    default_code = "gone"


class TooLarge(Refused):
    """More bytes than allowed."""

    status = 413
    default_code = "too_large"


class WrongFormat(Refused):
    """The bytes are not what is accepted here."""

    status = 415
    default_code = "wrong_format"


class NotValid(Refused):
    """A value is missing or makes no sense."""

    status = 422
    default_code = "not_valid"


class TooMany(Refused):
    """Too many tries; `retry_after` seconds in extra."""

    status = 429
    default_code = "too_many"


class NoSpace(Refused):
    """The disk is full."""

    status = 507
    default_code = "no_space"
