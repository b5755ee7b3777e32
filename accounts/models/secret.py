"""Codes, tokens and keys: only hashes are stored, each bound to its purpose and its person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.contact import Contact
from accounts.models.user import User
from docflow.common import ids


class OneTimeCode(models.Model):
    """A six-digit code sent to a contact: five tries, ten minutes, one use, one act."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=16)
    bound_to = models.CharField(max_length=200)
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        indexes = [models.Index(fields=["contact", "-created_at"], name="code_by_contact")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class SecretToken(models.Model):
    """The secret of a link: invitation, reset, set-up, verification, linking a messenger."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="tokens")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="tokens")
    purpose = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("secret link")
        verbose_name_plural = _("secret links")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")), name="token_hash_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class ApiKey(models.Model):
    """A key for programs: acts for its person, within its scopes. Shown once, stored as a hash."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name=_("acts for"))
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"), default=list)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
