"""Channels: how each is doing, its settings, on and off, a test message, the way back from Telegram."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import step_up
from accounts.access import person
from accounts.models import Contact, Installation
from docflow.common import ids
from notifications import connect, desk, incoming, status, why
from notifications.admin.pages import administrators, page
from notifications.channels import registry
from notifications.channels.base import ChannelError, Message
from notifications.forms import ChannelForm, SendTestForm
from notifications.models import ChannelSettings


@require_GET
@administrators
def listing(request: HttpRequest) -> HttpResponse:
    """One card per channel, and the engine's health."""
    context = {"cards": status.cards(), "health": status.health(), "trail": [(gettext("Channels"), None)]}
    return page(request, "channels.html", context)


@require_http_methods(["GET", "POST"])
@administrators
@step_up.proven
def settings(request: HttpRequest, kind: str) -> HttpResponse:
    """A channel's settings; secrets go in and never come out."""
    setup = _setup(kind)
    form = ChannelForm(request.POST if request.method == "POST" else None, setup=setup)
    if request.method == "POST" and form.is_valid():
        desk.set_channel(kind, values=form.values(), enabled=_enabled(kind), by=person(request))
        messages.success(request, gettext("Settings are saved."))
        _report(request, kind)
        return redirect("desk:channel", kind=kind)
    return _draw(
        request, kind, form, SendTestForm(None, kind=kind, user=person(request)), 422 if form.is_bound else 200
    )


def _report(request: HttpRequest, kind: str) -> None:
    """Say at once whether the provider answers to the new settings."""
    channel = registry.open_channel(kind, connect.setups()[kind].values)
    try:
        problems = channel.check()
    finally:
        channel.close()
    for problem in problems:
        messages.warning(request, problem)


def _setup(kind: str) -> connect.Setup:
    if kind not in registry.KINDS:
        raise Http404
    return connect.setups()[kind]


def _enabled(kind: str) -> bool | None:
    return ChannelSettings.objects.filter(pk=kind).values_list("enabled", flat=True).first()


def _draw(request: HttpRequest, kind: str, form: ChannelForm, test_form: SendTestForm, code: int) -> HttpResponse:
    card = next(one for one in status.cards() if one.kind == kind)
    trail = [(gettext("Channels"), reverse("desk:channels")), (card.label, None)]
    context = {
        "card": card,
        "form": form,
        "test_form": test_form,
        "webhook_url": incoming.webhook_address() if kind == "telegram" else "",
        "trail": trail,
    }
    return page(request, "channel.html", context, status=code)


@require_POST
@administrators
def switch(request: HttpRequest, kind: str) -> HttpResponse:
    """On or off; what waits for a channel that is off is kept until its time runs out."""
    _setup(kind)
    wanted = request.POST.get("on") == "1"
    desk.set_channel(kind, values=None, enabled=wanted, by=person(request))
    label = registry.LABELS[kind][0]
    text = gettext("%s is switched on.") if wanted else gettext("%s is switched off.")
    messages.success(request, text % label)
    return redirect("desk:channels")


@require_POST
@administrators
def test(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a real message through the real channel to a verified address, and say what the provider answered."""
    setup = _setup(kind)
    form = SendTestForm(request.POST, kind=kind, user=person(request))
    if not form.is_valid() or form.contact is None:
        return _draw(request, kind, ChannelForm(None, setup=setup), form, 422)
    failure = _send(kind, setup, form.contact)
    reason = failure.reason if failure else ""
    desk.tested(kind, masked=form.contact.masked, ok=failure is None, reason=reason, by=person(request))
    if failure is None:
        messages.success(request, gettext("The provider took the test message for %s.") % form.contact.masked)
    else:
        messages.error(request, _words(failure))
    return redirect("desk:channel", kind=kind)


def _send(kind: str, setup: connect.Setup, to: Contact) -> ChannelError | None:
    channel = registry.open_channel(kind, setup.values)
    try:
        channel.send(_message(to), lambda: None)
    except ChannelError as error:
        return error
    finally:
        channel.close()
    return None


def _message(to: Contact) -> Message:
    name = Installation.current().name
    text = gettext("%s: this is a test message. The channel works.") % name
    return Message(
        key=ids.new_id().hex, to=to.address, language=to.language, subject=gettext("Test message"), text=text
    )


def _words(failure: ChannelError) -> str:
    answer = f" ({failure.answer})" if failure.answer else ""
    return gettext("The test message was not taken. %s.") % (why.sentence(failure.reason) + answer)


@require_POST
@administrators
@step_up.proven
def webhook(request: HttpRequest, kind: str) -> HttpResponse:
    """Tell Telegram where to bring what people press and write."""
    setup = _setup(kind)
    if kind != "telegram":
        raise Http404
    channel = registry.open_channel(kind, setup.values)
    try:
        incoming.introduce(channel)
    except ChannelError as error:
        messages.error(request, _words(error))
    else:
        messages.success(request, gettext("Telegram knows the address now."))
    finally:
        channel.close()
    return redirect("desk:channel", kind=kind)
