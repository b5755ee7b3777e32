"""The delivery log: chips, failures by reason, one delivery with its attempts, sending again, export."""

import csv
import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import person
from docflow.common.errors import Refused
from notifications import deciding, log, permissions, resend, why
from notifications.admin.pages import log_readers, page
from notifications.channels import registry
from notifications.log import GROUPS, PERIODS, Filters, Row
from notifications.models import Decision, Receipt
from notifications.states import State

RESENT_AT_ONCE = 200
COLUMNS = (
    _("Time"),
    _("Document"),
    _("Number"),
    _("Recipient"),
    _("Address"),
    _("Channel"),
    _("State"),
    _("Reason"),
    _("Attempts"),
    _("Handed over, s"),
    _("Delivered, s"),
    _("Trigger"),
    _("Provider's id"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@log_readers
def listing(request: HttpRequest) -> HttpResponse:
    """The log, newest first."""
    asked = log.filters(request.GET.dict())
    found = log.find(asked, person(request))
    shown = log.page(found, after=request.GET.get("after", ""))
    context = {
        "rows": shown.rows,
        "next_url": shown.next and _address(request, after=shown.next),
        "asked": asked,
        "chips": _chips(request, asked),
        "failures": _failures(request, asked),
        "triggers": log.triggers(),
        "channels": [(kind, label) for kind, (label, _help) in registry.LABELS.items()],
        "states": State.choices,
        "periods": [(key, label) for key, (label, _length) in PERIODS.items()],
        "reset_url": request.path,
        "export_url": reverse("desk:deliveries_export") + "?" + request.GET.urlencode(),
        "trail": [(gettext("Delivery log"), None)],
    }
    return page(request, "deliveries.html", context, fragment="_deliveries.html")


def _chips(request: HttpRequest, asked: Filters) -> list[dict[str, Any]]:
    everything = {"label": gettext("All"), "url": _address(request, state=""), "current": not asked.state}
    return [
        everything,
        *(
            {"label": label, "url": _address(request, state=key), "current": asked.state == key}
            for key, (label, _states) in GROUPS.items()
        ),
    ]


def _failures(request: HttpRequest, asked: Filters) -> list[dict[str, Any]]:
    if asked.state not in ("", "failed"):
        return []
    return [
        {"group": one, "url": _address(request, state="failed", channel=one.channel, reason=one.reason)}
        for one in log.failures(asked, person(request))
    ]


def _address(request: HttpRequest, **changes: str) -> str:
    """This list with other filters, from its beginning."""
    kept = {name: value for name, value in request.GET.items() if name != "after"}
    wanted = {name: value for name, value in {**kept, **changes}.items() if value}
    return f"{reverse('desk:deliveries')}?{urlencode(wanted)}" if wanted else reverse("desk:deliveries")


@require_GET
@log_readers
def detail(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """One delivery: attempts with the provider's raw answers, receipts, what was decided and why."""
    delivery = log.one(delivery_id, person(request))
    if delivery is None:
        raise Http404
    about = delivery.notification
    decisions = (
        Decision.objects.filter(event=about.event_id).select_related("trigger", "user") if about.event_id else []
    )
    context = {
        "row": log.described([delivery])[0],
        "delivery": delivery,
        "attempts": list(delivery.attempts.all()),
        "receipts": list(Receipt.objects.filter(delivery_id=delivery.pk).order_by("received_at")),
        "why": [(one, why.verdict(one)) for one in decisions],
        "held": delivery.state == State.HELD,
        "may_resend": permissions.may_resend(person(request)) and about.subject_id is not None,
        "trail": [(gettext("Delivery log"), reverse("desk:deliveries")), (delivery.masked, None)],
    }
    return page(request, "delivery.html", context, fragment="_delivery.html")


@require_POST
@log_readers
def resend_selected(request: HttpRequest) -> HttpResponse:
    """First who would get what, then, confirmed, a new round for each; the result names those left out."""
    ids = [one for one in map(log.uuid_or_none, request.POST.getlist("delivery")) if one][:RESENT_AT_ONCE]
    chosen = permissions.visible_to(person(request)).filter(pk__in=ids)
    rows = log.described(
        list(chosen.select_related("notification__trigger", "notification__user", "notification__event", "contact"))
    )
    if not rows:
        messages.warning(request, gettext("Choose at least one message."))
        return redirect("desk:deliveries")
    trail = [(gettext("Delivery log"), reverse("desk:deliveries")), (gettext("Send again"), None)]
    if not request.POST.get("confirmed"):
        return page(request, "resend.html", {"rows": [(row, _obstacle(row)) for row in rows], "trail": trail})
    done, refused = _resend_all(request, rows)
    if done:
        text = ngettext("%d message is on its way again.", "%d messages are on their way again.", len(done))
        messages.success(request, text % len(done))
    if not refused:
        return redirect("desk:deliveries")
    return page(request, "resend_result.html", {"done": done, "refused": refused, "trail": trail}, status=409)


def _obstacle(row: Row) -> str:
    """Why this one will be left out, as far as that can be known beforehand."""
    if row.delivery.notification.subject_id is None:
        return gettext("A code is not sent twice")
    if row.delivery.state in GROUPS["way"][1] or row.delivery.state == State.UNKNOWN:
        return gettext("Still on its way")
    return ""


def _resend_all(request: HttpRequest, rows: Iterable[Row]) -> tuple[list[Row], list[tuple[Row, str]]]:
    done: list[Row] = []
    refused: list[tuple[Row, str]] = []
    for row in rows:
        try:
            resend.again(row.delivery.pk, by=person(request))
        except Refused as error:
            refused.append((row, str(error.message)))
        else:
            done.append(row)
    return done, refused


@require_POST
@log_readers
def decide(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """What a held message waits for: send it again, or count it as sent."""
    try:
        if request.POST.get("as") == "sent":
            deciding.consider_sent(delivery_id, by=person(request))
            messages.success(request, gettext("The message counts as sent."))
        else:
            resend.again(delivery_id, by=person(request))
            messages.success(request, gettext("The message is on its way again."))
    except Refused as refused:
        messages.error(request, str(refused.message))
    return redirect("desk:delivery", delivery_id=delivery_id)


@require_GET
@log_readers
def export(request: HttpRequest) -> HttpResponse:
    """What the filters show, as CSV that a spreadsheet opens without running anything."""
    found = log.find(log.filters(request.GET.dict()), person(request))
    rows = log.page(found, size=log.EXPORTED).rows
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([str(column) for column in COLUMNS])
    writer.writerows([_safe(cell) for cell in _cells(row)] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deliveries.csv"'
    return response


def _cells(row: Row) -> list[Any]:
    one = row.delivery
    trigger = one.notification.trigger
    return [
        timezone.localtime(one.created_at).isoformat(sep=" ", timespec="seconds"),
        row.title,
        row.number,
        row.recipient,
        one.masked,
        one.channel,
        one.state,
        row.reason,
        one.attempt_no,
        round(row.to_handed.total_seconds(), 1) if row.to_handed else "",
        round(row.to_delivered.total_seconds(), 1) if row.to_delivered else "",
        trigger.title if trigger else "",
        one.provider_ref,
    ]


def _safe(cell: Any) -> Any:
    """A cell that begins like a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
