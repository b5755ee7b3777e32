"""What administrators change: triggers, texts, channels. Each change, its revision and its journal entry are one."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts import audit, permissions
from accounts.audit import Actor
from docflow.common.errors import NotAllowed, NotPossible
from notifications import connect
from notifications.models import ChannelSettings, Template, TemplateVersion, Trigger, TriggerRevision

TRIGGER_CHANGED = "trigger.changed"
TRIGGER_SWITCHED = "trigger.switched"
TEMPLATE_CHANGED = "template.changed"
CHANNEL_CHANGED = "channel.changed"
CHANNEL_TESTED = "channel.tested"


def declare() -> None:
    """Make these changes known to the journal."""
    audit.declare(
        audit.Action(TRIGGER_CHANGED, _("Trigger changed"), "trigger"),
        audit.Action(TRIGGER_SWITCHED, _("Trigger switched"), "trigger"),
        audit.Action(TEMPLATE_CHANGED, _("Text of messages changed"), "template"),
        audit.Action(CHANNEL_CHANGED, _("Channel settings changed"), "channel"),
        audit.Action(CHANNEL_TESTED, _("Test message sent"), "channel"),
    )


@dataclass(frozen=True)
class Content:
    """Everything that a revision of a trigger says."""

    name: str
    action: str
    conditions: Sequence[Sequence[str]]
    recipients: Sequence[str]
    channels: Sequence[str]
    mode: str
    delay: int
    lane: str

    @property
    def digest(self) -> str:
        """The same for rules that do the same; names make no difference."""
        plain = {**asdict(self), "name": ""}
        return hashlib.sha256(json.dumps(plain, sort_keys=True, default=list).encode()).hexdigest()


def content_of(trigger: Trigger) -> Content:
    """The trigger's present revision."""
    return Content(
        name=trigger.title,
        action=trigger.action,
        conditions=[[str(part) for part in one] for one in trigger.conditions],
        recipients=list(trigger.recipients),
        channels=list(trigger.channels),
        mode=trigger.mode,
        delay=trigger.delay,
        lane=trigger.lane,
    )


def with_content(trigger: Trigger, content: Content) -> Trigger:
    """The trigger as it would be with this content; nothing is saved."""
    if content.name != trigger.title:
        trigger.name = content.name
    trigger.action = content.action
    trigger.conditions = [list(one) for one in content.conditions]
    trigger.recipients = list(content.recipients)
    trigger.channels = list(content.channels)
    trigger.mode, trigger.delay, trigger.lane = content.mode, content.delay, content.lane
    return trigger


def save_trigger(trigger: Trigger, content: Content, *, state: str, seen: str, revision: int, by: Actor) -> Trigger:
    """Store a new revision, if anything changed, and the state.

    `seen` is the digest of the content whose dry run was shown, `revision` the one the person started from. Raises
    NotAllowed, NotPossible when somebody else was faster or when it would be switched on unseen.
    """
    _must_administer(by)
    with transaction.atomic():
        fresh = trigger if trigger._state.adding else Trigger.objects.select_for_update().get(pk=trigger.pk)
        if not fresh._state.adding and fresh.revision != revision:
            raise NotPossible(_("Somebody changed this trigger while you were editing. Open it again."), code="changed")
        before, state_before = content_of(fresh), fresh.state
        rehearsed = content.digest == seen or (content.digest == before.digest and is_rehearsed(fresh))
        _must_be_seen(state, rehearsed)
        adding = fresh._state.adding
        with_content(fresh, content).state = state
        if content != before and not adding:
            _keep_first(fresh, before)
            fresh.revision += 1
        fresh.rehearsed = fresh.revision if rehearsed else min(fresh.rehearsed, fresh.revision - 1)
        fresh.save()
        if content != before or adding:
            _keep_revision(fresh, content, by)
        if state != state_before or adding:
            _record_switch(fresh, by)
    return fresh


def switch(trigger: Trigger, state: str, *, by: Actor) -> Trigger:
    """Change only the state. Raises NotPossible when the dry run of this revision was never shown."""
    _must_administer(by)
    with transaction.atomic():
        fresh = Trigger.objects.select_for_update().get(pk=trigger.pk)
        _must_be_seen(state, is_rehearsed(fresh))
        if state != fresh.state:
            fresh.state = state
            fresh.save(update_fields=["state", "changed_at"])
            _record_switch(fresh, by)
    return fresh


