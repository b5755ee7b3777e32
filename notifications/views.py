"""The page acts of the engine itself: send again, plan again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import subjects
from accounts.access import staff_page
from accounts.models import Role
from notifications import resend
from notifications.models import Notification, OutboxEvent


@staff_page(Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)
@require_POST
def resend_delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send a logged message again, then back to where the button was."""
    made = resend.again(delivery_id, by=request.user)  # type: ignore[arg-type]  # staff_page lets only users in
    messages.success(request, _("The message is on its way again."))
    return HttpResponseRedirect(_back(request, made.notification))


@staff_page(Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)
@require_POST
def plan_again(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Tell the client of a fact of which he could not be told before."""
    event = resend.plan_again(event_id, by=request.user)  # type: ignore[arg-type]  # staff_page lets only users in
    messages.success(request, _("The message is on its way again."))
    return HttpResponseRedirect(_back(request, event))


def _back(request: HttpRequest, about: Notification | OutboxEvent) -> str:
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    if about.subject_id and about.subject_kind in subjects.kinds():
        return subjects.of(about.subject_kind).url([about.subject_id])[about.subject_id]
    return "/"
