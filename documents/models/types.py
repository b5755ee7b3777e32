"""What an administrator sets for a kind of document: accepted files, fields, route, how the client gets it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from docflow.common import ids
from docflow.common.words import in_language
from documents.formats import DEFAULT_ALLOWED, Format

MEGABYTE = 1024 * 1024


def format_choices() -> list[tuple[str, str]]:
    """What an administrator may allow."""
    return [(each.value, each.label) for each in DEFAULT_ALLOWED]


class RequiredField(models.TextChoices):
    """Fields that a type can demand before a document is taken."""

    NUMBER = "number", _("Number")
    CLIENT = "client", _("Client")
    DUE = "due", _("Due date")
    PURPOSE = "purpose", _("Purpose")


class Confirm(models.TextChoices):
    """How a client confirms receipt."""

    TAP = "tap", _("One tap")
    CODE = "code", _("A code sent by another way")


class LinkAccess(models.TextChoices):
    """What a protected link opens."""

    NONE = "none", _("No link")
    VIEW = "view", _("View only")
    DOWNLOAD = "download", _("View and download")


class ClientSees(models.TextChoices):
    """From when a document appears in the client's account."""

    READY = "ready", _("Once it is ready")
    PREPARING = "preparing", _("While it is being prepared, too")


class StepKind(models.TextChoices):
    """Kinds of stage; signing and endorsement are in the graph but cannot be picked yet."""

    REVIEW = "review", _("Review")
    APPROVAL = "approval", _("Approval")
    SIGNING = "signing", _("Signing")
    ENDORSEMENT = "endorsement", _("Endorsement")


PICKABLE_KINDS = (StepKind.REVIEW, StepKind.APPROVAL)


class Gender(models.TextChoices):
    """The grammatical gender of a type's Russian name, so that sentences about it agree."""

    MASCULINE = "m", _("he: договор готов")
    FEMININE = "f", _("she: справка готова")
    NEUTER = "n", _("it: письмо готово")


RUSSIAN_ENDINGS = {Gender.MASCULINE: "", Gender.FEMININE: "а", Gender.NEUTER: "о"}


def default_formats() -> list[str]:
    return [Format.PDF.value]


class DocumentType(models.Model):
    """A kind of document and all the rules an administrator set for it."""

    subject_kind = "type"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    slug = models.SlugField(_("short name"), unique=True, max_length=50)
    name_ru = models.CharField(_("name in Russian"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    gender = models.CharField(
        _("Russian name is"), max_length=1, choices=Gender, default=Gender.MASCULINE, help_text=_("For messages.")
    )
    formats = models.JSONField(_("accepted formats"), default=default_formats)
    max_size_mb = models.PositiveIntegerField(
        _("largest file, MB"), default=50, validators=[MinValueValidator(1), MaxValueValidator(2000)]
    )
    required = models.JSONField(_("required fields"), default=list, blank=True)
    confirm = models.CharField(_("confirming receipt"), max_length=10, choices=Confirm, default=Confirm.TAP)
    link_access = models.CharField(_("the link opens"), max_length=10, choices=LinkAccess, default=LinkAccess.DOWNLOAD)
    link_days = models.PositiveSmallIntegerField(
        _("the link is valid, days"), default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    sensitive = models.BooleanField(_("sensitive"), default=False)
    extra_addresses = models.BooleanField(_("may be sent to extra addresses"), default=False)
    client_sees = models.CharField(
        _("the client sees it"), max_length=10, choices=ClientSees, default=ClientSees.PREPARING
    )
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("document type")
        verbose_name_plural = _("document types")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=models.Q(confirm__in=Confirm.values), name="type_confirm_known"),
            models.CheckConstraint(condition=models.Q(link_access__in=LinkAccess.values), name="type_access_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def ending_ru(self) -> str:
        """What «готов» ends with when said of this type in Russian."""
        return RUSSIAN_ENDINGS[Gender(self.gender)]

    @property
    def allowed(self) -> list[Format]:
        return [Format(each) for each in self.formats]

    @property
    def max_size(self) -> int:
        return self.max_size_mb * MEGABYTE

    @property
    def needs_code(self) -> bool:
        """Whether confirming receipt takes a code; a sensitive type always does."""
        return self.sensitive or self.confirm == Confirm.CODE


class RouteStep(models.Model):
    """One stage of a type's route: what is asked of whom, and by when."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    type = models.ForeignKey(DocumentType, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    kind = models.CharField(_("stage"), max_length=20, choices=StepKind, default=StepKind.APPROVAL)
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    group = models.ForeignKey(
        "accounts.Group", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True)
    hours = models.PositiveSmallIntegerField(
        _("deadline, hours"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("route step")
        verbose_name_plural = _("route steps")
        ordering = ["type", "order", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=StepKind.values), name="route_step_kind_known"),
            models.CheckConstraint(
                condition=(
                    models.Q(user__isnull=False, group__isnull=True, role="")
                    | models.Q(user__isnull=True, group__isnull=False, role="")
                    | (models.Q(user__isnull=True, group__isnull=True) & ~models.Q(role=""))
                ),
                name="route_step_one_assignee",
                violation_error_message=_("Choose exactly one: a person, a group or a role."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.get_kind_display()}"

    def clean(self) -> None:
        if self.kind not in PICKABLE_KINDS:
            raise ValidationError({"kind": _("This stage cannot be chosen yet.")})

    def pinned(self) -> dict[str, Any]:
        """The step as plain data, kept with a document for the rest of its route."""
        return {
            "kind": self.kind,
            "user": str(self.user_id) if self.user_id else None,
            "group": str(self.group_id) if self.group_id else None,
            "role": self.role,
            "hours": self.hours,
        }
