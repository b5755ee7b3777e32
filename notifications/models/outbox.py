"""What happened and has still to be told, and why each person considered was or was not told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from docflow.common import ids


class OutboxEvent(models.Model):
    """One notifiable journal entry, written in the transaction of the entry itself, which nobody can delete."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    entry = models.OneToOneField(
        "accounts.AuditEntry", on_delete=models.PROTECT, related_name="outbox", db_constraint=False
    )
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    version = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)
    failures = models.SmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="outbox_waiting", condition=Q(planned_at__isnull=True)),
            models.Index(fields=["subject_kind", "subject_id"], name="outbox_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"


class Decision(models.Model):
    """Why this person was told on this channel, or why not: one row per person and channel considered."""

    class Verdict(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SHADOW = "shadow", _("Would have been sent")
        MERGED = "merged", _("Joined with another message")
        NEXT = "next", _("Kept in reserve")
        DUPLICATE = "duplicate", _("Already told")
        CONDITIONS = "conditions", _("Conditions not met")
        NOBODY = "nobody", _("Nobody to tell")
        NO_CONTACT = "no_contact", _("No address")
        UNVERIFIED = "unverified", _("Address not verified")
        UNHEALTHY = "unhealthy", _("Address out of order")
        NO_CHANNEL = "no_channel", _("Channel is off")
        NO_TEMPLATE = "no_template", _("No template")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="decisions")
    trigger = models.ForeignKey(
        "notifications.Trigger", on_delete=models.SET_NULL, null=True, related_name="decisions", db_index=False
    )
    revision = models.IntegerField()
    notification = models.ForeignKey(
        "notifications.Notification", on_delete=models.CASCADE, null=True, related_name="decisions"
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, null=True, related_name="decisions")
    contact = models.ForeignKey("accounts.Contact", on_delete=models.SET_NULL, null=True, related_name="decisions")
    recipient = models.CharField(max_length=60, blank=True, default="")
    channel = models.CharField(max_length=20, blank=True, default="")
    verdict = models.CharField(max_length=12, choices=Verdict)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["trigger", "-at"], name="decision_by_trigger")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.channel}"
