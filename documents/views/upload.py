"""Upload: one file per request by script, or a whole form without it; each file has its own outcome."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person, staff_page
from accounts.models import Role, User
from docflow.common.errors import NotValid, Refused
from docflow.common.htmx import wants_fragment
from documents import intake, receiving, routing
from documents.forms import UploadForm
from documents.models import Document, DocumentType
from documents.receiving import ReceivedFile
from documents.states import STAGES, State
from documents.views import asked

CREATED = 201
CLIENTS_SHOWN = 50
UNDER_WAY = (State.CHECKING, State.PROCESSING)


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    size: int
    ok: bool
    stage: str = ""
    stage_label: str = ""
    url: str | None = None
    number: str = ""
    title: str = ""
    error: str = ""
    links: tuple[tuple[str, str], ...] = ()
    version_of: str = ""
    """The document that would take the refused file as its new version."""
    poll_url: str | None = None
    status: int = CREATED


@staff_page(Role.STAFF, Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The page; a file sent by script answers with its outcome alone, a plain form with the page and all outcomes."""
    if request.method != "POST":
        return _page(request, UploadForm(initial=_initial(request)))
    if too_large := receiving.oversized(request):
        return _answer_one(request, refused_outcome(_("The file"), 0, too_large))
    form = UploadForm(request.POST, request.FILES)
    files = [file for file in request.FILES.getlist("file") if isinstance(file, ReceivedFile)]
    if wants_fragment(request):
        return _answer_one(request, _take_one(request, form, files))
    if not form.is_valid() or not files:
        return _page(request, form, [_no_file()] if form.is_valid() else None, status=422)
    outcomes = sorted((_take(request, form, file) for file in files), key=lambda outcome: outcome.ok)
    if outcomes[0].ok:
        return _page(request, UploadForm(), outcomes)
    return _page(request, form, outcomes, status=outcomes[0].status)


upload.receives_files = True  # type: ignore[attr-defined]  # read by the upload handler


def _take_one(request: HttpRequest, form: UploadForm, files: list[ReceivedFile]) -> Outcome:
    if not files:
        return _no_file()
    if not form.is_valid():
        words = "; ".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items())
        return Outcome(files[0].name, files[0].size or 0, False, error=words, status=NotValid.status)
    return _take(request, form, files[0])


def _no_file() -> Outcome:
    return Outcome("", 0, False, error=_("Choose a file first."), status=NotValid.status)


def _take(request: HttpRequest, form: UploadForm, file: ReceivedFile) -> Outcome:
    try:
        made = _new_version(request, file) or intake.create(
            form.cleaned_data["type"], file, form.details(file.name), by=person(request)
        )
    except Refused as refused:
        return refused_outcome(file.name, file.size or 0, refused)
    return made_outcome(made, file.name, file.size or 0)


def _new_version(request: HttpRequest, file: ReceivedFile) -> Document | None:
    """The file put into the document that `version_of` names, after it was refused as a copy of that one."""
    document_id = asked.identity(request.POST.get("version_of", ""))
    if document_id is None:
        return None
    return intake.new_version(asked.document(document_id, person(request)), file, by=person(request))


def refused_outcome(name: str, size: int, refused: Refused) -> Outcome:
    """The sentence, and the ways out for a duplicate that the reader may see."""
    url = refused.extra.get("url")
    links = ((_("Open the document"), url),) if url else ()
    version_of = refused.extra["document"] if refused.extra.get("replaceable") else ""
    return Outcome(
        name, size, False, error=str(refused.message), links=links, version_of=version_of, status=refused.status
    )


def made_outcome(made: Document, name: str, size: int) -> Outcome:
    """Where the document stands; asked for again until the machine is done."""
    url = reverse("documents:document", args=[made.pk])
    waits = made.state in UNDER_WAY
    refused = made.state in (State.REJECTED, State.FAILED)
    return Outcome(
        name=name,
        size=size,
        ok=not refused,
        stage=str(made.state),
        stage_label="" if refused else _next(made),
        url=url,
        number=made.number,
        title=_title(made),
        error=made.versions.get(n=made.version).reason_text if refused else "",
        links=((_("Open the document"), url),) if refused else (),
        poll_url=reverse("documents:outcome", args=[made.pk]) if waits else None,
    )


def _title(made: Document) -> str:
    if made.version == 1:
        return str(made)
    return _("%(document)s, version %(n)s") % {"document": made, "n": made.version}


def _next(made: Document) -> str:
    """What happens to the document now, and who moves."""
    if made.state in UNDER_WAY:
        return _("It is checked and read now; this takes seconds.")
    if made.state in STAGES and made.route_at is not None:
        return _("Waiting for a decision: %(name)s.") % {"name": routing.names(made.route)[made.route_at]}
    if made.state == State.READY:
        return _("The client is being told.") if made.client_id else _("No client is named, so nobody is told.")
    return ""


def _answer_one(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    if not wants_fragment(request):
        return _page(request, UploadForm(), [outcome], status=outcome.status)
    return render(request, "documents/_upload_outcome.html", {"outcome": outcome}, status=outcome.status)


def _page(
    request: HttpRequest, form: UploadForm, results: list[Outcome] | None = None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "results": results,
        "limits": {kind.slug: _limits(kind) for kind in DocumentType.objects.filter(active=True)},
        "clients": _clients(""),
        "clients_url": reverse("documents:clients"),
    }
    return render(request, "documents/upload.html", context, status=status)


def _initial(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("client", "type") if name in request.GET}


def _limits(kind: DocumentType) -> dict[str, Any]:
    accepted = kind.allowed
    return {
        "max_bytes": kind.max_size,
        "formats": ", ".join(each.label for each in accepted),
        "required": kind.required,
        "accept": ",".join(f".{ending}" for each in accepted for ending in each.about.extensions),
    }


def _clients(words: str) -> list[tuple[str, str]]:
    rows = User.objects.filter(roles__contains=[Role.CLIENT], is_active=True).select_related("organisation")
    if words:
        rows = rows.filter(name__icontains=words.replace("\0", ""))
    return [(row.email, _client_label(row)) for row in rows.order_by("name")[:CLIENTS_SHOWN]]


def _client_label(client: User) -> str:
    return f"{client.name}, {client.organisation.name}" if client.organisation else client.name


@staff_page(Role.STAFF, Role.ADMINISTRATOR)
@require_safe
def clients(request: HttpRequest) -> HttpResponse:
    """Options for the client field, by words of a name."""
    return render(
        request, "documents/_client_options.html", {"clients": _clients(request.GET.get("client", "").strip()[:100])}
    )


@staff_page()
@require_safe
def outcome(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Where an uploaded document stands now."""
    found = asked.document(document_id, person(request))
    version = found.versions.get(n=found.version)
    shown = made_outcome(found, version.original_name, version.size)
    return render(request, "documents/_upload_outcome.html", {"outcome": shown})
