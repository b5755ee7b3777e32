"""What every request passes: security headers, the person's language and time zone, refusals in words."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation

from docflow import errors
from docflow.common.errors import Refused
from documents import receiving

Answer = Callable[[HttpRequest], HttpResponse]

CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
PAGE_METHODS = ("GET", "HEAD", "POST")
SECRET_ADDRESSES = ("/s/", "/l/", "/invite/", "/reset/", "/setup/", "/verify/")


class SecurityHeaders:
    """The same strict policy on every answer, errors and files too; a view may only make it stricter."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        if request.path.startswith(SECRET_ADDRESSES):  # also when the view could not answer
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


class Methods:
    """Pages are looked at and sent to; only the API has more verbs, and its views name theirs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in PAGE_METHODS or request.path.startswith("/api/"):
            return self.get_response(request)
        return HttpResponseNotAllowed(PAGE_METHODS)


class Person:
    """Speak the person's language in the person's time zone: profile, then cookie, then the browser's wish."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language, zone = _wishes(request)
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        response.headers.setdefault("Content-Language", language)
        return response


def _wishes(request: HttpRequest) -> tuple[str, zoneinfo.ZoneInfo]:
    user = request.user
    if user.is_authenticated:
        return user.language, zoneinfo.ZoneInfo(user.time_zone)
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = dict(settings.LANGUAGES)
    language = cookie if cookie in known else translation.get_language_from_request(request)
    return language, zoneinfo.ZoneInfo(settings.TIME_ZONE)


class Refusals:
    """Turn a `Refused` that left a view into a calm page (or problem JSON under /api/) with its own status."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.refusal(request, exception) if isinstance(exception, Refused) else None


class Uploads:
    """Refuse a body that declares more than any file may have before a byte of it is read; leave no half files.

    It must stand before the CSRF check, which reads the body. Views for uploads answer in their own way where they can.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            receiving.tidy(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        refused = receiving.oversized(request)
        return errors.refusal(request, refused) if refused and not receiving.left_to_view(request, view) else None
