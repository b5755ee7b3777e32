"""Pages of no app: the way in, and the choice of language and theme."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import public, signed_in
from accounts.models import User
from accounts.models.user import Theme

YEAR = 365 * 24 * 3600


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Staff begin with their documents, clients in the portal."""
    internal = isinstance(request.user, User) and request.user.is_internal
    return redirect("/documents/" if internal else "/portal/")


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language: in the profile of who is signed in, else in a cookie."""
    response = redirect(_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=language)
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@public
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as on the device."""
    response = redirect(_back(request))
    theme = request.POST.get("theme", "")
    if theme in Theme.values:
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(theme=theme)
        _remember(response, settings.THEME_COOKIE_NAME, theme)
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else "/"  # anything else might name a view
