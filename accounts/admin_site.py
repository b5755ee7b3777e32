"""The admin site: no sign-in of its own, and nobody in it without the second factor."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import sessions
from accounts.access import owes
from accounts.models import User
from docflow.common.errors import NotAllowed


class Site(AdminSite):
    """Django's admin for administrators and support operators."""

    site_header = "docflow"
    site_title = "docflow"
    index_title = _("Administration")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_staff and owes(request) is None

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To our own sign-in, or to what is still owed; who may not enter is told so."""
        wanted = request.GET.get("next", "/admin/")
        if not isinstance(request.user, User):
            return redirect_to_login(wanted, login_url="/sign-in/")
        elsewhere = owes(request)
        if elsewhere is not None:
            return elsewhere
        if not request.user.is_staff:
            raise NotAllowed(_("You have no right to this page. Ask your administrator."))
        return redirect("admin:index")

    def logout(  # type: ignore[override]  # to a page of ours
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            sessions.end(request)
        return redirect("/")

    def password_change(  # type: ignore[override]  # to a page of ours
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("accounts:password")
