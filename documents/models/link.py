"""Protected links: one version for one contact, and every opening on record."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from docflow.common import clock, ids
from documents.models.document import Document
from documents.models.types import LinkAccess
from documents.models.version import DocumentVersion


class Link(models.Model):
    """A way to one version for the holder of one contact; its code is recomputed, only the hash is kept.

    Documents and versions are never deleted, so the database is spared looking for them whenever a message gets a link.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links", db_constraint=False)
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.CASCADE, related_name="links", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="document_links")
    code_hash = models.CharField(max_length=64)
    access = models.CharField(max_length=10, choices=LinkAccess)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.CharField(max_length=20, blank=True)
    opened = models.PositiveIntegerField(default=0)
    first_opened_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code_hash__regex="^[0-9a-f]{64}$"), name="link_has_code"),
            models.UniqueConstraint(fields=["code_hash"], name="link_code_once"),
            models.UniqueConstraint(
                fields=["version", "contact"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_live_link_per_contact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} → {self.contact_id}"

    def has_expired(self, at: datetime) -> bool:
        return self.expires_at <= at

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None


class LinkOpening(models.Model):
    """Once the holder of a link opened the page or took the file."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        DOWNLOADED = "downloaded", _("Downloaded")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="openings")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(default=clock.now)
    device = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
