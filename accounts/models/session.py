"""Where somebody is signed in: a browser's session, found by the hash of its key, never by the key itself."""

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class Session(AbstractBaseSession):
    """One session. The columns besides Django's own repeat what the sealed-off data says, for lists."""

    session_key = models.CharField(primary_key=True, max_length=64, editable=False)
    number = models.UUIDField(null=True, editable=False)  # two rows for a moment, while the key changes
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", editable=False)
    browser = models.CharField(max_length=60, blank=True, editable=False)
    begun_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.session_store import SessionStore  # noqa: PLC0415 - which needs this model

        return SessionStore

    def __str__(self) -> str:
        return str(self.number)
