"""Django's sessions in the database, kept under the hash of their key: a copy of the tables signs nobody in.

The product has no asynchronous views; the asynchronous half of Django's class would find nothing here.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Stored

from accounts.models import Session
from docflow.common import clock, crypto

NUMBER, BROWSER, BEGUN, SEEN = "number", "browser", "begun", "seen"


class SessionStore(Stored):
    """settings.SESSION_ENGINE."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(session_key=kept_as(self.session_key), expire_date__gt=clock.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(kept_as(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        person, number = data.get(SESSION_KEY), data.get(NUMBER)
        return Session(
            session_key=kept_as(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # not in its stubs
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=UUID(person) if person else None,
            number=UUID(number) if number else None,
            browser=data.get(BROWSER, ""),
            begun_at=_moment(data.get(BEGUN)),
            seen_at=_moment(data.get(SEEN)),
        )

    def delete(self, session_key: str | None = None) -> None:
        super().delete(kept_as(session_key or self.session_key))


def kept_as(session_key: str | None) -> str:
    """Under what a session with this key is found."""
    return crypto.code_hash(session_key or "")


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
