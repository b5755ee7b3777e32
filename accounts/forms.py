"""What people type on the pages of accounts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import passwords, zones
from accounts.models import Organisation, User
from accounts.models.contact import REASON_LENGTH
from accounts.models.user import Language, Theme

EMAIL_LENGTH = 254
PASSWORD_LENGTH = 1000
CODE_LENGTH = 32


def email_field(**options: Any) -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": options.pop("autocomplete", "off"), "inputmode": "email"})
    return forms.EmailField(label=options.pop("label", _("E-mail")), max_length=EMAIL_LENGTH, widget=widget, **options)


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    """Kept exactly as typed, also a space at the end; never given back to the page."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=PASSWORD_LENGTH, strip=False, widget=widget, **options)


def code_field() -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("Code"), max_length=CODE_LENGTH, widget=forms.TextInput(attrs=attrs))


class NewPassword(forms.Form):
    """A form in which somebody chooses a password; `person` is whose it will be."""

    password = password_field(
        _("New password"),
        "new-password",
        help_text=_("12 characters or more. A few unrelated words are easy to keep in mind."),
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        passwords.judge(password, self.person)
        return password


class SignIn(forms.Form):
    email = email_field(autocomplete="username")
    password = password_field(_("Password"), "current-password")


class Code(forms.Form):
    code = code_field()


class ProofByPassword(forms.Form):
    proof = password_field(_("Password"), "current-password")


class ProofByCode(forms.Form):
    proof = code_field()


class AskReset(forms.Form):
    email = email_field(autocomplete="username")


class Zoned(forms.Form):
    """A form with language and time zone."""

    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = str(self.initial.get("time_zone", ""))
        self.fields["time_zone"].choices = zones.choices(present)  # type: ignore[attr-defined]


class Join(Zoned, NewPassword):
    """Accepting an invitation."""

    field_order = ("password", "language", "time_zone")


class SetUp(Zoned, NewPassword):
    """The first administrator and whose installation this is."""

    name = forms.CharField(label=_("Your name"), max_length=200)
    email = email_field(autocomplete="username")
    name_ru = forms.CharField(label=_("Organisation, in Russian"), max_length=100)
    name_en = forms.CharField(label=_("Organisation, in English"), max_length=100)
    short_name_ru = forms.CharField(label=_("Short name for SMS, in Russian"), max_length=12)
    short_name_en = forms.CharField(label=_("Short name for SMS, in English"), max_length=12)

    field_order = ("name", "email", "password", "language", "time_zone")

    ABOUT_ORGANISATION = ("name_ru", "name_en", "short_name_ru", "short_name_en")

    def clean_password(self) -> str:
        return str(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        """The password is judged knowing the name and the address that stand beside it."""
        typed = super().clean() or self.cleaned_data
        if "password" in typed and "email" in typed:
            person = User(name=typed.get("name", ""))
            person.email = typed["email"]
            try:
                passwords.judge(typed["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return typed

    def organisation(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.ABOUT_ORGANISATION}


class Profile(Zoned):
    name = forms.CharField(label=_("Full name"), max_length=200)
    address_as = forms.CharField(
        label=_("How to address you"),
        max_length=200,
        required=False,
        help_text=_("As in a greeting: «Мария Сергеевна», “Maria”."),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices, widget=forms.RadioSelect)

    field_order = ("name", "address_as", "language", "time_zone", "theme")


class ChangePassword(NewPassword):
    current = password_field(_("Current password"), "current-password")

    field_order = ("current", "password")


class AddContact(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=[("email", _("E-mail")), ("phone", _("Phone"))])
    address = forms.CharField(label=_("Address or number"), max_length=EMAIL_LENGTH)


class Reason(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH)


class NewClient(Zoned):
    name = forms.CharField(label=_("Full name"), max_length=200)
    address_as = forms.CharField(
        label=_("How to address"),
        max_length=200,
        required=False,
        help_text=_("As in a greeting: «Мария Сергеевна», “Maria”."),
    )
    email = email_field()
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    organisation = forms.CharField(
        label=_("Client organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
        help_text=_("An existing one or a new name."),
    )

    field_order = ("name", "address_as", "email", "phone", "organisation", "language", "time_zone")

    def organisations(self) -> list[str]:
        """Names to suggest."""
        return list(Organisation.objects.values_list("name", flat=True)[:200])
