"""E-mail by SMTP over kept connections, one per sending thread."""

from __future__ import annotations

import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications import mime
from notifications.channels import reasons, smtp_line
from notifications.channels.base import (
    DEADLINE,
    ChannelError,
    Commit,
    ContactKind,
    Field,
    Message,
    Receipt,
    Status,
    UnknownPolicy,
    Verdict,
    missing,
    seconds,
    tidy,
)
from notifications.channels.smtp_line import Refused, SmtpLine

# RFC 3463 codes first, the longest that fits wins; the bare reply code speaks when there is none.
ENHANCED: dict[str, Verdict] = {
    "5.1.1": Verdict("permanent", "mailbox_not_found", address_dead=True),
    "5.1.2": Verdict("permanent", "domain_not_found", address_dead=True),
    "5.1.3": Verdict("permanent", "bad_address", address_dead=True),
    "5.1.6": Verdict("permanent", "mailbox_not_found", address_dead=True),
    "5.1.7": Verdict("config", "sender_refused"),
    "5.1.8": Verdict("config", "sender_refused"),
    "5.1.10": Verdict("permanent", "domain_not_found", address_dead=True),
    "5.2.1": Verdict("permanent", "mailbox_disabled", address_dead=True),
    "5.2.2": Verdict("transient", "mailbox_full"),
    "4.2.2": Verdict("transient", "mailbox_full"),
    "5.2.3": Verdict("permanent", "too_long"),
    "5.3.4": Verdict("permanent", "too_long"),
    "5.4.4": Verdict("transient", "provider_down"),
    "5.7": Verdict("permanent", "policy"),
    "5.7.8": Verdict("config", "sign_in_refused"),
}
BASIC: dict[int, Verdict] = {
    421: Verdict("transient", "provider_down"),
    450: Verdict("transient", "busy"),
    452: Verdict("transient", "busy"),
    530: Verdict("config", "sign_in_refused"),
    534: Verdict("config", "sign_in_refused"),
    535: Verdict("config", "sign_in_refused"),
    538: Verdict("config", "tls_required"),
}
# A bare 55x speaks of the address only where the address was just named.
BASIC_AT: dict[tuple[str, int], Verdict] = {
    ("RCPT", 550): Verdict("permanent", "mailbox_not_found", address_dead=True),
    ("RCPT", 551): Verdict("permanent", "mailbox_not_found", address_dead=True),
    ("RCPT", 552): Verdict("transient", "mailbox_full"),
    ("RCPT", 553): Verdict("permanent", "bad_address", address_dead=True),
    ("END", 552): Verdict("permanent", "too_long"),
    ("STARTTLS", 502): Verdict("config", "tls_required"),
}
BY_CLASS: dict[int, Verdict] = {4: Verdict("transient", "provider_down"), 5: Verdict("permanent", "refused")}
_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})\b")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Interrupted(ChannelError):
    """The line broke before the final dot: nothing has been handed over."""


