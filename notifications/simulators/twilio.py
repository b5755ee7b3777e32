"""Twilio's Messages resource, and its signed word about what became of each message."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from notifications.segments import segments
from notifications.simulators import magic
from notifications.simulators.desk import Desk
from notifications.simulators.ledger import Outcome
from notifications.simulators.magic import Behaviour
from notifications.simulators.showcase import Shown

LONGEST = 1600
PAGE = 50
TRIES = 3
REPORTED = {Behaviour.UNDELIVERED: 30005, Behaviour.FULL: 30003}
ROOT = "/2010-04-01/Accounts/{sid}"


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> web.Response:
        info = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": info, "status": self.status}
        headers = {"Retry-After": str(magic.BUSY_SECONDS)} if self.status == 429 else {}
        return web.json_response(body, status=self.status, headers=headers)


class Twilio:
    def __init__(self, desk: Desk, outgoing: aiohttp.ClientSession) -> None:
        self._desk = desk
        self._outgoing = outgoing
        self._reports: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{ROOT}/Messages.json", self.create),
            web.get(f"{ROOT}/Messages.json", self.list),
            web.get(f"{ROOT}/Messages/{{message}}.json", self.fetch),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            sid, token = self._admit(request)
            _check(form)
            behaviour = self._accept(form)
        except Refusal as refusal:
            await self._desk.pause(Behaviour.DELIVERED)
            return refusal.response()
        shown = self._desk.showcase.put(
            "twilio",
            form["To"],
            ref=f"SM{secrets.token_hex(16)}",
            sender=form.get("From") or form.get("MessagingServiceSid", ""),
            text=form["Body"],
            key=_key(form),
            status="queued",
        )
        self._report(shown, form.get("StatusCallback", ""), sid, token, behaviour)
        return await self._desk.answer(request, behaviour, _resource(shown, sid), 201)

    async def list(self, request: web.Request) -> web.StreamResponse:
        try:
            sid, _token = self._admit(request)
        except Refusal as refusal:
            return refusal.response()
        size = min(int(request.query.get("PageSize", PAGE)), 1000)
        found = self._desk.showcase.newest("twilio", request.query.get("To"))
        page = [_resource(shown, sid) for shown, _n in zip(found, range(size), strict=False)]
        uri = str(request.rel_url)
        return web.json_response(
            {
                "messages": page,
                "page": 0,
                "page_size": size,
                "start": 0,
                "end": max(len(page) - 1, 0),
                "uri": uri,
                "first_page_uri": uri,
                "next_page_uri": None,
                "previous_page_uri": None,
            }
        )

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        try:
            sid, _token = self._admit(request)
        except Refusal as refusal:
            return refusal.response()
        shown = self._desk.showcase.by_ref("twilio", request.match_info["message"])
        if shown is None:
            return Refusal(404, 20404, f"The requested resource {request.path} was not found").response()
        return web.json_response(_resource(shown, sid))

    def _admit(self, request: web.Request) -> tuple[str, str]:
        login, password = _basic(request.headers.get("Authorization", ""))
        doors = self._desk.doors
        wanted = (doors.twilio_sid or request.match_info["sid"], doors.twilio_token or password)
        if not password or (login, password) != wanted or login != request.match_info["sid"]:
            raise Refusal(401, 20003, "Authenticate")
        return login, password

    def _accept(self, form: Mapping[str, str]) -> Behaviour:
        """Writes the ledger; raises Refusal for what this number does not take now."""
        to, key = form["To"], _key(form)
        behaviour = magic.of_phone(to)
        refusal = None
        if behaviour == Behaviour.HARD:
            refusal = Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        elif behaviour == Behaviour.SOFT and self._desk.refuses_once_more(behaviour, f"{to} {key or form['Body']}"):
            refusal = Refusal(500, 20500, "An internal server error has occurred")
        elif self._desk.is_down(behaviour, "twilio"):
            refusal = Refusal(503, 20503, "Service unavailable")
        elif behaviour == Behaviour.BUSY and self._desk.refuses_once_more(behaviour, to):
            refusal = Refusal(429, 20429, "Too Many Requests")
        outcome: Outcome = "refused" if refusal else "accepted"
        self._desk.ledger.write("twilio", to, key=key, text=form["Body"], outcome=outcome)
        if refusal:
            raise refusal
        return behaviour

    def _report(self, shown: Shown, url: str, sid: str, token: str, behaviour: Behaviour) -> None:
        # The task must be held here: the loop itself keeps only a weak reference.
        task = asyncio.create_task(self._tell(shown, url, sid, token, behaviour))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _tell(self, shown: Shown, url: str, sid: str, token: str, behaviour: Behaviour) -> None:
        code = REPORTED.get(behaviour)
        last = "undelivered" if code else "delivered"
        steps = [last, "sent"] if behaviour == Behaviour.REVERSED else ["sent", last]
        for status in steps:
            await asyncio.sleep(self._desk.report_step)
            if behaviour != Behaviour.REVERSED or status == last:
                shown = self._desk.showcase.change(shown, status=status, code=code if status == last else None)
            for _copy in range((2 if behaviour == Behaviour.DUPLICATED else 1) if url else 0):
                await self._post(url, token, _form(shown, sid, status, code))

    async def _post(self, url: str, token: str, form: Mapping[str, str]) -> None:
        url = url.partition("#")[0]
        signature = RequestValidator(token).compute_signature(url, form)
        for _try in range(TRIES):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._outgoing.post(url, data=form, headers={"X-Twilio-Signature": signature}) as answer:
                    if answer.status < 500:
                        return
            await asyncio.sleep(1)


def _check(form: Mapping[str, str]) -> None:
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        raise Refusal(400, 21604, "A 'To' phone number is required.")
    if not (to.startswith("+") and to[1:].isdigit() and 7 <= len(to) <= 16):
        raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise Refusal(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise Refusal(400, 21602, "Message body is required.")
    if len(body) > LONGEST:
        raise Refusal(400, 21617, f"The concatenated message body exceeds the {LONGEST} character limit.")


def _key(form: Mapping[str, str]) -> str | None:
    """Our delivery's id, as the last part of the callback's path or its `key`."""
    url = urlsplit(form.get("StatusCallback", ""))
    return dict(parse_qsl(url.query)).get("key") or url.path.rstrip("/").rpartition("/")[2] or None


def _basic(header: str) -> tuple[str, str]:
    try:
        login, _colon, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return login, password


def _resource(shown: Shown, sid: str) -> dict[str, object]:
    made = format_datetime(shown.moment.astimezone(UTC))
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": shown.text,
        "date_created": made,
        "date_sent": None if shown.status == "queued" else made,
        "date_updated": format_datetime(datetime.now(UTC)),
        "direction": "outbound-api",
        "error_code": shown.code,
        "error_message": None,
        "from": shown.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(segments(shown.text).segments),
        "price": None,
        "price_unit": "USD",
        "sid": shown.ref,
        "status": shown.status,
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{sid}/Messages/{shown.ref}/Media.json"},
        "to": shown.to,
        "uri": f"/2010-04-01/Accounts/{sid}/Messages/{shown.ref}.json",
    }


def _form(shown: Shown, sid: str, status: str, code: int | None) -> dict[str, str]:
    form = {
        "SmsSid": shown.ref,
        "SmsStatus": status,
        "MessageSid": shown.ref,
        "MessageStatus": status,
        "To": shown.to,
        "From": shown.sender,
        "AccountSid": sid,
        "ApiVersion": "2010-04-01",
    }
    return form | ({"ErrorCode": str(code)} if code and status == "undelivered" else {})
