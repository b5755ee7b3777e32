"""Texts per action, channel and language; a version never changes once written."""

from django.conf import settings
from django.db import models

from docflow.common import ids


class Template(models.Model):
    """The place of a text; `current` is the version that new messages pin."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    action = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    current = models.ForeignKey(
        "notifications.TemplateVersion", on_delete=models.PROTECT, null=True, related_name="current_of"
    )

    class Meta:
        ordering = ["action", "channel", "language"]
        constraints = [models.UniqueConstraint(fields=["action", "channel", "language"], name="template_place")]

    def __str__(self) -> str:
        return f"{self.action} · {self.channel} · {self.language}"


class TemplateVersion(models.Model):
    """`buttons` is a list of rows of {"label", "url" | "act"}; label and url are templates too."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.TextField(blank=True, default="")
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    buttons = models.JSONField(default=list, blank=True)
    seeded = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template} · {self.number}"
