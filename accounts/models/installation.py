"""What this installation is called, and answers kept so that a repeated write has one effect."""

import time
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from docflow.common import ids
from docflow.common.words import in_language

FRESH = 2.0
"""Seconds after which the row is read anew; a change made in this process is seen at once."""


class Installation(models.Model):
    """The organisation that runs docflow; exactly one row, which every page and every letter needs."""

    kept: ClassVar[tuple[float, "Installation"] | None] = None

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name_ru = models.CharField(_("organisation, in Russian"), max_length=100, default="docflow")
    name_en = models.CharField(_("organisation, in English"), max_length=100, default="docflow")
    short_name_ru = models.CharField(_("short name for SMS, in Russian"), max_length=12, default="docflow")
    short_name_en = models.CharField(_("short name for SMS, in English"), max_length=12, default="docflow")
    phone = models.CharField(_("phone for questions"), max_length=32, blank=True)
    hours_ru = models.CharField(_("hours, in Russian"), max_length=100, blank=True)
    hours_en = models.CharField(_("hours, in English"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisation")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="installation_is_one")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        Installation.kept = None

    @classmethod
    def current(cls) -> "Installation":
        """The row as it was within the last two seconds; what it would hold if nobody has saved it yet."""
        kept = cls.kept
        if kept is None or time.monotonic() - kept[0] > FRESH:
            kept = cls.kept = (time.monotonic(), cls.objects.first() or cls())
        return kept[1]

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def short_name(self) -> str:
        return in_language(self, "short_name")

    @property
    def hours(self) -> str:
        return in_language(self, "hours")


class IdempotentAnswer(models.Model):
    """The answer once given to a write with an Idempotency-Key."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "path", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
