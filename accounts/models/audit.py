"""The journal: one row for one fact, never changed, sealed in separate rows."""

from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from docflow.common import ids


class AuditEntry(models.Model):
    """Who did what to which thing, when. The running product may only insert and read these rows."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    at = models.DateTimeField(_("when"), db_default=Now())
    action = models.CharField(_("what"), max_length=64)
    subject_kind = models.CharField(_("kind of thing"), max_length=32)
    subject_id = models.UUIDField(_("thing"))
    version = models.PositiveIntegerField(null=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=8)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(_("who"), max_length=200)
    data = models.JSONField(default=dict)
    participants = models.JSONField(default=dict)
    xid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", []), editable=False)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["actor_kind", "actor_id"], name="audit_by_actor"),
            models.Index(Upper("actor_name"), name="audit_by_name_of_actor"),
            models.Index(fields=["xid", "id"], name="audit_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} UTC, {self.actor_name}"


class AuditSeal(models.Model):
    """One link of the hash chain over the journal (see accounts.seals)."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    hash = models.BinaryField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("journal seal")
        verbose_name_plural = _("journal seals")
        ordering = ["seq"]

    def __str__(self) -> str:
        return str(self.seq)
