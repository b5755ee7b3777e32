"""Clients as staff see them: the list, one client, a new one, and what is done about their addresses."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import contacts, people, permissions, queries, subjects
from accounts.access import person, staff_page
from accounts.forms import AddContact, NewClient, Reason
from accounts.models import Contact, Organisation, Role, User
from accounts.models.contact import Kind
from accounts.views import show
from docflow.common.errors import NotPossible, NotValid

SEES = (Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)
CHANGES = (Role.STAFF, Role.ADMINISTRATOR)


@staff_page(*SEES)
def clients(request: HttpRequest) -> HttpResponse:
    """All clients by name; found by a whole address or number, or by the beginning of the name."""
    by = person(request)
    typed = request.GET.get("q", "")[:200]
    page = queries.page(queries.search(queries.clients(by), typed), request.GET.get("after", ""))
    context = {"rows": page.rows, "after": page.after, "q": typed, "may_change": permissions.may_change_clients(by)}
    return render(request, "accounts/clients.html", context)


@staff_page(*CHANGES)
@require_http_methods(["GET", "POST"])
def new_client(request: HttpRequest) -> HttpResponse:
    """A client with the addresses known so far; inviting comes next, on the client's page."""
    form = NewClient(request.POST or None, initial={"language": "ru", "time_zone": person(request).time_zone})
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            user = _make(form, person(request))
        except NotValid as refused:
            status = show(form, refused)
        else:
            return redirect("accounts:client", user.pk)
    return render(request, "accounts/new_client.html", {"form": form}, status=status)


def _make(form: NewClient, by: User) -> User:
    typed = dict(form.cleaned_data)
    name = typed.pop("organisation")
    company = Organisation.objects.get_or_create(name=name)[0] if name else None
    return people.add(typed.pop("email"), roles=[Role.CLIENT], by=by, organisation=company, **typed)


@staff_page(*SEES)
def client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One client: who, where reached and whether it works, and what other apps show of him."""
    return render(request, "accounts/client.html", _client_page(request, _client(request, client_id)))


def _client_page(request: HttpRequest, user: User, form: AddContact | None = None) -> dict[str, Any]:
    by = person(request)
    shown = subjects.panels("client_documents", "user", [user.pk], by).get(user.pk)
    return {
        "client": user,
        "contacts": [_row(one) for one in user.contacts.select_related("user")],
        "form": form or AddContact(),
        "joined": user.has_usable_password(),
        "may_change": permissions.may_change_clients(by),
        "panel": shown,
    }


def _row(contact: Contact) -> dict[str, Any]:
    return {"contact": contact, "signs_in": contacts.signs_in(contact), "is_email": contact.kind == Kind.EMAIL}


@staff_page(*CHANGES)
@require_POST
def invite(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Send the invitation, or send it again."""
    user = _client(request, client_id)
    return _done(request, user, lambda: people.invite(user, by=person(request)), _("The invitation is on its way."))


@staff_page(*CHANGES)
@require_POST
def add_contact(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One more address of the client."""
    user = _client(request, client_id)
    form = AddContact(request.POST)
    if form.is_valid():
        try:
            contacts.add(user, form.cleaned_data["kind"], form.cleaned_data["address"], by=person(request))
        except NotValid as refused:
            form.add_error("address", str(refused.message))
        else:
            return redirect("accounts:client", user.pk)
    return render(request, "accounts/client.html", _client_page(request, user, form), status=422)


@staff_page(*CHANGES)
@require_POST
def contact_act(request: HttpRequest, client_id: UUID, contact_id: UUID, act: str) -> HttpResponse:
    """Vouch for an address, send the proving link, suspend, restore or remove it."""
    user, by = _client(request, client_id), person(request)
    contact = get_object_or_404(user.contacts.select_related("user"), pk=contact_id)
    form = Reason(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    typed = {"ru": reason, "en": reason}  # one person's words, for everybody
    acts = {
        "verify": (lambda: contacts.verify_by_staff(contact, reason, by=by), _("The address is verified.")),
        "link": (lambda: contacts.send_link(contact, by=by), _("A link to confirm the address is on its way.")),
        "suspend": (lambda: contacts.suspend(contact, typed, by=by), _("Nothing will be sent there for now.")),
        "restore": (lambda: contacts.restore(contact, by=by), _("Messages will be sent there again.")),
        "remove": (lambda: contacts.remove(contact, by=by), _("The address is removed.")),
    }
    run, said = acts[act]
    return _done(request, user, run, said)


def _done(request: HttpRequest, user: User, run: Any, said: str) -> HttpResponse:
    try:
        run()
    except (NotPossible, NotValid) as refused:
        messages.warning(request, str(refused.message))
    else:
        messages.success(request, said)
    return redirect("accounts:client", user.pk)


def _client(request: HttpRequest, client_id: UUID) -> User:
    return get_object_or_404(queries.clients(person(request)).select_related("organisation"), pk=client_id)