class EmailChannel:
    """See Channel. A letter cut off before its final dot is repeated at once if the kept line had gone stale."""

    kind: ClassVar[str] = "email"
    contact_kind: ClassVar[ContactKind] = "email"
    has_receipts: ClassVar[bool] = False
    unknown_policy: ClassVar[UnknownPolicy] = "repeat"
    unknown_wait: ClassVar[float] = 900.0
    settings_fields: ClassVar[tuple[Field, ...]] = (
        Field("host", gettext_lazy("Mail server"), env="EMAIL_URL"),
        Field("port", gettext_lazy("Port"), default="587"),
        Field(
            "security",
            gettext_lazy("Connection security"),
            default="starttls",
            choices=(
                ("starttls", gettext_lazy("STARTTLS")),
                ("tls", gettext_lazy("TLS from the first byte")),
                ("none", gettext_lazy("No encryption: only for a server on this machine")),
            ),
        ),
        Field("username", gettext_lazy("User name"), required=False),
        Field("password", gettext_lazy("Password"), secret=True, required=False),
        Field("from_address", gettext_lazy("Sender address")),
        Field("from_name", gettext_lazy("Sender name"), required=False),
        Field("deadline", gettext_lazy("Time for one message, seconds"), required=False, default=str(DEADLINE)),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = {field.name: settings.get(field.name) or field.default for field in self.settings_fields}
        self._seconds = seconds(self._settings["deadline"])
        self._trouble = self._bad_settings()
        self._sender = "" if self._trouble else mime.ascii_address(self._settings["from_address"])
        self._own = threading.local()
        self._lines: set[SmtpLine] = set()
        self._lock = threading.Lock()

    def send(self, message: Message, committing: Callable[[], None]) -> Receipt:
        deadline = smtp_line.after(self._seconds)
        self._refuse_bad_settings()
        to, letter = self._letter(message)
        kept: SmtpLine | None = getattr(self._own, "line", None)
        if kept is not None and kept.is_open():
            try:
                kept.arm(deadline)
                return self._hand_over(kept, message.key, to, letter, committing)
            except _Interrupted:
                pass
        return self._hand_over(self._dial(deadline), message.key, to, letter, committing)

    def look_up(self, message: Message, since: datetime) -> Receipt | None:
        return None

    def status(self, provider_ref: str) -> Status | None:
        return None

    def check(self) -> list[str]:
        empty = [str(field.label) for field in missing(self.settings_fields, self._settings)]
        if empty:
            return [_("Fill in: %(fields)s.") % {"fields": ", ".join(empty)}]
        try:
            self._refuse_bad_settings()
            self._drop(self._dial(smtp_line.after(self._seconds)))
        except ChannelError as error:
            return [f"{reasons.sentence(error.reason)}. {error.answer}".strip()]
        return []

    def close(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, set()
        for line in lines:
            line.close()

    def _bad_settings(self) -> tuple[str, str] | None:
        if missing(self.settings_fields, self._settings) or not self._settings["port"].isdecimal():
            return "not_configured", ""
        try:
            mime.ascii_address(self._settings["from_address"])
        except mime.BadHeader as error:
            return "sender_refused", str(error)
        if self._settings["security"] == "none" and self._settings["host"] not in _LOOPBACK:
            return "tls_required", ""
        return None

    def _refuse_bad_settings(self) -> None:
        if self._trouble:
            raise ChannelError("config", *self._trouble)

    def _letter(self, message: Message) -> tuple[str, bytes]:
        sender = (message.sender_name or self._settings["from_name"], self._settings["from_address"])
        try:
            to = mime.ascii_address(message.to)
        except mime.BadHeader as error:
            raise ChannelError("permanent", "bad_address", str(error), address_dead=True) from error
        try:
            return to, mime.letter(
                key=message.key,
                sender=sender,
                to=to,
                subject=message.subject,
                text=message.text,
                html=message.html,
                at=datetime.now(UTC),
                reply_to=message.reply_to,
                headers=message.headers,
            )
        except mime.BadHeader as error:
            raise ChannelError("permanent", "refused", str(error)) from error

    def _dial(self, deadline: float) -> SmtpLine:
        old: SmtpLine | None = getattr(self._own, "line", None)
        if old is not None:
            self._drop(old)
        line = SmtpLine(self._sender.rpartition("@")[2], deadline)
        with self._lock:
            self._lines.add(line)
        try:
            self._greet(line)
        except BaseException:
            self._drop(line)
            raise
        self._own.line = line
        return line

    def _greet(self, line: SmtpLine) -> None:
        settings = self._settings
        try:
            line.dial(settings["host"], int(settings["port"]), settings["security"])
            if settings["username"]:
                line.login(settings["username"], settings["password"])
        except Refused as refused:
            raise self._error(refused.stage, (refused.code, refused.answer)) from refused
        except smtplib.SMTPAuthenticationError as error:
            reply = (error.smtp_code, _bytes(error.smtp_error))
            raise self._error("AUTH", reply) from error
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelError("config", "sign_in_refused", self._tidy(str(error))) from error
        except ssl.SSLCertVerificationError as error:
            raise ChannelError("config", "bad_certificate", self._tidy(error.verify_message)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError("transient", "no_connection", self._tidy(str(error))) from error

    def _hand_over(self, line: SmtpLine, key: str, to: str, letter: bytes, committing: Callable[[], None]) -> Receipt:
        commit = Commit(committing)
        try:
            reply = line.deliver(self._sender, to, letter, commit)
        except Refused as refused:
            raise self._refusal(refused) from refused
        except (smtplib.SMTPException, OSError) as error:
            self._drop(line)
            if error is commit.stopped:
                raise
            if commit.done:
                raise ChannelError("unknown", "no_answer", self._tidy(str(error))) from error
            raise _Interrupted("transient", "interrupted", self._tidy(str(error))) from error
        except BaseException:
            # `committing` refused: without its dot and its line the server forgets the letter.
            self._drop(line)
            raise
        return self._receipt(line, key, reply)

    def _refusal(self, refused: Refused) -> ChannelError:
        error = self._error(refused.stage, (refused.code, refused.answer))
        if refused.code == 421:
            return _Interrupted(error.kind, error.reason, error.answer)
        return error

    def _receipt(self, line: SmtpLine, key: str, reply: smtp_line.Reply) -> Receipt:
        if reply[0] // 100 == 2:
            return Receipt(mime.message_id(key, self._settings["from_address"]), self._tidy(smtp_line.words(reply)))
        if reply[0] // 100 not in BY_CLASS or reply[0] == 421:
            self._drop(line)
        raise self._error("END", reply)

    def _error(self, stage: str, reply: smtp_line.Reply) -> ChannelError:
        return ChannelError.by(verdict(stage, *reply), self._tidy(smtp_line.words(reply)))

    def _tidy(self, answer: str) -> str:
        return tidy(answer, [self._settings["password"]])

    def _drop(self, line: SmtpLine) -> None:
        line.close()
        with self._lock:
            self._lines.discard(line)
        if getattr(self._own, "line", None) is line:
            self._own.line = None


def verdict(stage: str, code: int, answer: bytes) -> Verdict:
    """What a reply means, given what was asked. After the final dot an answer that is none leaves doubt."""
    if code // 100 not in BY_CLASS:
        return Verdict("unknown" if stage == "END" else "transient", "garbage")
    if stage in ("CONNECT", "MAIL", "AUTH") and code // 100 == 5:
        # Refused before the recipient was named: ours to mend, and every letter would meet the same.
        return Verdict("config", "sign_in_refused" if stage == "AUTH" or code == 530 else "sender_refused")
    enhanced = _ENHANCED.match(answer)
    named = _by_prefix(enhanced.group(1).decode()) if enhanced else None
    return named or BASIC_AT.get((stage, code)) or BASIC.get(code) or BY_CLASS[code // 100]


def _by_prefix(enhanced: str) -> Verdict | None:
    return ENHANCED.get(enhanced) or ENHANCED.get(enhanced.rpartition(".")[0])


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
