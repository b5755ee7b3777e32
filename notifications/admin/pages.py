"""What the screens share: who may open them, their frame, one way to answer a refusal."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from accounts.access import person, staff_page
from accounts.models import Role
from docflow.common.htmx import wants_fragment

administrators = staff_page(Role.ADMINISTRATOR)
log_readers = staff_page(Role.ADMINISTRATOR, Role.OPERATOR)

FOLDER = "notifications/admin"
Crumb = tuple[str, str | None]


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, fragment: str = "", status: int = 200
) -> HttpResponse:
    """The page, or only its fragment when htmx asks."""
    wanted = fragment if fragment and wants_fragment(request) else name
    trail = context.pop("trail", [])
    places = [*_places(request)]
    frame = {
        "crumbs": [(gettext("Administration"), reverse("admin:index")), *trail],
        "places": [{**one, "current": request.path.startswith(one["url"])} for one in places],
    }
    return render(request, f"{FOLDER}/{wanted}", {**frame, **context}, status=status)


def _places(request: HttpRequest) -> list[dict[str, Any]]:
    log = {"url": reverse("desk:deliveries"), "label": gettext("Delivery log")}
    if not person(request).has_role(Role.ADMINISTRATOR):
        return [log]
    return [
        {"url": reverse("desk:triggers"), "label": gettext("Triggers")},
        {"url": reverse("desk:texts"), "label": gettext("Texts of messages")},
        {"url": reverse("desk:channels"), "label": gettext("Channels")},
        log,
    ]
