"""A subject of our own, rules, texts and deliveries for tests of the engine; no other app is needed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import audit, subjects
from accounts.models import AuditEntry, Contact, User
from docflow.common import clock, ids
from notifications.models import (
    Delivery,
    Notification,
    OutboxEvent,
    ProviderState,
    Template,
    TemplateVersion,
    Trigger,
)

KIND = "thing"
READY = "thing.ready"
ASKED = "thing.asked"


@dataclass
class Things:
    """A kind of subject that lives in memory: what it answers is set by the test."""

    known: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    roles: dict[tuple[UUID, str], list[UUID]] = field(default_factory=dict)
    untrue: set[UUID] = field(default_factory=set)
    hidden: set[UUID] = field(default_factory=set)
    opened_subjects: set[UUID] = field(default_factory=set)
    acts: list[tuple[UUID, str, UUID]] = field(default_factory=list)

    def facts(self, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        return {one: self.known[one] for one in ids if one in self.known}

    def may_see(self, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
        return {pair for pair in pairs if pair[0] not in self.hidden}

    def holds(self, triples: Iterable[tuple[str, UUID, int | None]]) -> set[tuple[str, UUID, int | None]]:
        return {triple for triple in triples if triple[1] not in self.untrue}

    def seen(self, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
        return {pair for pair in pairs if pair[1] in self.opened_subjects}

    def opened(self, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], datetime]:
        return {pair: clock.now() for pair in pairs if pair[1] in self.opened_subjects}

    def links(self, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], str]:
        return {pair: f"http://127.0.0.1:8000/s/{pair[0].hex[-10:]}{pair[1].hex[-12:]}" for pair in pairs}

    def people(self, ids: Iterable[UUID], role: str) -> dict[UUID, list[UUID]]:
        return {one: self.roles.get((one, role), []) for one in ids}

    def url(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        return {one: f"/things/{one}/" for one in ids}

    def choices(self, fact: str) -> list[tuple[str, str]]:
        return [("contract", "Contract"), ("letter", "Letter")] if fact == "type" else []

    def find(self, text: str) -> list[UUID]:
        return [one for one, said in self.known.items() if text in (said.get("number"), said.get("title"))]

    def act(self, subject_id: UUID, act: str, *, by: Contact, at: datetime) -> str:
        self.acts.append((subject_id, act, by.pk))
        return "Receipt is confirmed."


def declare() -> None:
    """Make the test's own facts known, once."""
    if READY in audit.actions():
        return
    sample = {"title": "A thing", "number": "7", "type_name_ru": "Вещь", "type_name_en": "Thing"}
    for name in (READY, ASKED):
        audit.declare(audit.Action(name=name, label=name, subject=KIND, sample=sample, notifiable=True))


def register() -> Things:
    """A fresh registry of things."""
    declare()
    things = Things()
    subjects.register(KIND, things)
    return things


def thing(things: Things, *, client: User | None = None, author: User | None = None, **facts: Any) -> UUID:
    """A new thing with its people."""
    one = ids.new_id()
    things.known[one] = {
        "title": "Договор поставки",
        "number": "418",
        "type_name_ru": "Договор",
        "type_name_en": "Contract",
        "priority": "normal",
        **facts,
    }
    things.roles[one, "client"] = [client.pk] if client else []
    things.roles[one, "author"] = [author.pk] if author else []
    return one


def happen(one: UUID, action: str = READY, *, version: int | None = 1, **data: Any) -> AuditEntry:
    """The fact takes place, in a transaction of its own."""
    with transaction.atomic():
        entry = audit.record(action, (KIND, one), by=audit.SYSTEM, version=version, data=data)
    return AuditEntry.objects.get(pk=entry.id)


def trigger(action: str = READY, **fields: Any) -> Trigger:
    """A rule that is on: tell the client by e-mail, once per version."""
    values = {"name": "A rule", "recipients": ["client"], "channels": ["email"], "once": action == READY}
    return Trigger.objects.create(action=action, state=fields.pop("state", "on"), **{**values, **fields})


def texts(action: str = READY, channels: Iterable[str] = ("email", "sms", "telegram")) -> None:
    """A text for every channel and language."""
    for channel in channels:
        for language in ("ru", "en"):
            place, _new = Template.objects.get_or_create(action=action, channel=channel, language=language)
            place.current = TemplateVersion.objects.create(
                template=place,
                number=1,
                subject="{{ type_name }} {{ number }}",
                text="{{ organisation.short_name }}: {{ type_name }} {{ number }} {{ link }}",
            )
            place.save()


def delivery(contact: Contact, *, channel: str = "email", state: str = "queued", **fields: Any) -> Delivery:
    """One delivery of a thing's fact to this contact, due now."""
    at = clock.now()
    about = {"subject_id": ids.new_id(), "version": 1, "kind": READY, **fields.pop("about", {})}
    notification = Notification.objects.create(
        subject_kind=KIND,
        recipient=f"user:{contact.user_id}",
        role="client",
        user=contact.user,
        dedup=f"{about['kind']}:{about['version']}",
        channels=[channel],
        created_at=at,
        **about,
    )
    if not Template.objects.filter(action=about["kind"], channel=channel).exists():
        texts(about["kind"], (channel,))
    version = Template.objects.get(action=about["kind"], channel=channel, language=contact.language).current
    values = {
        "masked": contact.masked,
        "language": contact.language,
        "template_version": version,
        "due_at": at - timedelta(seconds=1),
        "expires_at": at + timedelta(hours=4),
        "created_at": at,
    }
    return Delivery.objects.create(
        notification=notification, channel=channel, contact=contact, state=state, **{**values, **fields}
    )


def clear() -> None:
    """What a test that really commits has to leave as it was."""
    Delivery.objects.all().delete()
    Notification.objects.all().delete()
    OutboxEvent.objects.all().delete()
    ProviderState.objects.all().delete()
