"""Every view says who may open it: `@public`, `@signed_in` or `@staff_page(...)`. The access matrix test reads it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import Role, User
from docflow.common.errors import NotAllowed

View = Callable[..., HttpResponse]
EVERYBODY_INTERNAL = (Role.STAFF, Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR)


def public(view: View) -> View:
    """Open to anybody: the view itself checks whatever secret it is given."""
    view.access = "public"  # type: ignore[attr-defined]  # read by the access matrix test
    return view


def signed_in(view: View) -> View:
    """Open to everybody who is signed in, a client too."""
    return _guard(view, "signed_in", ())


def staff_page(*roles: str) -> Callable[[View], View]:
    """Open to people of the organisation in one of `roles`; all of them when none is named."""
    allowed = roles or EVERYBODY_INTERNAL
    return lambda view: _guard(view, "+".join(sorted(allowed)), allowed)


def client_page(view: View) -> View:
    """Open to clients: the portal."""
    return _guard(view, "client", (Role.CLIENT,))


def _guard(view: View, name: str, roles: tuple[str, ...]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        detour = _detour(request)
        if detour is not None:
            return detour
        if roles and not request.user.has_role(*roles):
            raise NotAllowed(_("You have no right to this page. Ask your administrator."))
        return view(request, *args, **kwargs)

    guarded.access = name  # type: ignore[attr-defined]  # read by the access matrix test
    return guarded


def _detour(request: HttpRequest) -> HttpResponse | None:
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path(), login_url="/sign-in/")
    if needs_second_factor(user) and not user.is_verified():  # type: ignore[attr-defined]  # set by django-otp
        return redirect("accounts:second_factor")
    return None


def needs_second_factor(user: User) -> bool:
    """Staff and administrators always have one; the demo's seeded people are let off, and say so on each page."""
    return user.is_internal and settings.SECOND_FACTOR_REQUIRED
