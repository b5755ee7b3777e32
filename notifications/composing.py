"""From deliveries that may go to finished messages: facts, links and texts for a whole group at once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts import subjects
from accounts.models import Installation
from docflow.common import crypto
from notifications import outbox, rendering
from notifications.channels.base import Message
from notifications.gate import Passed
from notifications.letter import Rendered
from notifications.marking import Claimed
from notifications.models import Delivery, OutboxEvent
from notifications.rendering import CannotRender

CALLBACKS = {"sms": "notifications:twilio_status"}
BODY_PLACE = f"{Delivery._meta.db_table}.body_sealed:"


def compose(group: Sequence[Passed], channel: str) -> tuple[dict[UUID, Message], dict[UUID, str]]:
    """Messages by delivery, and for those that cannot be made the parser's words; a constant number of queries."""
    house = Installation.current()
    facts, links, said = _facts(group), _links(group), _said(group)
    compiled = rendering.compiled({(one.claimed.template_version_id, one.claimed.language) for one in group})
    messages: dict[UUID, Message] = {}
    broken: dict[UUID, str] = {}
    for one in group:
        claimed, contact = one.claimed, one.contact
        about = {**facts.get(claimed.subject_id, {}), **said.get(claimed.event_id, {})} if claimed.subject_id else {}
        context = rendering.context_of(
            about,
            language=claimed.language,
            zone=contact.time_zone,
            installation=house,
            name=contact.name,
            address_as=contact.called,
            link=links.get((contact.id, claimed.subject_id), "") if claimed.subject_id else "",
        )
        try:
            context |= _secret(claimed)
            parts = compiled[claimed.template_version_id, claimed.language]
            rendered = rendering.render(parts, context, channel=channel, key=claimed.id.hex)
            messages[claimed.id] = _message(one, rendered, channel)
        except CannotRender as error:
            broken[claimed.id] = str(error)
    return messages, broken


def _message(one: Passed, rendered: Rendered, channel: str) -> Message:
    claimed = one.claimed
    callback = CALLBACKS.get(channel)
    return Message(
        key=str(claimed.id),
        to=one.contact.address,
        language=claimed.language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        buttons=rendered.buttons,
        attempt=claimed.attempt_no + 1,
        callback_url=settings.BASE_URL + reverse(callback, args=[claimed.id]) if callback else None,
    )


def _secret(claimed: Claimed) -> dict[str, Any]:
    """What a code's delivery carries sealed until it has been sent."""
    if not claimed.body_sealed:
        return {}
    return dict(json.loads(crypto.open_field(bytes(claimed.body_sealed), f"{BODY_PLACE}{claimed.id}")))


def _facts(group: Sequence[Passed]) -> dict[UUID, Mapping[str, Any]]:
    found: dict[UUID, Mapping[str, Any]] = {}
    for kind, ids in _by_kind(group).items():
        found |= subjects.of(kind).facts({subject for _contact, subject in ids})
    return found


def _links(group: Sequence[Passed]) -> dict[tuple[UUID, UUID], str]:
    found: dict[tuple[UUID, UUID], str] = {}
    for kind, pairs in _by_kind(group).items():
        found |= subjects.of(kind).links(pairs)
    return found


def _by_kind(group: Sequence[Passed]) -> dict[str, set[tuple[UUID, UUID]]]:
    kinds: dict[str, set[tuple[UUID, UUID]]] = {}
    for one in group:
        if one.claimed.subject_id and one.claimed.subject_kind in subjects.kinds():
            kinds.setdefault(one.claimed.subject_kind, set()).add((one.contact.id, one.claimed.subject_id))
    return kinds


def _said(group: Sequence[Passed]) -> dict[UUID | None, dict[str, Any]]:
    """What each event itself said."""
    events = {one.claimed.event_id for one in group if one.claimed.event_id}
    rows = OutboxEvent.objects.filter(pk__among=events).values_list("pk", "entry__data") if events else []
    return {event: outbox.as_facts(data) for event, data in rows}
