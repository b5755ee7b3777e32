"""What the trigger editor offers: events, facts with their values, recipients and channels. Nothing impossible."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from accounts import audit, subjects
from accounts.models import Contact, Group, Role, User
from accounts.models.user import STAFF_ROLES
from notifications import connect, reach
from notifications.channels import registry
from notifications.models import Template, Trigger
from notifications.reach import SUBJECT_ROLES

FACTS: dict[str, Promise] = {
    "type": pgettext_lazy("fact", "Type"),
    "priority": pgettext_lazy("fact", "Priority"),
    "purpose": pgettext_lazy("fact", "Purpose"),
}
OPERATORS: tuple[tuple[str, Promise], ...] = (
    ("is", pgettext_lazy("condition", "is")),
    ("is_not", pgettext_lazy("condition", "is not")),
)
SUBJECT_WORDS: dict[str, Promise] = {
    "client": pgettext_lazy("recipient", "client"),
    "author": pgettext_lazy("recipient", "author"),
    "acting": pgettext_lazy("recipient", "whoever must act now"),
}
PART_LABELS: dict[str, Promise] = {
    "name": pgettext_lazy("trigger", "Name"),
    "action": pgettext_lazy("trigger", "Event"),
    "conditions": pgettext_lazy("trigger", "Conditions"),
    "recipients": pgettext_lazy("trigger", "Recipients"),
    "channels": pgettext_lazy("trigger", "Channels"),
    "mode": pgettext_lazy("trigger", "How"),
    "delay": pgettext_lazy("trigger", "When"),
    "lane": pgettext_lazy("trigger", "Lane"),
}
LANGUAGES = ("ru", "en")
PEOPLE_SHOWN = 200


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class ChoiceGroup:
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class ChannelRow:
    """One line of the list of channels: its place in the order, whether it is ticked, and what stands in the way."""

    kind: str
    label: str
    chosen: bool
    note: str
    first: bool
    last: bool


@dataclass
class ConditionRow:
    fact: str
    operator: str
    value: str
    choices: list[Choice] = field(default_factory=list)
    error: str = ""


def events() -> list[audit.Action]:
    """The facts that somebody may be told of, in the order in which they were declared."""
    return [action for action in audit.actions().values() if action.notifiable]


def event_label(name: str) -> str:
    """The fact in words; its name if the program no longer knows it."""
    action = audit.actions().get(name)
    return str(action.label) if action else name


def kind_of(action: str) -> str:
    """What sort of thing the fact is about."""
    known = audit.actions().get(action)
    return known.subject if known else ""


def values(kind: str, fact: str) -> list[tuple[str, str]]:
    """The values that a fact of this kind of thing may take; empty when it is free text."""
    return subjects.of(kind).choices(fact) if kind in subjects.kinds() else []


def condition_rows(kind: str, conditions: Iterable[Iterable[Any]]) -> list[ConditionRow]:
    """The conditions as rows of the form, each with the values its fact may take."""
    return [_condition_row(kind, *(str(part) for part in condition)) for condition in conditions]


def _condition_row(kind: str, fact: str, operator: str, value: str) -> ConditionRow:
    offered = [Choice(one, label, one == value) for one, label in values(kind, fact)]
    return ConditionRow(fact, operator, value, offered)


def recipients() -> list[ChoiceGroup]:
    """Everybody whom a trigger may name: three queries."""
    return [
        ChoiceGroup(
            gettext("From the document"), [Choice(one, _sentence_case(SUBJECT_WORDS[one])) for one in SUBJECT_ROLES]
        ),
        ChoiceGroup(gettext("Roles"), [Choice(f"role:{role.value}", str(role.label)) for role in STAFF_ROLES]),
        *_filled(gettext("Groups"), [Choice(f"group:{one.id}", str(one)) for one in Group.objects.all()]),
        *_filled(gettext("People"), [Choice(f"user:{one.id}", one.name) for one in _colleagues()]),
        *_filled(gettext("Extra addresses"), [Choice(f"contact:{one.id}", _address(one)) for one in extra_addresses()]),
    ]


def _filled(label: str, choices: list[Choice]) -> list[ChoiceGroup]:
    return [ChoiceGroup(label, choices)] if choices else []


def _colleagues() -> Iterable[User]:
    return User.objects.filter(is_active=True, roles__overlap=list(STAFF_ROLES))[:PEOPLE_SHOWN]


def extra_addresses() -> Iterable[Contact]:
    """Verified addresses that belong to no person."""
    return Contact.objects.filter(user=None, verified_at__isnull=False).order_by("label", "id")[:PEOPLE_SHOWN]


def _address(contact: Contact) -> str:
    return f"{contact.label} · {contact.masked}" if contact.label else contact.masked


@dataclass(frozen=True)
class Words:
    """Names of recipients and of the values that facts take, as sentences say them."""

    names: Mapping[str, str]
    values: Mapping[tuple[str, str], Mapping[str, str]]

    def value(self, kind: str, fact: str, value: str) -> str:
        return self.values.get((kind, fact), {}).get(value, value)


def words(triggers: Iterable[Trigger]) -> Words:
    """The words that sentences about these triggers need, in a constant number of queries."""
    triggers = list(triggers)
    facts = {(kind_of(one.action), str(condition[0])) for one in triggers for condition in one.conditions}
    return Words(
        names=names(word for one in triggers for word in one.recipients),
        values={(kind, fact): dict(values(kind, fact)) for kind, fact in facts},
    )


def names(words: Iterable[str]) -> dict[str, str]:
    """What recipients are called in a sentence, at most three queries however many."""
    wanted = set(words)
    found = {word: str(SUBJECT_WORDS[word]) for word in wanted & set(SUBJECT_WORDS)}
    found |= {f"role:{role}": gettext("everybody in the role “%s”") % Role(role).label for role in _ids(wanted, "role")}
    groups, people, addresses = _ids(wanted, "group"), _ids(wanted, "user"), _ids(wanted, "contact")
    if groups:
        rows = Group.objects.filter(id__in=groups)
        found |= {f"group:{one.id}": gettext("everybody in the group “%s”") % one for one in rows}
    if people:
        found |= {f"user:{one.id}": one.name for one in User.objects.filter(id__in=people)}
    if addresses:
        found |= {f"contact:{one.id}": _address(one) for one in Contact.objects.filter(id__in=addresses)}
    return {word: found.get(word, gettext("somebody who is gone")) for word in wanted}


def _ids(words: Iterable[str], kind: str) -> list[str]:
    return [word.partition(":")[2] for word in words if word.startswith(f"{kind}:")]


def _sentence_case(text: str | Promise) -> str:
    return str(text)[:1].upper() + str(text)[1:]


def channel_label(kind: str) -> str:
    return str(registry.LABELS[kind][0]) if kind in registry.LABELS else kind


def channel_rows(chosen: list[str], action: str, order: list[str]) -> list[ChannelRow]:
    """All channels: in the given order, else the chosen ones first."""
    order = list(dict.fromkeys([*order, *chosen, *registry.KINDS]))
    written = reach.texts([action]).get(action, {})
    on = connect.on()
    return [
        ChannelRow(
            kind=kind,
            label=channel_label(kind),
            chosen=kind in chosen,
            note=_channel_note(kind, on, {language for channel, language in written if channel == kind}),
            first=place == 0,
            last=place == len(order) - 1,
        )
        for place, kind in enumerate(order)
    ]


def _channel_note(kind: str, on: dict[str, str], languages: set[str]) -> str:
    if kind not in on:
        return gettext("switched off")
    missing = [name for code, name in (("ru", gettext("Russian")), ("en", gettext("English"))) if code not in languages]
    return gettext("no text in: %s") % ", ".join(missing) if missing else ""


@dataclass(frozen=True)
class Text:
    """One text that a trigger's messages would use; without words where nobody has written it."""

    channel: str
    language: str
    subject: str
    text: str


