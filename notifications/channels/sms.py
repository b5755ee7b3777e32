"""SMS through Twilio's library. What its words on a message mean is in twilio_status."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.base.values import unset
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from notifications.channels import reasons, twilio_status
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
    missing,
    seconds,
    tidy,
)
from notifications.channels.http_line import AnswerLost, NotSent
from notifications.channels.twilio_codes import verdict
from notifications.channels.twilio_http import TwilioHttp

# Their clock and ours may differ by this much.
SLACK = timedelta(seconds=60)


class SmsChannel:
    """See Channel. Twilio has no idempotency key: what is in doubt is looked up by recipient, time and text."""

    kind: ClassVar[str] = "sms"
    contact_kind: ClassVar[ContactKind] = "phone"
    has_receipts: ClassVar[bool] = True
    unknown_policy: ClassVar[UnknownPolicy] = "lookup"
    unknown_wait: ClassVar[float] = 120.0
    settings_fields: ClassVar[tuple[Field, ...]] = (
        Field("account_sid", gettext_lazy("Account SID"), env="TWILIO_ACCOUNT_SID"),
        Field("auth_token", gettext_lazy("Auth token"), secret=True, env="TWILIO_AUTH_TOKEN"),
        Field("from_number", gettext_lazy("Sender number or messaging service"), env="TWILIO_FROM"),
        Field(
            "api_base",
            gettext_lazy("API address"),
            required=False,
            default="https://api.twilio.com",
            env="TWILIO_API_BASE",
        ),
        Field("deadline", gettext_lazy("Time for one message, seconds"), required=False, default=str(DEADLINE)),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = {field.name: settings.get(field.name) or field.default for field in self.settings_fields}
        self._http = TwilioHttp(self._settings["api_base"], seconds(self._settings["deadline"]))
        sid, token = self._settings["account_sid"], self._settings["auth_token"]
        self._client = Client(sid, token, http_client=self._http) if sid and token else None

    def send(self, message: Message, committing: Callable[[], None]) -> Receipt:
        client, commit = self._ready(), Commit(committing)
        try:
            with self._http.while_sending(commit):
                taken = client.messages.create(
                    to=message.to,
                    body=message.text,
                    status_callback=message.callback_url or unset,
                    **self._sender(),
                )
        except NotSent as error:
            raise ChannelError("transient", "no_connection", self._tidy(str(error))) from error
        except AnswerLost as error:
            raise ChannelError("unknown", "no_answer", self._tidy(str(error))) from error
        except TwilioRestException as error:
            raise self._refusal(error) from error
        except ssl.SSLCertVerificationError as error:
            raise ChannelError("config", "bad_certificate", self._tidy(error.verify_message)) from error
        except (TwilioException, ValueError, TypeError, AttributeError, KeyError) as error:
            if error is commit.stopped:
                raise
            # The library reads the answer as it comes: whatever it trips over, the message may be on its way.
            raise ChannelError("unknown", "garbage", self._tidy(str(error))) from error
        return self._receipt(taken)

    def look_up(self, message: Message, since: datetime) -> Receipt | None:
        """Raises ChannelError when Twilio cannot be asked: then nothing is known yet."""
        # By creation, not DateSent: what still waits in Twilio's queue has no sending date.
        with self._asking():
            latest = self._ready().messages.list(to=message.to, limit=50, page_size=50)
        for found in latest:
            if found.body == message.text and found.date_created and found.date_created >= since - SLACK:
                return self._receipt(found)
        return None

    def status(self, provider_ref: str) -> Status | None:
        with self._asking():
            found = self._ready().messages(provider_ref).fetch()
            return twilio_status.understood(str(found.sid), str(found.status), str(found.error_code))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (TwilioException, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise ChannelError("transient", "no_connection", self._tidy(str(error))) from error

    def check(self) -> list[str]:
        empty = [str(field.label) for field in missing(self.settings_fields, self._settings)]
        if empty:
            return [_("Fill in: %(fields)s.") % {"fields": ", ".join(empty)}]
        try:
            self._ready().messages.list(limit=1, page_size=1)
        except TwilioRestException as error:
            refusal = self._refusal(error)
            return [f"{reasons.sentence(refusal.reason)}. {refusal.answer}"]
        except (TwilioException, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
            return [f"{reasons.sentence('no_connection')}. {self._tidy(str(error))}"]
        return []

    def close(self) -> None:
        self._http.close()

    def _ready(self) -> Client:
        if self._client is None or missing(self.settings_fields, self._settings):
            raise ChannelError("config", "not_configured")
        return self._client

    def _sender(self) -> dict[str, str]:
        sender = self._settings["from_number"]
        return {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}

    def _receipt(self, taken: MessageInstance) -> Receipt:
        if not taken.sid:
            raise ChannelError("unknown", "garbage")
        answer = json.dumps({"sid": taken.sid, "status": taken.status, "num_segments": taken.num_segments})
        return Receipt(taken.sid, self._tidy(answer))

    def _refusal(self, error: TwilioRestException) -> ChannelError:
        answer = self._tidy(f"{error.status} {error.code}: {error.msg}")
        return ChannelError.by(verdict(error.status, error.code), answer, retry_after=self._http.retry_after)

    def _tidy(self, answer: str) -> str:
        return tidy(answer, [self._settings["auth_token"]])
