"""Documents in the administration: types with their routes to set up, documents to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.admin.desk import Desk, Plain
from documents.models import Document, DocumentType, RequiredField, RouteStep
from documents.models.types import PICKABLE_KINDS, format_choices

HELP = {
    "slug": _("Latin letters; programs name the type by it in the API. Better not changed later."),
    "formats": _("Files of other formats are not accepted, whatever their name says."),
    "max_size_mb": _("Larger files are refused before they are stored."),
    "required": _("Without these a document is not taken in. The title is always there."),
    "confirm": _("One tap is enough for most papers; a code is sent by another way than the link itself."),
    "link_access": _("What the personal link in a message opens for the client."),
    "link_days": _("After that the client can ask for a fresh link, which goes to the same verified address."),
    "sensitive": _("Messages name no document, and the link opens only with a code or a sign-in."),
    "extra_addresses": _("Triggers may send it to verified addresses of people outside the list of clients."),
    "client_sees": _("Whether documents of this type show in the client's account before they are ready."),
    "active": _("Types not in use cannot be chosen for new documents; existing ones go on."),
}


class TypeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A type, with lists as check boxes and every field explained."""

    formats = forms.MultipleChoiceField(
        label=_("Accepted formats"), choices=format_choices, widget=forms.CheckboxSelectMultiple
    )
    required = forms.MultipleChoiceField(
        label=_("Required fields"), choices=RequiredField.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = DocumentType
        fields = (
            "name_ru",
            "name_en",
            "gender",
            "slug",
            "formats",
            "max_size_mb",
            "required",
            "confirm",
            "link_access",
            "link_days",
            "sensitive",
            "extra_addresses",
            "client_sees",
            "active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in HELP.items():
            self.fields[name].help_text = text


class StepForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A step: only the kinds that can be walked now are offered."""

    class Meta:
        model = RouteStep
        fields = ("order", "kind", "user", "group", "role", "hours")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind.label) for kind in PICKABLE_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["user"].queryset = queries.internal()  # type: ignore[attr-defined]


class StepsInline(Plain, admin.TabularInline):  # type: ignore[type-arg]  # generic for the checker only
    """The route, walked from top to bottom; without a step documents become ready by themselves."""

    model = RouteStep
    form = StepForm
    extra = 0
    verbose_name = _("step")
    verbose_name_plural = _("Route: who confirms, in this order. Documents under way keep the route they began with.")


@admin.register(DocumentType)
class TypeAdmin(Desk):
    """What is accepted, who confirms, how the client gets it."""

    form = TypeForm
    inlines = (StepsInline,)
    list_display = ("title", "short_name", "route", "confirm", "in_use")
    list_filter = ("active",)
    search_fields = ("slug", "name_ru", "name_en")
    action_name = "type.changed"
    fieldsets = (
        (None, {"fields": (("name_ru", "name_en"), "gender", "slug", "active")}),
        (_("What is accepted"), {"fields": ("formats", "max_size_mb", "required")}),
        (
            _("How the client gets it"),
            {"fields": ("link_access", "link_days", "confirm", "sensitive", "extra_addresses", "client_sees")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("steps__user", "steps__group")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("name"))
    def title(self, kind: DocumentType) -> str:
        """In the reader's language."""
        return kind.name

    @admin.display(description=_("short name"), ordering="slug")
    def short_name(self, kind: DocumentType) -> str:
        """As programs write it."""
        return format_html("<code>{}</code>", kind.slug)

    @admin.display(description=_("route"))
    def route(self, kind: DocumentType) -> str:
        """The steps in one line."""
        return " → ".join(_assignee(step) for step in kind.steps.all()) or str(_("ready by itself"))

    @admin.display(description=_("in use"), ordering="active")
    def in_use(self, kind: DocumentType) -> str:
        """In words, not as a picture of a tick."""
        return str(_("yes") if kind.active else _("no"))


def _assignee(step: RouteStep) -> str:
    return str(step.user or step.group or step.get_role_display())


@admin.register(Document)
class DocumentAdmin(Desk):
    """A viewer: documents move on their own page, where every move is asked for its right and recorded."""

    list_display = ("title", "number", "type", "state", "client", "author", "created_at")
    list_filter = ("state", "type", "priority")
    list_select_related = ("type", "client", "author")
    search_fields = ("^number",)
    search_help_text = _("Number; words of the text are found on the page of documents")
    ordering = ("-id",)
    fields = (
        "page",
        "title",
        "number",
        "type",
        "state",
        "state_at",
        "version",
        "client",
        "author",
        "priority",
        "purpose",
        "due_at",
        "ready_at",
        "created_at",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("page"))
    def page(self, document: Document) -> str:
        """The way to where it can be worked with."""
        return format_html('<a href="{}">{}</a>', reverse("documents:document", args=[document.pk]), _("Open"))
