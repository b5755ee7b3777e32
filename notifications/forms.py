"""What administrators type: a trigger's rows, a text, a channel's settings, the filters of the delivery log."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import contacts
from accounts.models import Contact, User
from docflow.common.errors import Refused
from notifications import builder, connect, preview, sentence
from notifications.builder import ChannelRow, ConditionRow
from notifications.channels import registry
from notifications.channels.base import Field
from notifications.desk import Content
from notifications.models import Template, TemplateVersion, Trigger
from notifications.states import Lane

EMPTY_TRIGGER: dict[str, Any] = {"action": "document.ready", "mode": Trigger.Mode.ALL, "delay": 0, "lane": Lane.NORMAL}
CONDITIONS_AT_MOST = 10
RECIPIENTS_AT_MOST = 10


class TriggerForm(forms.Form):
    """The editor of one trigger. Rows come as repeated fields: fact, operator, value; recipient; channel, in order."""

    name = forms.CharField(label=_("Name"), max_length=120)
    action = forms.ChoiceField(label=_("Event"))
    mode = forms.ChoiceField(label=_("How"), choices=Trigger.Mode.choices)
    delay = forms.TypedChoiceField(label=_("When"), coerce=int)
    lane = forms.ChoiceField(label=_("Lane"), choices=Lane.choices)

    def __init__(self, data: QueryDict, *, present_delay: int = 0) -> None:
        super().__init__(data)
        self.rows = data
        self.kind = builder.kind_of(data.get("action", ""))
        self.fields["action"].choices = [(one.name, one.label) for one in builder.events()]  # type: ignore[attr-defined]  # a choice field
        self.fields["delay"].choices = sentence.delay_choices(present_delay)  # type: ignore[attr-defined]  # a choice field

    @property
    def conditions(self) -> list[tuple[str, str, str]]:
        """The rows as typed; a fact that changed drops a value it cannot have."""
        lists = (self.rows.getlist(name) for name in ("fact", "operator", "value"))
        rows = list(zip(*lists, strict=False))[:CONDITIONS_AT_MOST]
        return [(fact, operator, self._possible(fact, value)) for fact, operator, value in rows]

    def _possible(self, fact: str, value: str) -> str:
        offered = [one for one, _label in builder.values(self.kind, fact)]
        return value if not offered or value in offered else ""

    @property
    def condition_rows(self) -> list[ConditionRow]:
        rows = builder.condition_rows(self.kind, self.conditions)
        if self.checked:
            for row in rows:
                row.error = "" if row.value.strip() else gettext("Choose a value.")
        return rows

    @property
    def recipients(self) -> list[str]:
        return self.rows.getlist("recipient")[:RECIPIENTS_AT_MOST]

    @property
    def channels(self) -> list[str]:
        return [kind for kind in dict.fromkeys(self.rows.getlist("channel")) if kind in registry.KINDS]

    @property
    def channel_rows(self) -> list[ChannelRow]:
        order = [kind for kind in dict.fromkeys(self.rows.getlist("order")) if kind in registry.KINDS]
        return builder.channel_rows(self.channels, self.rows.get("action", "").replace("\0", ""), order)

    checked = False

    def quietly(self) -> "TriggerForm":
        """The values as far as they make sense, without complaints about what is still to come."""
        self.full_clean()
        self._errors, self.checked = ErrorDict(), False
        return self

    def clean(self) -> dict[str, Any]:
        self.checked = True
        self._clean_conditions()
        self._clean_recipients()
        self._clean_channels()
        return self.cleaned_data

    def _clean_conditions(self) -> None:
        for fact, operator, value in self.conditions:
            if fact not in builder.FACTS or operator not in dict(builder.OPERATORS) or not value.strip():
                self.add_error(None, gettext("Each condition needs a value; remove those you do not need."))
                return

    def _clean_recipients(self) -> None:
        named = [word for word in self.recipients if word]
        if not named:
            self.add_error(None, gettext("Choose at least one recipient."))
        elif len(set(named)) != len(named):
            self.add_error(None, gettext("The same recipient is named twice."))
        elif not all(builder.known_recipient(word) for word in named):
            self.add_error(None, gettext("One of the recipients is no longer there: choose another."))

    def _clean_channels(self) -> None:
        if not self.channels:
            self.add_error(None, gettext("Choose at least one channel."))
            return
        unreachable = builder.unreachable(self.recipients, self.channels)
        if unreachable:
            self.add_error(None, gettext("None of the chosen channels reaches %s.") % unreachable)

    def content(self) -> Content:
        """What is typed, as far as it makes sense: the preview does not wait for a name."""
        typed = {name: getattr(self, "cleaned_data", {}).get(name) for name in self.fields}
        return Content(
            name=typed["name"] or "",
            action=typed["action"] or self._known_action(),
            conditions=[list(one) for one in self.conditions if one[2].strip() and one[0] in builder.FACTS],
            recipients=[word for word in dict.fromkeys(self.recipients) if word and builder.known_recipient(word)],
            channels=self.channels,
            mode=typed["mode"] or Trigger.Mode.ALL,
            delay=typed["delay"] or 0,
            lane=typed["lane"] or Lane.NORMAL,
        )

    def _known_action(self) -> str:
        name = self.rows.get("action", "")
        return name if name in {one.name for one in builder.events()} else str(EMPTY_TRIGGER["action"])


def trigger_data(trigger: Trigger | None) -> QueryDict:
    """The form's data for a stored trigger, or for a new one."""
    data = QueryDict(mutable=True)
    if trigger is None:
        data.update({**EMPTY_TRIGGER, "name": "", "state": Trigger.State.DRAFT})
        data.setlist("recipient", ["client"])
        data.setlist("channel", [kind for kind in registry.KINDS if kind in connect.on()])
        return data
    fields: dict[str, Any] = {
        "name": trigger.title,
        "action": trigger.action,
        "mode": trigger.mode,
        "delay": trigger.delay,
    }
    data.update({**fields, "lane": trigger.lane, "state": trigger.state})
    for fact, operator, value in trigger.conditions:
        for name, part in (("fact", fact), ("operator", operator), ("value", value)):
            data.appendlist(name, str(part))
    data.setlist("recipient", list(trigger.recipients))
    data.setlist("channel", list(trigger.channels))
    return data


