"""Asking by API and judging refusals: problem JSON, never a fault of ours."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.audit import SYSTEM
from accounts.models import User
from tests import files

DOCUMENTS = "/api/v1/documents"
MEMBERS = {"type", "title", "status", "detail", "code", "errors"}


def key_of(user: User, *scopes: str, language: str = "en") -> dict[str, str]:
    """Headers with a fresh key of this person; every scope unless some are named."""
    _key, secret = keys.make(user, "hostile", list(scopes or keys.SCOPES), by=SYSTEM)
    return {"Authorization": f"Bearer {secret}", "Accept-Language": language}


def upload(headers: dict[str, str], data: bytes | None = None, *, name: str = "a.pdf", **fields: Any) -> HttpResponse:
    """One document, as a program sends it."""
    file = SimpleUploadedFile(name, files.pdf() if data is None else data)
    return Client().post(DOCUMENTS, {"file": file, **fields}, headers=headers)


def act(headers: dict[str, str], path: str, body: str | bytes = "{}", kind: str = "application/json") -> HttpResponse:
    """A POST with this raw body."""
    return Client().generic("POST", path, body, content_type=kind, headers=headers)


def refused(answer: HttpResponse, *statuses: int) -> dict[str, Any]:
    """The problem of a refusal; it must be one, complete, and with one of these statuses (any of 4xx by default)."""
    assert answer.status_code in (statuses or range(400, 500)), (answer.status_code, answer.content[:300])
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert all(set(error) == {"field", "code", "detail"} for error in problem["errors"])
    return problem
