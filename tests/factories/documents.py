"""Documents for tests, brought to their state by the same use cases that people use."""

from itertools import count
from typing import Any

from accounts.models import Role, User
from docflow.common import ids
from documents import intake, lifecycle, processing, storage
from documents.intake import Details
from documents.models import Document, DocumentType, RouteStep, Step
from documents.receiving import ReceivedFile, place
from tests import files

numbers = count(1)


def person(*roles: str, name: str = "", **fields: Any) -> User:
    """Somebody with these roles."""
    n = next(numbers)
    return User.objects.create_person(
        f"person{n}@example.com", name=name or f"Person {n}", roles=list(roles or [Role.STAFF]), **fields
    )


def kind(*route: dict[str, Any], **fields: Any) -> DocumentType:
    """A type with a step for each given assignee: `kind({"user": anna}, {"role": "approver"})`."""
    n = next(numbers)
    made = DocumentType.objects.create(
        **{"slug": f"type-{n}", "name_ru": f"Тип {n}", "name_en": f"Type {n}", "formats": ["pdf", "txt", "png"]}
        | fields
    )
    for order, step in enumerate(route, start=1):
        RouteStep.objects.create(type=made, order=order, **{"kind": "approval"} | step)
    return made


def file(data: bytes | None = None, name: str = "договор.pdf") -> ReceivedFile:
    """A file as the upload handler leaves it: sealed and not kept yet. By default no two are alike."""
    version_id = ids.new_id()
    writer = storage.Writer(place(version_id))
    writer.write(files.pdf(f"№ {next(numbers)}") if data is None else data)
    writer.finish()
    return ReceivedFile(name, writer.size, writer, version_id, None)


def uploaded(type_: DocumentType | None = None, *, by: User | None = None, **details: Any) -> Document:
    """A document that waits for its uploader's confirmation."""
    data, name = details.pop("data", None), details.pop("name", "договор.pdf")
    details = {"title": "Договор поставки", "client": person(Role.CLIENT)} | details
    return intake.create(type_ or kind(), file(data, name), Details(**details), by=by or person(), begin=False)


def processed(type_: DocumentType | None = None, *, by: User | None = None, **details: Any) -> Document:
    """The machine's work is done: at the first step of its route, ready, or refused."""
    author = by or person()
    document = lifecycle.start(uploaded(type_, by=author, **details), by=author)
    processing.drain()
    return Document.objects.select_related("type", "client", "author").get(pk=document.pk)


def in_state(state: str, **details: Any) -> Document:
    """A document in this state, each brought there as it happens in life."""
    return WAYS[state](**details)


def _moved(document: Document, move: Any, **words: Any) -> Document:
    move(document, **words)
    return Document.objects.select_related("type", "client", "author").get(pk=document.pk)


def _staged(stage: str) -> Any:
    def make(**details: Any) -> Document:
        return processed(details.pop("type_", None) or kind({"kind": stage, "role": Role.APPROVER}), **details)

    return make


def _checking(**details: Any) -> Document:
    document = uploaded(**details)
    return lifecycle.start(document, by=document.author)


def _processing(**details: Any) -> Document:
    document = lifecycle.accept(_checking(**details))
    Step.objects.filter(version__document=document, kind="check").update(outcome="ok")
    return document


def _rework(**details: Any) -> Document:
    return _moved(_staged("approval")(**details), lifecycle.send_back, by=person(Role.APPROVER), comment="Поправьте")


def _delivered(**details: Any) -> Document:
    document = processed(**details)
    lifecycle.mark_delivered([(document.pk, 1, document.state_at)])
    return Document.objects.get(pk=document.pk)


def _answered(move: Any, **words: Any) -> Any:
    return lambda **details: (lambda document: _moved(document, move, by=document.client, **words))(
        processed(**details)
    )


def _archived(**details: Any) -> Document:
    return _moved(processed(**details), lifecycle.archive, by=person())


WAYS: dict[str, Any] = {
    "uploaded": uploaded,
    "checking": _checking,
    "rejected": lambda **details: processed(**{"data": files.encrypted_pdf()} | details),
    "processing": _processing,
    "failed": lambda **details: lifecycle.fail(_processing(**details), reason={"code": "stopped"}),
    "review": _staged("review"),
    "approval": _staged("approval"),
    "signing": _staged("signing"),
    "endorsement": _staged("endorsement"),
    "rework": _rework,
    "ready": processed,
    "delivered": _delivered,
    "acknowledged": _answered(lifecycle.acknowledge),
    "declined": _answered(lifecycle.decline, comment="Не тот договор"),
    "recalled": lambda **details: _moved(processed(**details), lifecycle.recall, by=person(), comment="Ошибка"),
    "archived": _archived,
}
