"""What we know of providers: settings, health, and what they called us back about."""

import json

from django.db import models
from django.db.models import Q

from docflow.common import crypto, ids


class ChannelSettings(models.Model):
    """What the administrator set for a channel; it wins over the environment. `enabled` null: on when configured."""

    kind = models.CharField(max_length=20, primary_key=True)
    enabled = models.BooleanField(null=True)
    values_sealed = models.BinaryField(default=b"")
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    values_json = crypto.sealed("values_sealed")

    def __str__(self) -> str:
        return self.kind

    @property
    def values(self) -> dict[str, str]:
        """The settings by field name; sealed as a whole."""
        return dict(json.loads(self.values_json or "{}"))

    @values.setter
    def values(self, values: dict[str, str]) -> None:
        self.values_json = json.dumps(values, ensure_ascii=False)


class ProviderState(models.Model):
    """Health of a channel's provider, shared by all processes: the breaker and the last words heard."""

    channel = models.CharField(max_length=20, primary_key=True)
    open_until = models.DateTimeField(null=True)
    backoff = models.PositiveIntegerField(default=0)
    pause_reason = models.CharField(max_length=60, blank=True, default="")
    last_ok_at = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=60, blank=True, default="")
    last_answer = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return self.channel


class Receipt(models.Model):
    """A provider's word on a message, kept as it came and matched when its delivery is known."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    provider = models.CharField(max_length=20)
    event_key = models.CharField(max_length=200)
    provider_ref = models.CharField(max_length=200)
    status = models.CharField(max_length=20)
    code = models.CharField(max_length=20, blank=True, default="")
    raw = models.JSONField(default=dict)
    delivery_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_key"], name="receipt_once")]
        indexes = [
            models.Index(fields=["received_at"], name="receipt_unmatched", condition=Q(applied_at__isnull=True)),
            models.Index(fields=["delivery_id"], name="receipt_by_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"


class IncomingUpdate(models.Model):
    """One update pushed to us by a messenger; the id makes a repeated push harmless."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    provider = models.CharField(max_length=20)
    update_id = models.BigIntegerField()
    raw = models.JSONField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "update_id"], name="incoming_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.update_id}"