def rehearsed(trigger: Trigger, digest: str) -> bool:
    """Remember that the dry run of the saved revision was shown; whether `digest` is that revision's."""
    if trigger._state.adding or content_of(trigger).digest != digest:
        return False
    Trigger.objects.filter(pk=trigger.pk, revision=trigger.revision).update(rehearsed=trigger.revision)
    return True


def is_rehearsed(trigger: Trigger) -> bool:
    """Whether it may be switched on; what is on already has passed."""
    return trigger.rehearsed == trigger.revision or (trigger.state == Trigger.State.ON and not trigger._state.adding)


def _must_administer(by: Actor) -> None:
    if not permissions.is_administrator(by):
        raise NotAllowed(_("Only an administrator changes this."))


def _must_be_seen(state: str, seen: bool) -> None:
    if state == Trigger.State.ON and not seen:
        raise NotPossible(
            _("Look at the dry run of this revision first, then switch it on."), code="not_rehearsed", field="state"
        )


def _keep_first(trigger: Trigger, before: Content) -> None:
    """A trigger that came with the program keeps what it said before anybody changed it."""
    if not trigger.revisions.exists():
        TriggerRevision.objects.create(trigger=trigger, number=trigger.revision, content=asdict(before))


def _keep_revision(trigger: Trigger, content: Content, by: Actor) -> None:
    TriggerRevision.objects.create(
        trigger=trigger, number=trigger.revision, content=asdict(content), by=audit.person(by)
    )
    audit.record(TRIGGER_CHANGED, trigger, by=by, version=trigger.revision, data=asdict(content))


def _record_switch(trigger: Trigger, by: Actor) -> None:
    audit.record(TRIGGER_SWITCHED, trigger, by=by, version=trigger.revision, data={"state": trigger.state})


def content_from(kept: Mapping[str, Any]) -> Content:
    """A kept revision's content."""
    return Content(**{name: kept[name] for name in Content.__dataclass_fields__})


def save_text(
    template: Template, parts: Mapping[str, Any], *, by: Actor, note: str = "", after: int | None = None
) -> TemplateVersion:
    """Write a new version and make it the one that new messages use.

    `after` is the version the person started from. Raises NotAllowed, NotPossible when there is a newer one.
    """
    _must_administer(by)
    with transaction.atomic():
        place: dict[str, Any] = {"action": template.action, "channel": template.channel, "language": template.language}
        row = Template.objects.select_for_update().get_or_create(**place)[0]
        last = row.versions.aggregate(last=Max("number"))["last"] or 0
        if after is not None and after != last:
            raise NotPossible(_("Somebody changed this text while you were editing. Open it again."), code="changed")
        version = row.versions.create(number=last + 1, note=note, by=audit.person(by), **parts)
        row.current = version
        row.save(update_fields=["current"])
        audit.record(TEMPLATE_CHANGED, row, by=by, version=version.number, data=place)
    return version


def restore_text(version: TemplateVersion, *, by: Actor) -> TemplateVersion:
    """Make an old version's words the newest ones."""
    parts = {"subject": version.subject, "text": version.text, "html": version.html, "buttons": version.buttons}
    return save_text(version.template, parts, by=by, note=f"← {version.number}")


def set_channel(kind: str, *, values: Mapping[str, str] | None, enabled: bool | None, by: Actor) -> ChannelSettings:
    """Store a channel's settings (None: leave them) and whether it is on; this process uses them at once.

    The journal names the fields, never their values.
    """
    _must_administer(by)
    with transaction.atomic():
        row = ChannelSettings.objects.select_for_update().get_or_create(kind=kind)[0]
        before = row.values
        if values is not None:
            row.values = {name: value for name, value in values.items() if value}
        row.enabled = enabled
        row.revision += 1
        row.save()
        changed = sorted(name for name in {*before, *row.values} if before.get(name) != row.values.get(name))
        data = {"channel": kind, "fields": changed, "on": enabled}
        audit.record(CHANNEL_CHANGED, ("channel", channel_id(kind)), by=by, version=row.revision, data=data)
        transaction.on_commit(connect.forget)
    return row


def tested(kind: str, *, masked: str, ok: bool, reason: str, by: Actor) -> None:
    """Note in the journal that a test message was sent."""
    with transaction.atomic():
        data = {"channel": kind, "address": masked, "ok": ok, "reason": reason}
        audit.record(CHANNEL_TESTED, ("channel", channel_id(kind)), by=by, data=data)


def channel_id(kind: str) -> uuid.UUID:
    """A stable id for a channel in the journal: channels are known by name, the journal by id."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"channel:{kind}")
