"""A person's own profile and addresses."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import contacts, people, step_up
from accounts.access import person, signed_in
from accounts.forms import AddContact, Code, Profile
from accounts.models import Contact
from accounts.models.contact import Kind
from accounts.views import show
from docflow.common.errors import Gone, NotValid, Refused


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone, appearance."""
    user = person(request)
    initial = {name: getattr(user, name) for name in Profile.base_fields}
    form = Profile(request.POST or None, initial=initial)
    if form.is_valid():
        people.change(user, by=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", {"form": form, "section": "profile"}, status=status)


@signed_in
@require_http_methods(["GET", "POST"])
@step_up.proven
def addresses(request: HttpRequest) -> HttpResponse:
    """Where the person is reached; adding an address by POST leads on to verifying it."""
    user = person(request)
    form = AddContact(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            contact = contacts.add(user, form.cleaned_data["kind"], form.cleaned_data["address"], by=user)
        except NotValid as refused:
            form.add_error("address", str(refused.message))
        else:
            return redirect("accounts:address", contact.pk)
    return render(request, "accounts/contacts.html", _addresses(request, form), status=status)


def _addresses(request: HttpRequest, form: AddContact) -> dict[str, Any]:
    rows = list(person(request).contacts.select_related("user"))
    bot = contacts.telegram_bot_name()
    linked = any(row.kind == Kind.TELEGRAM for row in rows)
    return {"contacts": rows, "form": form, "section": "contacts", "offer_telegram": bool(bot) and not linked}


@signed_in
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Verify one address: type the code that was sent there."""
    contact = _own(request, contact_id)
    form = Code(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _check_code(request, contact, form.cleaned_data["code"])
        except (NotValid, Gone) as refused:
            status = show(form, refused)
        else:
            messages.success(request, _("The address is verified."))
            return redirect("accounts:addresses")
    sent = bool(request.session.get(_key(contact)))
    return render(request, "accounts/contact.html", {"contact": contact, "form": form, "sent": sent}, status=status)


@signed_in
@require_POST
def send_code(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Send a code to the address."""
    contact = _own(request, contact_id)
    try:
        request.session[_key(contact)] = str(contacts.ask_code(contact, by=person(request)).pk)
    except Refused as refused:
        messages.warning(request, str(refused.message))
    return redirect("accounts:address", contact.pk)


@signed_in
@require_POST
@step_up.proven
def remove_address(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Forget the address."""
    try:
        contacts.remove(_own(request, contact_id), by=person(request))
    except Refused as refused:
        messages.warning(request, str(refused.message))
    return redirect("accounts:addresses")


@signed_in
@require_POST
@step_up.proven
def telegram(request: HttpRequest) -> HttpResponse:
    """A page with the link into our bot's chat."""
    link = contacts.telegram_link(person(request))
    return render(request, "accounts/telegram.html", {"link": link}) if link else redirect("accounts:addresses")


def _own(request: HttpRequest, contact_id: UUID) -> Contact:
    return get_object_or_404(Contact.objects.select_related("user"), pk=contact_id, user=person(request))


def _check_code(request: HttpRequest, contact: Contact, typed: str) -> None:
    code_id = request.session.get(_key(contact))
    if code_id is None:
        raise Gone(_("Ask for a code first."), code="code_dead")
    contacts.verify_by_code(contact, UUID(code_id), typed, by=person(request))
    del request.session[_key(contact)]


def _key(contact: Contact) -> str:
    return f"code:{contact.pk}"
