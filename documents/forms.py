"""What people and programs say of a document when it comes in: one set of rules for page and API."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from documents.intake import Details
from documents.models import DocumentType, Priority

LAST_MINUTE = time(23, 59)
BROWSER_MOMENT = "%Y-%m-%dT%H:%M"
EARLIEST, LATEST = 2000, 2100
TURNING = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def client(text: str) -> User | None:
    """The client of an id or an e-mail address. Raises ValidationError when there is none."""
    text = text.strip()
    if not text:
        return None
    people = User.objects.filter(roles__contains=[Role.CLIENT], is_active=True)
    identity = _identity(text)
    found = people.filter(pk=identity).first() if identity else None
    if found is None and "@" in text:
        by_email = User.objects.by_email(text)
        found = by_email if by_email and by_email.is_active and by_email.is_client else None
    if found is None:
        raise ValidationError(_("There is no such client. Choose one from the list or add the client first."))
    return found


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A date (its last minute) or a date with a time, in the reader's zone unless it names one."""
    text = text.strip()
    if not text:
        return None
    try:
        at = parse_datetime(text)
        day = parse_date(text) if len(text) <= len("2026-11-21") else None
        if day is not None:
            at = datetime.combine(day, LAST_MINUTE)
        if at is None or not EARLIEST <= at.year <= LATEST:
            raise ValueError(text)
        return make_aware(at, get_current_timezone()) if is_naive(at) else at
    except (ValueError, OverflowError) as error:
        raise ValidationError(_("Write the date as 2026-11-30 or 2026-11-30T18:00.")) from error


def as_read(text: str) -> str:
    """Without the marks that turn the direction of reading: what is shown is what stands there."""
    return text.translate(TURNING).strip()


class LineField(forms.CharField):
    """A name or number that people read."""

    def to_python(self, value: Any) -> str:
        return as_read(super().to_python(value) or "")


class ClientField(forms.CharField):
    """A client by e-mail or id."""

    def clean(self, value: Any) -> User | None:
        return client(super().clean(value))


class MomentField(forms.CharField):
    """A due date, with or without an hour."""

    def clean(self, value: Any) -> datetime | None:
        return moment(super().clean(value))


class ManyFiles(forms.ClearableFileInput):
    """Lets choose several; the form looks at one of them, the view takes all from the request."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """One file, since a plain FileField refuses a list."""
        return files.get(name)


class ChangeForm(forms.Form):
    """What may be corrected later."""

    title = LineField(label=gettext_lazy("Title"), max_length=200)
    number = LineField(label=gettext_lazy("Number"), max_length=50, required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices)
    purpose = LineField(label=gettext_lazy("Purpose"), max_length=100, required=False)
    due = MomentField(
        label=gettext_lazy("Due"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=BROWSER_MOMENT),
    )


class DetailsForm(forms.Form):
    """The fields of a document, without its file."""

    type = forms.ModelChoiceField(
        DocumentType.objects.filter(active=True), to_field_name="slug", label=gettext_lazy("Type"), empty_label=None
    )
    client = ClientField(
        label=gettext_lazy("Client"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"list": "clients", "autocomplete": "off"}),
    )
    title = LineField(label=gettext_lazy("Title"), max_length=200, required=False)
    number = LineField(label=gettext_lazy("Number"), max_length=50, required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices, required=False)
    purpose = LineField(label=gettext_lazy("Purpose"), max_length=100, required=False)
    due = MomentField(
        label=gettext_lazy("Due"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def details(self, file_name: str = "") -> Details:
        """The cleaned values; a document without a title is called as its file."""
        given = self.cleaned_data
        return Details(
            title=given["title"] or file_name.rpartition(".")[0] or file_name,
            client=given["client"],
            number=given["number"],
            priority=given["priority"] or Priority.NORMAL,
            purpose=given["purpose"],
            due_at=given["due"],
        )


class UploadForm(DetailsForm):
    """The upload page."""

    file = forms.FileField(
        label=gettext_lazy("Files"),
        required=False,
        allow_empty_file=True,  # refused with the other files, in words for each
        widget=ManyFiles(attrs={"multiple": True}),
        help_text=gettext_lazy("Several at once if you like."),
    )
