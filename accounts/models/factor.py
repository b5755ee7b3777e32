"""The second factor: an authenticator app per person, and recovery codes for when the phone is lost."""

import time
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.oath import TOTP

from accounts.models.user import User
from docflow.common import crypto

STEP = 30
TOLERANCE = 1  # steps either way: a clock may be half a minute wrong


class Authenticator(Device):  # type: ignore[misc]  # django-otp has no types
    """A person's authenticator app (TOTP, RFC 6238); its secret is sealed, each step passes once."""

    user = models.OneToOneField(User, models.CASCADE, related_name="authenticator", verbose_name=_("person"))
    secret_sealed = models.BinaryField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")

    def __str__(self) -> str:
        return f"{self.user_id}"

    @property
    def secret(self) -> str:
        return crypto.open_field(bytes(self.secret_sealed), self._place)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.secret_sealed = crypto.seal_field(secret, self._place)

    @property
    def _place(self) -> str:
        return f"accounts_authenticator.secret_sealed:{self.user_id}"

    def accepts(self, digits: str) -> bool:
        """Whether these are the digits of now; moves `last_step` on, so that they pass once. The caller saves."""
        step = matching_step(self.secret, digits, after=self.last_step)
        if step is not None:
            self.last_step = step
        return step is not None


def matching_step(secret: str, digits: str, *, after: int = -1) -> int | None:
    """The time step, later than `after`, whose code these digits are."""
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    code = TOTP(bytes.fromhex(secret), step=STEP)
    code.time = time.time()
    return code.t() if code.verify(int(digits), TOLERANCE, after + 1) else None


class RecoveryCode(models.Model):
    """One of ten codes, each good for one sign-in without the phone; only a keyed hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.pk)
