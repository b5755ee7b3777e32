"""What the pages of accounts in the administration have in common."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.paginator import Paginator
from django.db.models import Field, ForeignKey, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.text import capfirst

from accounts import audit, step_up
from accounts.access import person
from docflow.common.errors import Refused

NOTHING = "—"


COUNT_CAP = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # generic for the checker only
    """Counts no further than a person would turn pages."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:COUNT_CAP].count())  # type: ignore[attr-defined]  # a queryset


class Plain(BaseModelAdmin):  # type: ignore[type-arg]  # generic for the checker only
    """Fields without Django's add and change icons beside them, for these pages exist; nothing chosen is a dash."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **{"empty_label": NOTHING, **kwargs})

    def formfield_for_choice_field(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        if field and db_field.blank:
            field.choices = db_field.get_choices(blank_choice=[("", NOTHING)])
        return field


class Desk(Plain, ModelAdmin):  # type: ignore[type-arg]  # generic for the checker only
    """Nothing is deleted here; the journal, not Django's log, says who changed what."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    empty_value_display = NOTHING
    action_name = ""
    needs_proof = False  # whether a change here needs a fresh password or code

    @property
    def media(self) -> forms.Media:
        """Only what the lists need; choosers and rows within forms bring their own."""
        return forms.Media(js=["admin/js/actions.js"])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if self.needs_proof and (page := step_up.asked(request)):
            return page
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A refusal is said on top of the page."""
        if self.needs_proof and (page := step_up.asked(request)):
            return page
        title = capfirst(self.opts.verbose_name)
        try:
            return super().changeform_view(request, object_id, form_url, {"title": title, **(extra_context or {})})
        except Refused as refused:
            return refuse(request, refused)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, obj, {"added": True})

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        fields = [name for part in message for name in part.get("changed", {}).get("fields", [])]
        self._record(request, obj, {"fields": fields})

    def _record(self, request: HttpRequest, obj: Model, data: dict[str, Any]) -> None:
        """Called inside the transaction of the change. Without `action_name` the use case has recorded it."""
        if self.action_name:
            audit.record(self.action_name, obj, by=person(request), data=data)


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Back to where the person was, with the reason."""
    messages.error(request, str(refused.message))
    return redirect(request.path)


def uuid_or_none(text: str) -> UUID | None:
    """The id that was typed, if it is one."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
