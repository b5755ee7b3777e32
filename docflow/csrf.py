"""Cross-site request forgery checks that also work on pages without a referrer."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware

NO_ORIGIN = "null"


class TokenCheck(CsrfViewMiddleware):
    """Django's check; a browser that was told `no-referrer` sends `Origin: null` and no Referer.

    Then the token alone decides: it is bound to a `__Host-`, SameSite cookie that no other site can read or set.
    """

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        if request.META.get("HTTP_ORIGIN") == NO_ORIGIN:
            del request.META["HTTP_ORIGIN"]
            request.META["docflow.no_referrer"] = True
        return super().process_view(request, callback, callback_args, callback_kwargs)

    def _check_referer(self, request: HttpRequest) -> None:
        if not request.META.get("docflow.no_referrer"):
            super()._check_referer(request)  # type: ignore[misc]  # private, but the documented seam of the class
