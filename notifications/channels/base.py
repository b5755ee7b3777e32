"""What every channel gives and takes. A channel translates one message for one provider, nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from django.utils.functional import Promise

ErrorKind = Literal["transient", "permanent", "unknown", "config"]
ContactKind = Literal["email", "phone", "telegram"]
UnknownPolicy = Literal["lookup", "repeat", "hold"]

ANSWER_LENGTH = 500
ANSWER_LIMIT = 64 * 1024
DEADLINE = 30.0


@dataclass(frozen=True, slots=True)
class Button:
    """`url` opens a page; `act` comes back to us as it is when the person presses."""

    label: str
    url: str | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`key` is the delivery's id: providers that can carry it back do."""

    key: str
    to: str
    language: str
    subject: str
    text: str
    html: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    callback_url: str | None = None
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. `answer` is its raw word, short and without secrets."""

    provider_ref: str
    answer: str


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a message that the provider took; `said` is its own word, `verdict` that of a failure."""

    provider_ref: str
    status: Literal["queued", "sent", "delivered", "failed"]
    said: str
    code: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a channel's settings form."""

    name: str
    label: str | Promise
    secret: bool = False
    required: bool = True
    default: str = ""
    env: str = ""
    choices: tuple[tuple[str, str | Promise], ...] = ()


class Verdict(NamedTuple):
    """A row of a provider's code table."""

    kind: ErrorKind
    reason: str
    address_dead: bool = False


class ChannelError(Exception):
    """The provider did not take the message, or (`unknown`) nobody can say whether it did."""

    def __init__(
        self,
        kind: ErrorKind,
        reason: str,
        answer: str = "",
        *,
        retry_after: float | None = None,
        address_dead: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {reason}" + (f" ({answer})" if answer else ""))
        self.kind: ErrorKind = kind
        self.reason = reason
        self.answer = answer
        self.retry_after = retry_after
        self.address_dead = address_dead

    @classmethod
    def by(cls, verdict: Verdict, answer: str, *, retry_after: float | None = None) -> ChannelError:
        return cls(verdict.kind, verdict.reason, answer, retry_after=retry_after, address_dead=verdict.address_dead)


class Commit:
    """Passes the moment of no return on, once, and remembers how that went."""

    def __init__(self, committing: Callable[[], None]) -> None:
        self._committing = committing
        self.done = False
        self.stopped: BaseException | None = None

    def __call__(self) -> None:
        if self.done:
            return
        try:
            self._committing()
        except BaseException as error:
            self.stopped = error
            raise
        self.done = True


class Channel(Protocol):
    """Thread-safe: any number of threads may send through one object, each on its own connection."""

    kind: ClassVar[str]
    contact_kind: ClassVar[ContactKind]
    has_receipts: ClassVar[bool]
    unknown_policy: ClassVar[UnknownPolicy]
    unknown_wait: ClassVar[float]
    settings_fields: ClassVar[tuple[Field, ...]]

    def __init__(self, settings: Mapping[str, str]) -> None: ...

    def send(self, message: Message, committing: Callable[[], None]) -> Receipt:
        """Hand one message to the provider in one call, or raise ChannelError.

        `committing` runs once, just before the bytes that cannot be taken back; what it raises passes through
        and nothing has been sent then.
        """

    def look_up(self, message: Message, since: datetime) -> Receipt | None:
        """Whether a message of unknown outcome did arrive. Only where `unknown_policy` is `lookup`."""

    def status(self, provider_ref: str) -> Status | None:
        """What the provider says by now, if anything. Only where `has_receipts`. Raises ChannelError."""

    def check(self) -> list[str]:
        """What stands in the way of sending, in words for an administrator; talks to the provider."""

    def close(self) -> None: ...


@runtime_checkable
class Bot(Channel, Protocol):
    """A channel in which people press and answer: what the Telegram webhook needs beyond sending."""

    def bot_username(self) -> str: ...

    def start_link(self, token: str) -> str: ...

    def set_webhook(self, url: str, secret: str) -> None: ...

    def answer_callback(self, query_id: str, text: str = "", *, alert: bool = False) -> None: ...

    def edit_message(
        self,
        chat_id: str,
        message_id: int,
        text: str,
        *,
        html: str | None = None,
        buttons: tuple[tuple[Button, ...], ...] = (),
    ) -> None: ...


_BLANKS = re.compile(r"[\x00-\x20\x7f]+")


def tidy(answer: str | bytes, secrets: Iterable[str] = ()) -> str:
    """A provider's raw answer on one line, short, without the secrets we called it with."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    text = text[:ANSWER_LIMIT]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _BLANKS.sub(" ", text).strip()[:ANSWER_LENGTH]


def positive(value: str) -> float | None:
    """A number out of a settings form; None when it is none, or not above zero."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def seconds(value: str) -> float:
    """A deadline out of a settings form: what is no sensible number means the usual one."""
    number = positive(value)
    return number if number and number <= DEADLINE else DEADLINE


def missing(fields: Iterable[Field], settings: Mapping[str, str]) -> list[Field]:
    return [field for field in fields if field.required and not settings.get(field.name, field.default)]
