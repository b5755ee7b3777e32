"""Client organisations, and the organisation that runs docflow."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import audit
from accounts.access import person
from accounts.admin.desk import Desk
from accounts.models import Installation, Organisation


@admin.register(Organisation)
class OrganisationAdmin(Desk):
    """Client companies."""

    search_fields = ("name",)
    action_name = "organisation.changed"


@admin.register(Installation)
class InstallationAdmin(Desk):
    """Names, phone and hours; there is one row, so the list leads straight to it."""

    fields = (("name_ru", "name_en"), ("short_name_ru", "short_name_en"), "phone", ("hours_ru", "hours_en"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:accounts_installation_change", 1)

    def _record(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        audit.record("installation.changed", ("installation", UUID(int=obj.pk)), by=person(request), data=data)
