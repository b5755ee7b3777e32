"""API keys: made here, shown once, revoked."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import keys, queries
from accounts.access import person
from accounts.admin.desk import NOTHING, Desk
from accounts.models import ApiKey

WORDS = {
    "documents:read": _("Read documents"),
    "documents:write": _("Upload, change and recall documents"),
    "documents:approve": _("Approve and send back"),
    "deliveries:read": _("See messages and their fate"),
    "deliveries:write": _("Send messages again"),
    "metrics:read": _("Read the metrics"),
    "schema:read": _("Read the description of the API"),
}


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """Whom the key acts for, and how far."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope, format_lazy("{} — {}", WORDS[scope], scope)) for scope in keys.SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )

    user = forms.ModelChoiceField(label=_("acts for"), queryset=queries.internal(), empty_label=NOTHING)
    expires_at = forms.DateField(
        label=_("last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_expires_at(self) -> datetime | None:
        """The end of that day on the administrator's clock."""
        day = self.cleaned_data["expires_at"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None

    class Meta:
        model = ApiKey
        fields = ("user", "name", "scopes", "expires_at")


@admin.register(ApiKey)
class KeyAdmin(Desk):
    """Keys for programs; once made, a key is only read or revoked."""

    form = KeyForm
    needs_proof = True
    list_display = ("name", "user", "start", "scope_names", "made", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    actions = ("revoke",)

    @admin.display(description=_("begins with"))
    def start(self, key: ApiKey) -> str:
        return f"df_{key.prefix}_…"

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, key: ApiKey) -> datetime:
        return key.created_at

    @admin.display(description=_("scopes"))
    def scope_names(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Rows cannot be edited; the list itself needs the right, to offer revoking."""
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        typed = form.cleaned_data
        made, text = keys.make(
            typed["user"], typed["name"], typed["scopes"], by=person(request), expires_at=typed["expires_at"]
        )
        obj.pk, obj.prefix = made.pk, made.prefix
        request.made_key = text  # type: ignore[attr-defined]  # for response_add, within this request only

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that ever shows the key."""
        context = {**self.admin_site.each_context(request), "key": request.made_key, "title": obj.name}  # type: ignore[attr-defined]
        return TemplateResponse(request, "accounts/admin/key_made.html", context)

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            keys.revoke(key, by=person(request))
