"""The demo's documents: each is uploaded, read and moved by the same functions and processes as anybody's."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from accounts.models import Contact, Group, Role, User
from accounts.models.contact import Kind
from docflow.common import clock, ids
from docflow.demo import papers, texts
from docflow.demo.papers import Paper
from documents import intake, lifecycle, receiving, storage
from documents.models import Document, DocumentType, RouteStep, StepKind
from documents.receiving import ReceivedFile
from documents.states import IN_HAND, State

PATIENCE = 60  # seconds until a document that should move by itself must have moved
BROKEN = {"code": "crashed", "ru": "Файл трижды остановил разбор.", "en": "The file stopped the reader three times."}

People = dict[str, User]
Act = Callable[[Document, People], object]


@dataclass(frozen=True)
class Part:
    """One document of the story: what it is, where machines bring it, and what people then do."""

    type: str
    title: str
    number: str
    paper: Paper
    until: State
    acts: tuple[Act, ...] = ()
    client: str = "client"
    priority: str = "normal"
    purpose: str = ""
    due_days: int = 0


def _confirm(document: Document, people: People) -> None:
    lifecycle.confirm(document, by=people["approver"], comment="Пункт 2.2 теперь в порядке. Отправляйте, клиент ждёт.")


def _send_back(document: Document, people: People) -> None:
    lifecycle.send_back(document, by=people["approver"], comment="В пункте 2.1 не сходится сумма со спецификацией.")


def _recall(document: Document, people: People) -> None:
    lifecycle.recall(document, by=people["staff"], comment="Отправили не ту редакцию, подготовим новую.")


def _told(document: Document, people: People) -> None:
    _wait(document, State.DELIVERED)


def _acknowledge(document: Document, people: People) -> None:
    lifecycle.acknowledge(document, by=_mail_of(people["client"]), how="link")


def _decline(document: Document, people: People) -> None:
    lifecycle.decline(document, by=_mail_of(people["client"]), comment="Количество часов не совпадает с журналом.")


def _archive(document: Document, people: People) -> None:
    lifecycle.archive(document, by=people["staff"])


STORY = (
    Part("letter", "Письмо о готовности заказа", "Д-77", texts.letter("Заказ готов к отгрузке", "77"), State.READY),
    Part(
        "letter",
        "Письмо о графике отгрузок",
        "Д-71",
        texts.letter("График отгрузок на декабрь", "71"),
        State.READY,
        (_told, _acknowledge),
    ),
    Part(
        "contract",
        "Договор поставки",
        "418",
        texts.contract("418"),
        State.APPROVAL,
        (_confirm, _told),
        priority="urgent",
        purpose="Отгрузка в ноябре",
        due_days=5,
    ),
    Part("contract", "Договор поставки", "421", texts.contract("421"), State.APPROVAL, due_days=2),
    Part(
        "contract",
        "Service agreement",
        "12",
        texts.agreement("12"),
        State.APPROVAL,
        client="james.lee@northwind.example",
    ),
    Part("contract", "Договор поставки", "415", texts.contract("415"), State.APPROVAL, (_send_back,)),
    Part("act", "Акт выполненных работ", "5", texts.act("5"), State.REVIEW),
    Part("act", "Акт выполненных работ", "3", texts.act("3"), State.REVIEW, (_confirm, _confirm, _told, _decline)),
    Part("letter", "Письмо об оплате", "Д-64", texts.letter("Напоминание об оплате", "64"), State.READY, (_recall,)),
    Part(
        "letter",
        "Письмо о режиме склада",
        "Д-58",
        texts.letter("Режим работы склада", "58"),
        State.READY,
        (_told, _acknowledge, _archive),
    ),
    Part(
        "letter",
        "Письмо о сроках гарантии",
        "Д-80",
        texts.letter("Сроки гарантии", "80"),
        State.READY,
        client="hard@gorod.example",
    ),
)


def ensure(people: People) -> None:
    """Types and documents of the demo; what is there stays as it is."""
    kinds = _types(people)
    if Document.objects.filter(author=people["staff"]).exists():
        return
    _stuck(kinds, people)
    for part in STORY:
        document = _upload(part, kinds, people)
        _wait(document, part.until)
        for act in part.acts:
            act(_now(document), people)


def _types(people: People) -> dict[str, DocumentType]:
    letter = _type("letter", "Письмо", "Letter", confirm="tap", gender="n")
    contract = _type("contract", "Договор", "Contract", confirm="code", required=["number", "client"])
    act = _type("act", "Акт", "Certificate", confirm="tap", required=["number", "client"])
    _step(contract, 1, StepKind.APPROVAL, user=people["approver"], hours=24)
    _step(act, 1, StepKind.REVIEW, group=Group.objects.get(name_en="Lawyers"), hours=8)
    _step(act, 2, StepKind.APPROVAL, role=Role.APPROVER, hours=24)
    return {kind.slug: kind for kind in (letter, contract, act)}


def _type(slug: str, name_ru: str, name_en: str, **values: object) -> DocumentType:
    defaults = {"name_ru": name_ru, "name_en": name_en, "formats": ["pdf", "docx", "png", "jpeg"], **values}
    return DocumentType.objects.get_or_create(slug=slug, defaults=defaults)[0]


def _step(kind: DocumentType, order: int, step: StepKind, **values: object) -> None:
    RouteStep.objects.get_or_create(type=kind, order=order, defaults={"kind": step, **values})


def _upload(part: Part, kinds: dict[str, DocumentType], people: People, *, begin: bool = True) -> Document:
    details = intake.Details(
        title=part.title,
        client=people[part.client],
        number=part.number,
        priority=part.priority,
        purpose=part.purpose,
        due_at=clock.now() + timedelta(days=part.due_days) if part.due_days else None,
    )
    file = _file(f"{part.title} {part.number}.pdf", papers.pdf(part.paper))
    return intake.create(kinds[part.type], file, details, by=people["staff"], begin=begin)


def _stuck(kinds: dict[str, DocumentType], people: People) -> None:
    """Documents that never get far: one waits for its uploader, one has a password, one broke the reader."""
    waits = Part("letter", "Черновик письма", "Д-90", texts.letter("Черновик", "90"), State.UPLOADED)
    broke = Part("letter", "Скан накладной", "Д-91", texts.letter("Накладная", "91"), State.FAILED)
    _upload(waits, kinds, people, begin=False)
    with transaction.atomic():  # before any process can read it
        lifecycle.fail(_upload(broke, kinds, people), reason=BROKEN)
    locked = papers.pdf(texts.act("9"), password="demo")  # noqa: S106 - a paper that must not open
    details = intake.Details(title="Акт сверки", client=people["client"], number="9")
    document = intake.create(kinds["act"], _file("Акт сверки.pdf", locked), details, by=people["staff"])
    _wait(document, State.REJECTED)


def _file(name: str, content: bytes) -> ReceivedFile:
    version_id = ids.new_id()
    writer = storage.Writer(receiving.place(version_id))
    writer.write(content)
    return ReceivedFile(name, len(content), writer, version_id, None)


def _wait(document: Document, state: State) -> None:
    """Until the processes have brought the document there. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = _now(document)
        if now.state == state or (state == State.READY and now.state in IN_HAND):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{document} is {_now(document).state}, not {state}, after {PATIENCE} s")


def _now(document: Document) -> Document:
    return Document.objects.select_related("type").get(pk=document.pk)


def _mail_of(client: User) -> Contact:
    return Contact.objects.get(user=client, kind=Kind.EMAIL)
