"""Every view says who may open it: `@public`, `@signed_in` or `@staff_page(...)`. The access matrix test reads it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import Role, User
from docflow.common.errors import NotAllowed

View = Callable[..., HttpResponseBase]
Detour = Callable[[HttpRequest], HttpResponse | None]
EVERYBODY_INTERNAL = (Role.STAFF, Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR)


def public(view: View) -> View:
    """Open to anybody: the view itself checks whatever secret it is given."""
    view.access = "public"  # type: ignore[attr-defined]  # read by the access matrix test
    return view


def second_factor_page(view: View) -> View:
    """The page that asks for the second factor: open to who has passed the password, which it checks itself."""
    view.access = "second_factor"  # type: ignore[attr-defined]  # read by the access matrix test
    return view


def signed_in(view: View) -> View:
    """Open to everybody who is signed in, a client too."""
    return _guard(view, "signed_in", ())


def signed_in_unverified(view: View) -> View:
    """Open also to who still has to set up a second factor: only the page where that is done."""
    return _guard(view, "signed_in_unverified", (), _to_sign_in)


def staff_page(*roles: str) -> Callable[[View], View]:
    """Open to people of the organisation in one of `roles`; all of them when none is named."""
    allowed = roles or EVERYBODY_INTERNAL
    return lambda view: _guard(view, "+".join(sorted(allowed)), allowed)


def client_page(view: View) -> View:
    """Open to clients: the portal."""
    return _guard(view, "client", (Role.CLIENT,))


def person(request: HttpRequest) -> User:
    """Who is signed in, in a view that is guarded."""
    return cast("User", request.user)


def _guard(view: View, name: str, roles: tuple[str, ...], detour: Detour | None = None) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        elsewhere = (detour or owes)(request)
        if elsewhere is not None:
            return elsewhere
        if roles and not person(request).has_role(*roles):
            raise NotAllowed(_("You have no right to this page. Ask your administrator."))
        return view(request, *args, **kwargs)

    guarded.access = name  # type: ignore[attr-defined]  # read by the access matrix test
    return guarded


def owes(request: HttpRequest) -> HttpResponse | None:
    """Where to send who has not signed in, or not with the second factor; None when all is well."""
    elsewhere = _to_sign_in(request)
    if elsewhere is None and _owes_second_factor(request):
        return redirect("accounts:second_factor")
    return elsewhere


def _to_sign_in(request: HttpRequest) -> HttpResponse | None:
    if isinstance(request.user, User):
        return None
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = "/sign-in/"
        return response
    return redirect_to_login(request.get_full_path(), login_url="/sign-in/")


def _owes_second_factor(request: HttpRequest) -> bool:
    user = person(request)
    return needs_second_factor(user) and not user.is_verified()  # type: ignore[attr-defined]  # set by django-otp


def needs_second_factor(user: User) -> bool:
    """Staff and administrators always have one; only the demo's seeded people are let off, and a banner says so."""
    return user.is_internal and (settings.SECOND_FACTOR_REQUIRED or not user.is_seeded)
