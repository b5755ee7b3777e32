"""Correcting the details of a document."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import person, staff_page
from docflow.common.errors import NotAllowed, Refused
from documents import editing, permissions
from documents.forms import BROWSER_MOMENT, ChangeForm
from documents.models import Document
from documents.views import asked

UNREADABLE = 422


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The form; a refusal shows it again with what was typed."""
    found = asked.document(document_id, person(request))
    if not permissions.may_manage(person(request), found):
        raise NotAllowed(_("You have no right to do this with the document."))
    form = ChangeForm(request.POST or None, initial=_initial(found))
    if not form.is_bound:
        return _page(request, found, form)
    if not form.is_valid():
        return _page(request, found, form, status=UNREADABLE)
    try:
        editing.change(found, by=person(request), values=_changed(form), seen=request.POST.get("seen", ""))
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        return _page(request, asked.document(document_id, person(request)), form, status=refused.status)
    messages.success(request, _("The details are saved."))
    return redirect("documents:document", document_id)


def _initial(found: Document) -> dict[str, str]:
    due = localtime(found.due_at).strftime(BROWSER_MOMENT) if found.due_at else ""
    kept = {name: getattr(found, name) for name in ("title", "number", "priority", "purpose")}
    return kept | {"due": due}


def _changed(form: ChangeForm) -> dict[str, object]:
    names = {"due": "due_at"}
    return {names.get(name, name): form.cleaned_data[name] for name in form.changed_data}


def _page(request: HttpRequest, found: Document, form: ChangeForm, *, status: int = 200) -> HttpResponse:
    context = {"document": found, "form": form, "seen": editing.mark(found)}
    return render(request, "documents/change.html", context, status=status)
