"""Rules set up by the administrator: on what event, under which conditions, who is told how."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext, pgettext_lazy

from docflow.common import ids
from notifications.states import Lane


class Trigger(models.Model):
    """One rule. `recipients` are words: client, author, acting, role:approver, group:<id>, user:<id>, contact:<id>."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("trigger", "Draft")
        SHADOW = "shadow", pgettext_lazy("trigger", "Shadow: records, sends nothing")
        ON = "on", pgettext_lazy("trigger", "On")

    class Mode(models.TextChoices):
        ALL = "all", pgettext_lazy("trigger", "All channels at once")
        FIRST = "first", pgettext_lazy("trigger", "The first that works, in this order")

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key = models.CharField(max_length=40, unique=True, null=True, editable=False)  # noqa: DJ001 - unique where set
    name = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    conditions = models.JSONField(default=list, blank=True)
    recipients = ArrayField(models.CharField(max_length=60), default=list)
    channels = ArrayField(models.CharField(max_length=20), default=list)
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.ALL)
    delay = models.PositiveIntegerField(default=0)
    lane = models.CharField(max_length=6, choices=Lane, default=Lane.NORMAL)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    mandatory = models.BooleanField(default=False)
    once = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=100)
    revision = models.PositiveIntegerField(default=1)
    rehearsed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "created_at"]
        indexes = [models.Index(fields=["action", "state"], name="trigger_by_action")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["draft", "shadow", "on"]), name="trigger_state"),
            models.CheckConstraint(condition=models.Q(lane__in=Lane.values), name="trigger_lane"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name as people read it; seeded triggers speak both languages until renamed."""
        return gettext(self.name) if self.key else self.name


class TriggerRevision(models.Model):
    """What a trigger said before and after each change."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["trigger", "number"], name="trigger_revision_once")]

    def __str__(self) -> str:
        return f"{self.trigger} {self.number}"
