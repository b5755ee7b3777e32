"""One file of a document: where it lies sealed, what was found in it, its page pictures and its text."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from docflow.common import clock, ids
from documents import receiving
from documents.models.document import Document


class DocumentVersion(models.Model):
    """A file as it was received; never changed afterwards, only read."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    n = models.PositiveIntegerField()
    original_name = models.CharField(_("file name"), max_length=255)
    format = models.CharField(_("format"), max_length=10)
    size = models.PositiveBigIntegerField(_("size, bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    stored_name = models.CharField(max_length=100, unique=True)
    wrapped_key = models.BinaryField(editable=False)
    pages = models.PositiveIntegerField(_("pages"), null=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.JSONField(default=dict, blank=True)
    findings = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["document", "-n"]
        constraints = [models.UniqueConstraint(fields=["document", "n"], name="one_version_per_number")]
        indexes = [models.Index(fields=["sha256"], name="version_by_fingerprint")]

    def __str__(self) -> str:
        return f"{self.original_name} ({self.n})"

    @property
    def fingerprint(self) -> str:
        """The fingerprint short enough to compare by eye."""
        return short_fingerprint(self.sha256)

    @property
    def place(self) -> str:
        """What all files of this version are sealed for."""
        return receiving.place(self.pk)

    @property
    def reason_text(self) -> str:
        """Why the file was not accepted, in the reader's language."""
        return str(self.reason.get((get_language() or "en")[:2], self.reason.get("en", "")))


def short_fingerprint(sha256: str) -> str:
    """Its beginning and end."""
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-4:]}"


class PagePicture(models.Model):
    """A page as pictures made by us, each sealed with the version's key."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="pictures")
    n = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    stored_name = models.CharField(max_length=100)
    thumb_width = models.PositiveIntegerField()
    thumb_height = models.PositiveIntegerField()
    thumb_stored_name = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("page picture")
        verbose_name_plural = _("page pictures")
        ordering = ["version", "n"]
        constraints = [models.UniqueConstraint(fields=["version", "n"], name="one_picture_per_page")]
        indexes = [  # the sweep for files without a row asks for beginnings of names
            models.Index(fields=["stored_name"], opclasses=["varchar_pattern_ops"], name="picture_by_file"),
            models.Index(fields=["thumb_stored_name"], opclasses=["varchar_pattern_ops"], name="picture_by_small_file"),
        ]

    def __str__(self) -> str:
        return str(self.n)


class DocumentText(models.Model):
    """What search reads of a document: the text of its current version and the vector made from it."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="text")
    version = models.PositiveIntegerField(default=1)
    text = models.TextField(blank=True)
    vector: Any = SearchVectorField(null=True)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        indexes = [GinIndex(fields=["vector"], name="document_text_search", fastupdate=False)]

    def __str__(self) -> str:
        return self.text[:60]
