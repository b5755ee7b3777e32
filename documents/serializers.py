"""What programs read and write of documents; every field is named here."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import F, Prefetch, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from documents.forms import as_read, moment
from documents.models import Document, DocumentVersion, Priority
from documents.parsing import Finding
from documents.states import State

LONGEST_COMMENT = 4000


class PersonSerializer(serializers.Serializer[Any]):
    """A person, without addresses."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a file was not accepted, or why processing stopped."""

    code = serializers.CharField()
    detail = serializers.CharField()


class DocumentSerializer(serializers.Serializer[Document]):
    """A document as it is now, with what is known of its current version."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    state_name = serializers.CharField(source="get_state_display")
    version = serializers.IntegerField()
    type = serializers.CharField(source="type.slug")
    title = serializers.CharField()
    number = serializers.CharField()
    client = PersonSerializer(allow_null=True)
    author = PersonSerializer()
    priority = serializers.ChoiceField(choices=Priority.choices)
    purpose = serializers.CharField()
    due = serializers.DateTimeField(source="due_at", allow_null=True)
    created_at = serializers.DateTimeField()
    state_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    pages = serializers.SerializerMethodField()
    sha256 = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField(
        help_text="What the original does by itself when it is opened: scripts, sends, files, outside."
    )
    url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_pages(self, document: Document) -> int | None:
        return current(document).pages

    @extend_schema_field(serializers.CharField())
    def get_sha256(self, document: Document) -> str:
        return current(document).sha256

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, document: Document) -> dict[str, str] | None:
        version = current(document)
        return {"code": version.reason["code"], "detail": version.reason_text} if version.reason else None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=[each.value for each in Finding])))
    def get_findings(self, document: Document) -> list[str]:
        return list(current(document).findings)

    @extend_schema_field(serializers.URLField())
    def get_url(self, document: Document) -> str:
        return f"{settings.BASE_URL}{reverse('documents:document', args=[document.pk])}"


def with_versions(rows: QuerySet[Document]) -> QuerySet[Document]:
    """All that the serializer reads, in a constant number of queries."""
    return rows.select_related("type", "client", "author").prefetch_related(_current_versions())


def with_version(document: Document) -> Document:
    """The same for one in hand whose type and people are known."""
    prefetch_related_objects([document], _current_versions())
    return document


def _current_versions() -> "Prefetch[str]":
    now = DocumentVersion.objects.filter(n=F("document__version"))
    return Prefetch("versions", queryset=now, to_attr="current_versions")


def current(document: Document) -> DocumentVersion:
    """The version prefetched by `with_versions`."""
    found: DocumentVersion = document.current_versions[0]  # type: ignore[attr-defined]  # set by the prefetch
    return found


class PieceSerializer(serializers.Serializer[Any]):
    """A piece of the text around the words that were looked for."""

    text = serializers.CharField()
    hit = serializers.BooleanField(help_text="Whether it is what was looked for.")


class FoundSerializer(DocumentSerializer):
    """A line of a list; with `q` also the words around the first hit, if the text has one near its beginning."""

    snippet = serializers.SerializerMethodField()

    @extend_schema_field(PieceSerializer(many=True, allow_null=True))
    def get_snippet(self, document: Document) -> list[dict[str, Any]] | None:
        pieces = self.context["snippets"].get(document.pk)
        return [{"text": text, "hit": hit} for text, hit in pieces] if pieces else None


class PageSerializer(serializers.Serializer[Any]):
    """One page of a list; `next` goes into `after`."""

    results = FoundSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ListedSerializer(serializers.Serializer[Any]):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    q = serializers.CharField(required=False, allow_blank=True, max_length=200)
    type = serializers.SlugField(required=False)
    after = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=50)


class NewDocumentSerializer(serializers.Serializer[Any]):
    """A new document (for the description; the form of the upload page does the checking)."""

    file = serializers.FileField(help_text="The document itself.")
    type = serializers.SlugField(help_text="Short name of the document type.")
    title = serializers.CharField(required=False, max_length=200, help_text="Without it, the name of the file.")
    client = serializers.CharField(required=False, help_text="Id or e-mail address of the client.")
    number = serializers.CharField(required=False, max_length=50)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    purpose = serializers.CharField(required=False, max_length=100)
    due = serializers.CharField(required=False, help_text="2026-11-30 or 2026-11-30T18:00+05:00")


@extend_schema_serializer(extensions={"x-closed": True})
class ChangeSerializer(serializers.Serializer[Any]):
    """Corrected details; what is not named stays."""

    title = serializers.CharField(required=False, max_length=200)
    number = serializers.CharField(required=False, allow_blank=True, max_length=50)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=100)
    due = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=40, help_text="null or “” takes it away"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only what can be changed; the due date as a moment, under the name it is kept by."""
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError(dict.fromkeys(unknown, _("This cannot be changed here.")))
        attrs |= {name: as_read(attrs[name]) for name in ("title", "number", "purpose") if name in attrs}
        if attrs.get("title") == "":
            raise serializers.ValidationError({"title": _("Write a title.")})
        if "due" in attrs:
            attrs["due_at"] = _due(attrs.pop("due") or "")
        return attrs


def _due(text: str) -> datetime | None:
    try:
        return moment(text)
    except DjangoValidationError as error:
        raise serializers.ValidationError({"due": error.messages}) from error


class NewVersionSerializer(serializers.Serializer[Any]):
    """A file that replaces the current one."""

    file = serializers.FileField()
    comment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_COMMENT)


class WordsSerializer(serializers.Serializer[Any]):
    """What is said with an act; `version` guards against acting on a file one has not seen."""

    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_COMMENT, default="", trim_whitespace=True
    )
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class ReasonedSerializer(WordsSerializer):
    """The words of an act that must give its reason (for the description; the use case asks for it)."""

    comment = serializers.CharField(max_length=LONGEST_COMMENT, help_text="Why.")