def redrawn(data: QueryDict) -> QueryDict:
    """The rows after one press of a button that adds, drops or moves one; `data` itself stays as it was."""
    rows = data.copy()
    if data.get("add") == "condition":
        for name, part in (("fact", "type"), ("operator", "is"), ("value", "")):
            rows.appendlist(name, part)
    if data.get("add") == "recipient":
        rows.appendlist("recipient", "")
    what, _colon, where = data.get("drop", "").partition(":")
    if where.isdigit():
        for name in {"condition": ("fact", "operator", "value"), "recipient": ("recipient",)}.get(what, ()):
            rows.setlist(name, [part for number, part in enumerate(data.getlist(name)) if number != int(where)])
    kind, _colon, direction = data.get("move", "").partition(":")
    if direction in ("up", "down"):
        rows.setlist("order", _moved(data.getlist("order"), kind, direction))
        rows.setlist("channel", [one for one in rows.getlist("order") if one in data.getlist("channel")])
    return rows


def _moved(order: list[str], kind: str, direction: str) -> list[str]:
    if kind not in order:
        return order
    here = order.index(kind)
    there = min(max(here + (1 if direction == "down" else -1), 0), len(order) - 1)
    order = list(order)
    order[here], order[there] = order[there], order[here]
    return order


def pressed(data: Mapping[str, Any]) -> bool:
    """Whether a button that only redraws the rows was pressed."""
    return any(data.get(name) for name in ("add", "drop", "move", "redraw"))


BUTTON_KINDS: tuple[tuple[str, Any], ...] = (
    ("link", _("opens the document")),
    ("confirm", _("confirms receipt")),
)
BUTTONS_AT_MOST = 4


