"""One view, two answers: the whole page, or the part of it that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asked for a part; a boosted or restored page is a whole page."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and "HX-Boosted" not in request.headers and "HX-History-Restore-Request" not in request.headers


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render `fragment` for htmx and `page`, which includes it, for everybody else."""
    template = fragment if wants_fragment(request) else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
