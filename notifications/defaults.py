"""What a fresh installation does: seeded triggers and first texts (see first_texts). One function, idempotent."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from notifications.first_texts import content, texts
from notifications.models import Template, TemplateVersion, Trigger
from notifications.states import Lane


@dataclass(frozen=True)
class Rule:
    key: str
    name: str
    action: str
    recipients: tuple[str, ...]
    channels: tuple[str, ...] = ("telegram", "email")
    mode: str = "first"
    lane: str = Lane.NORMAL
    once: bool = False
    mandatory: bool = False
    conditions: list[Any] = field(default_factory=list)


RULES = (
    Rule(
        "ready",
        gettext_noop("Ready: tell the client"),
        "document.ready",
        ("client",),
        ("telegram", "sms", "email"),
        mode="all",
        once=True,
        mandatory=True,
    ),
    Rule("approval", gettext_noop("A decision is asked: tell who decides"), "document.approval_asked", ("acting",)),
    Rule("rejected", gettext_noop("Not accepted: tell the author"), "document.rejected", ("author",)),
    Rule("failed", gettext_noop("Processing failed: tell the author"), "document.failed", ("author",)),
    Rule("returned", gettext_noop("Sent back: tell the author"), "document.returned", ("author",)),
    Rule("asked", gettext_noop("A question: tell the author"), "document.asked", ("author",)),
    Rule("undelivered", gettext_noop("Not delivered: tell the author"), "delivery.failed", ("author",)),
)


@transaction.atomic
def ensure() -> None:
    """Add what is missing, renew seeded texts that nobody has changed; leave everything else alone."""
    for rule in RULES:
        _rule(rule)
    for action, said in texts().items():
        for language, words in said.items():
            for channel in words.only:
                _text(action, channel, language, content(words, channel))


def _rule(rule: Rule) -> None:
    Trigger.objects.get_or_create(
        key=rule.key,
        defaults={
            "name": rule.name,
            "action": rule.action,
            "recipients": list(rule.recipients),
            "channels": list(rule.channels),
            "conditions": rule.conditions,
            "mode": rule.mode,
            "lane": rule.lane,
            "once": rule.once,
            "mandatory": rule.mandatory,
            "state": Trigger.State.ON,
            "rehearsed": 1,
        },
    )


def _text(action: str, channel: str, language: str, words: dict[str, Any]) -> None:
    template, _new = Template.objects.select_related("current").get_or_create(
        action=action, channel=channel, language=language
    )
    current = template.current
    if current is not None and (
        not current.seeded or all(getattr(current, name) == value for name, value in words.items())
    ):
        return
    number = current.number + 1 if current else 1
    template.current = TemplateVersion.objects.create(template=template, number=number, seeded=True, **words)
    template.save(update_fields=["current"])