class TextForm(forms.Form):
    """One text. Buttons come as repeated fields: button, button_kind."""

    subject = forms.CharField(label=_("Subject"), max_length=300, required=False)
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 9}), required=False)
    html = forms.CharField(
        label=_("Text with formatting (HTML)"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    note = forms.CharField(label=_("What you changed"), max_length=200, required=False)

    def __init__(self, data: QueryDict, *, template: Template) -> None:
        super().__init__(data)
        self.rows, self.template = data, template
        self.fields["text"].required = True
        self.fields["subject"].required = True
        hidden = {"sms": ("subject", "html"), "telegram": ("subject",)}.get(template.channel, ())
        for name in hidden:
            del self.fields[name]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """The buttons as typed, and always one empty row more."""
        typed = [
            pair for pair in zip(self.rows.getlist("button"), self.rows.getlist("button_kind"), strict=False) if pair[0]
        ]
        return [*typed[:BUTTONS_AT_MOST], ("", "link")][:BUTTONS_AT_MOST]

    def parts(self) -> dict[str, Any]:
        """What a version holds."""
        said = {
            name: self.rows.get(name, "").replace("\r\n", "\n") if name in self.fields else ""
            for name in ("subject", "text", "html")
        }
        return {**said, "buttons": [] if self.template.channel == "sms" else self._button_rows()}

    def _button_rows(self) -> list[list[dict[str, str]]]:
        rows = [{"label": label.strip()[:60], **_act(kind)} for label, kind in self.buttons if label.strip()]
        return [[row] for row in rows]

    def clean(self) -> dict[str, Any]:
        place = (self.template.action, self.template.channel, self.template.language)
        for problem in preview.problems(*place, **self.parts()):
            self.add_error(None, problem)
        return self.cleaned_data


def _act(kind: str) -> dict[str, str]:
    return {"url": "{{ link }}"} if kind == "link" else {"act": kind if kind in dict(BUTTON_KINDS) else "confirm"}


def text_data(version: TemplateVersion | None) -> QueryDict:
    """The form's data for a stored text, or for one that nobody has written."""
    data = QueryDict(mutable=True)
    if version is None:
        return data
    data.update({"subject": version.subject, "text": version.text, "html": version.html})
    for row in version.buttons:
        for button in row:
            data.appendlist("button", button.get("label", ""))
            data.appendlist("button_kind", button.get("act") or "link")
    return data


class ChannelForm(forms.Form):
    """A channel's settings, made of what the channel says it needs. Secrets are typed, never shown."""

    def __init__(self, data: QueryDict | None, *, setup: connect.Setup) -> None:
        super().__init__(data)
        self.setup = setup
        self.described = registry.describe(setup.kind)
        for one in self.described.fields:
            self.fields[one.name] = _channel_field(one, setup.values.get(one.name, ""))

    def clean(self) -> dict[str, Any]:
        """An address that changed asks for the secrets again: they must not go to a stranger's server."""
        typed = self.cleaned_data
        moved = self.setup.values and any(
            typed.get(name) is not None and str(typed[name]) != (self.setup.values.get(name) or self._default(name))
            for name in ADDRESSES
            if name in self.fields
        )
        for one in self.described.fields:
            known = bool(self.setup.values.get(one.name))
            if one.secret and moved and known and not typed.get(one.name):
                self.add_error(one.name, gettext("The server has changed: type this again."))
        return typed

    def _default(self, name: str) -> str:
        return next((one.default for one in self.described.fields if one.name == name), "")

    def values(self) -> dict[str, str]:
        """What is stored: an empty secret keeps the one there is."""
        kept = {one.name: self.setup.values.get(one.name, "") for one in self.described.fields if one.secret}
        return {name: str(typed or kept.get(name, "")) for name, typed in self.cleaned_data.items()}


ADDRESSES = ("host", "port", "api_base", "security")
NUMBERS = ("port", "deadline")


def _channel_field(one: Field, present: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": one.label,
        "required": one.required and not one.secret,
        "initial": present or one.default,
    }
    if one.secret:
        hint = _("Set; leave empty to keep it.") if present else ""
        widget = forms.PasswordInput(attrs={"autocomplete": "off"})
        return forms.CharField(
            label=str(one.label),
            required=one.required and not present,
            strip=True,
            max_length=500,
            help_text=hint,
            widget=widget,
        )
    if one.choices:
        return forms.ChoiceField(choices=one.choices, **common)
    if one.name in NUMBERS:
        return forms.IntegerField(min_value=1, max_value=65535, **common)
    return forms.CharField(max_length=500, **common)


class SendTestForm(forms.Form):
    """To whom a test message goes: a verified address, one's own or typed."""

    own = forms.ChoiceField(label=_("Your address"), required=False)
    address = forms.CharField(label=_("Or another verified address"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None, *, kind: str, user: User) -> None:
        super().__init__(data)
        self.kind = registry.describe(kind).contact_kind
        self.known = {str(one.pk): one for one in _own(user).filter(kind=self.kind)}
        self.fields["own"].choices = [(key, one.masked) for key, one in self.known.items()]  # type: ignore[attr-defined]  # a choice field
        self.contact: Contact | None = None

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data.get("address", "")
        self.contact = self._typed(typed) if typed else self.known.get(self.cleaned_data.get("own", ""))
        if self.contact is None and not self.errors:
            text = gettext("There is no verified address like this. Only verified addresses get test messages.")
            self.add_error("address" if typed or not self.known else "own", text)
        return self.cleaned_data

    def _typed(self, address: str) -> Contact | None:
        try:
            key = contacts.lookup(self.kind, contacts.normal(self.kind, address))
        except Refused:
            return None
        return Contact.objects.filter(kind=self.kind, lookup=key, verified_at__isnull=False).first()


def _own(user: User) -> QuerySet[Contact]:
    """The person's verified addresses, and that of the sign-in: before the first letter nothing can be verified."""
    return user.contacts.filter(Q(verified_at__isnull=False) | Q(lookup=user.email_lookup))
