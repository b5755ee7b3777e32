"""Work on a document: tasks for people, steps for the machine."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from docflow.common import clock, ids
from documents.models.document import Document
from documents.models.types import StepKind
from documents.models.version import DocumentVersion


class Task(models.Model):
    """A decision asked of one person, a group or a role, at one step of the route."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CONFIRMED = "confirmed", _("Approved")
        RETURNED = "returned", _("Sent back")
        WITHDRAWN = "withdrawn", _("No longer needed")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="tasks")
    version = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=StepKind)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    group = models.ForeignKey("accounts.Group", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    due_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "position"], condition=models.Q(status="open"), name="one_open_task_per_step"
            )
        ]
        indexes = [
            models.Index(fields=["user", "id"], condition=models.Q(status="open"), name="open_task_by_user"),
            models.Index(fields=["group", "id"], condition=models.Q(status="open"), name="open_task_by_group"),
            models.Index(fields=["role", "id"], condition=models.Q(status="open"), name="open_task_by_role"),
            models.Index(fields=["closed_by", "id"], name="task_by_who_closed"),
            models.Index(fields=["role", "document"], condition=~models.Q(role=""), name="task_by_role"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class Step(models.Model):
    """One piece of machine work on a version, claimed under a lease and closed only by who holds it."""

    class Kind(models.TextChoices):
        CHECK = "check", _("Checking the file")
        TEXT = "text", _("Reading the text")
        PICTURES = "pictures", _("Making page pictures")

    class Outcome(models.TextChoices):
        OK = "ok", _("Done")
        REFUSED = "refused", _("Refused")
        PARKED = "parked", _("Stopped")
        WITHDRAWN = "withdrawn", _("No longer needed")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=20, choices=Kind)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    owner = models.UUIDField(null=True)
    attempt_no = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("processing step")
        verbose_name_plural = _("processing steps")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="one_step_per_kind")]
        indexes = [models.Index(fields=["due_at", "id"], condition=models.Q(outcome=""), name="step_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.attempt_no})"
