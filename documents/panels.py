"""What pages of other apps show of documents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse

from accounts.audit import Actor
from accounts.models import User
from documents import permissions, queries
from documents.models import Document

SHOWN = 10
PERSON = "user"


def of_clients(kind: str, ids: Sequence[UUID], by: Actor) -> dict[UUID, tuple[str, dict[str, Any]]]:
    """The newest documents of each client, as far as `by` may see them; two queries."""
    if kind != PERSON:
        return {}
    newest = queries.visible_to(by).filter(client=OuterRef("pk")).order_by("-id").values("pk")
    chosen = dict(User.objects.filter(pk__in=ids).values_list("pk").annotate(newest=ArraySubquery(newest[: SHOWN + 1])))
    shown = [pk for newest_ids in chosen.values() for pk in newest_ids]
    rows = Document.objects.select_related("type").in_bulk(shown)
    may_upload = permissions.may_create(by)
    return {
        client: ("documents/_client_documents.html", _panel([rows[pk] for pk in newest_ids], client, may_upload))
        for client, newest_ids in chosen.items()
    }


def _panel(rows: list[Document], client: UUID, may_upload: bool) -> dict[str, Any]:
    return {
        "documents": rows[:SHOWN],
        "all_url": f"{reverse('documents:documents')}?client={client}" if rows else None,
        "upload_url": f"{reverse('documents:upload')}?client={client}" if may_upload else None,
    }
