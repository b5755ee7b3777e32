"""Documents for programs: the same use cases and words as the pages."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import Json
from accounts.idempotency import KEY, once
from accounts.models import ApiKey
from docflow.common.errors import NotFound, NotValid
from documents import editing, intake, lifecycle, permissions, queries, receiving, serving, snippets
from documents.forms import DetailsForm
from documents.models import Document
from documents.queries import Filter
from documents.receiving import ReceivedFile
from documents.serializers import (
    ChangeSerializer,
    DocumentSerializer,
    FoundSerializer,
    ListedSerializer,
    NewDocumentSerializer,
    NewVersionSerializer,
    PageSerializer,
    ReasonedSerializer,
    WordsSerializer,
    with_version,
    with_versions,
)

Move = Callable[..., Document]


def caller(request: Request) -> ApiKey:
    """The key that asks; the permission class has let nobody else through."""
    return cast("ApiKey", request.auth)


def visible(document_id: UUID, by: ApiKey) -> Document:
    """The document, with all that the answer needs. Raises NotFound, as if there were none."""
    found = with_versions(queries.visible_to(by)).filter(pk=document_id).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    return found


def answer(document: Document, by: ApiKey, *, status: int = 200) -> Response:
    """The document as it is now."""
    return Response(DocumentSerializer(visible(document.pk, by)).data, status=status)


class Uploading(APIView):
    """A view that takes a file: what is too large is refused before it is read."""

    receives_files = True
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and (too_large := receiving.oversized(request._request)):
            raise too_large


def file_of(request: Request) -> ReceivedFile:
    """The file of the request. Raises NotValid when there is none."""
    upload = request.FILES.get("file")
    if not isinstance(upload, ReceivedFile):
        raise NotValid(_("Send the document in the field “file”."), field="file", code="required")
    return upload


class Documents(Uploading):
    """All documents that the key's person may see; new ones."""

    scopes = {"GET": permissions.READ, "POST": permissions.WRITE}

    @extend_schema(operation_id="documents_list", parameters=[ListedSerializer], responses=PageSerializer)
    def get(self, request: Request) -> Response:
        """Newest first; `next` of one page is `after` of the following."""
        asked = ListedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        wanted = Filter(
            q=given.get("q", ""),
            states=(given["state"],) if "state" in given else (),
            type=given.get("type", ""),
            after=given.get("after"),
        )
        page = queries.page(caller(request), wanted, size=given["limit"], rows=with_versions(Document.objects.all()))
        readable = [row.pk for row in page.rows if permissions.may_read_pages(caller(request), row)]
        why = snippets.of(readable, wanted.q) if wanted.q.strip() and readable else {}
        rows = [FoundSerializer(row, context={"snippets": why}).data for row in page.rows]
        return Response({"results": rows, "next": str(page.next) if page.next else None})

    @extend_schema(
        operation_id="documents_create",
        parameters=[KEY],
        request={"multipart/form-data": NewDocumentSerializer},
        responses={201: DocumentSerializer},
    )
    @once
    def post(self, request: Request) -> Response:
        """Upload; processing starts by itself."""
        upload, form = file_of(request), DetailsForm(request.POST)
        if not form.is_valid():
            raise ValidationError(_problems(form))
        made = intake.create(form.cleaned_data["type"], upload, form.details(upload.name), by=caller(request))
        return Response(DocumentSerializer(with_version(made)).data, status=201)


def _problems(form: DetailsForm) -> dict[str, list[ErrorDetail]]:
    return {
        name: [ErrorDetail(str(error.messages[0]), code=error.code or "invalid") for error in errors.as_data()]
        for name, errors in form.errors.items()
    }


class OneDocument(APIView):
    """One document."""

    parser_classes = [Json]
    scopes = {"GET": permissions.READ, "PATCH": permissions.WRITE}

    @extend_schema(operation_id="documents_read", responses=DocumentSerializer)
    def get(self, request: Request, document_id: UUID) -> Response:
        """Where it stands now."""
        return Response(DocumentSerializer(visible(document_id, caller(request))).data)

    @extend_schema(
        operation_id="documents_change", parameters=[KEY], request=ChangeSerializer, responses=DocumentSerializer
    )
    @once
    def patch(self, request: Request, document_id: UUID) -> Response:
        """Correct the details; the state stays. 409 once receipt is confirmed or it is in the archive."""
        asked = ChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = visible(document_id, caller(request))
        editing.change(found, by=caller(request), values=asked.validated_data)
        return answer(found, caller(request))


class Original(APIView):
    """The file itself."""

    scopes = {"GET": permissions.READ}

    @extend_schema(operation_id="documents_file", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: UUID) -> HttpResponseBase:
        """The current version as it was received; ranges are answered."""
        found = visible(document_id, caller(request))
        if not permissions.may_download(caller(request), found):
            raise NotFound(_("There is no such document."))
        return serving.original(request._request, found.versions.get(n=found.version))


class Versions(Uploading):
    """New files of a document."""

    scopes = {"POST": permissions.WRITE}

    @extend_schema(
        operation_id="documents_new_version",
        parameters=[KEY],
        request={"multipart/form-data": NewVersionSerializer},
        responses={201: DocumentSerializer},
    )
    @once
    def post(self, request: Request, document_id: UUID) -> Response:
        """Replace the file; checking starts by itself."""
        found, upload = visible(document_id, caller(request)), file_of(request)
        words = WordsSerializer(data={"comment": request.POST.get("comment", "")})
        words.is_valid(raise_exception=True)
        fresh = intake.new_version(found, upload, by=caller(request), comment=words.validated_data["comment"])
        return answer(fresh, caller(request), status=201)


class Act(APIView):
    """An act on one document: approve, return, recall, retry, archive."""

    parser_classes = [Json, MultiPartParser]
    move: Move
    wants_words = True

    @extend_schema(parameters=[KEY], request=WordsSerializer, responses=DocumentSerializer)
    @once
    def post(self, request: Request, document_id: UUID) -> Response:
        """The document as it is afterwards; 409 when it has moved meanwhile."""
        words = WordsSerializer(data=request.data)
        words.is_valid(raise_exception=True)
        found = visible(document_id, caller(request))
        if words.validated_data.get("version", found.version) != found.version:
            raise lifecycle.changed_meanwhile(found)
        said = {"comment": words.validated_data["comment"]} if self.wants_words else {}
        return answer(type(self).move(found, by=caller(request), **said), caller(request))


class Approve(Act):
    scopes = {"POST": permissions.APPROVE}
    move = lifecycle.confirm


@extend_schema_view(post=extend_schema(request=ReasonedSerializer))
class Return(Act):
    scopes = {"POST": permissions.APPROVE}
    move = lifecycle.send_back


@extend_schema_view(post=extend_schema(request=ReasonedSerializer))
class Recall(Act):
    scopes = {"POST": permissions.WRITE}
    move = lifecycle.recall


class Retry(Act):
    scopes = {"POST": permissions.WRITE}
    move = lifecycle.retry
    wants_words = False


class Archive(Act):
    scopes = {"POST": permissions.WRITE}
    move = lifecycle.archive
    wants_words = False