def texts(trigger: Trigger) -> list[Text]:
    """The texts of the trigger's event on its channels, in both languages: one query."""
    rows = Template.objects.filter(action=trigger.action, channel__in=trigger.channels).select_related("current")
    written = {(row.channel, row.language): row.current for row in rows if row.current}
    found = []
    for channel in trigger.channels:
        for language in LANGUAGES:
            version = written.get((channel, language))
            found.append(Text(channel, language, version.subject if version else "", version.text if version else ""))
    return found


def unreachable(recipients: Iterable[str], channels: Iterable[str]) -> str:
    """The first extra address that none of these channels can write to."""
    kinds = {registry.describe(kind).contact_kind for kind in channels}
    named = Contact.objects.filter(id__in=_ids(recipients, "contact")).exclude(kind__in=kinds).first()
    return _address(named) if named else ""


def known_recipient(word: str) -> bool:
    """Whether the word may stand in a trigger: only people who work here and verified addresses are named."""
    kind, _colon, value = word.partition(":")
    if word in SUBJECT_ROLES:
        return True
    if kind == "role":
        return value in [role.value for role in STAFF_ROLES]
    try:
        UUID(value)
    except ValueError:
        return False
    rows = {
        "group": Group.objects.filter(id=value),
        "user": User.objects.filter(id=value, is_active=True),
        "contact": Contact.objects.filter(id=value, verified_at__isnull=False),
    }
    return kind in rows and rows[kind].exists()


NO_WORDS = Words({}, {})
CODE_LABELS: dict[str, Promise] = {
    "code.sign_in": pgettext_lazy("message", "Code to sign in"),
    "code.confirm": pgettext_lazy("message", "Code to confirm receipt"),
    "code.verify": pgettext_lazy("message", "Confirming an address"),
    "code.reset": pgettext_lazy("message", "New password"),
    "code.invite": pgettext_lazy("message", "Invitation"),
    "code.link": pgettext_lazy("message", "Fresh link to a document"),
    "code.recovery": pgettext_lazy("message", "Recovery of access"),
}


def told_of() -> list[tuple[str, str]]:
    """Everything that has texts: the events, then the messages with codes and personal links."""
    return [
        *((one.name, str(one.label)) for one in events()),
        *((name, str(label)) for name, label in CODE_LABELS.items()),
    ]
