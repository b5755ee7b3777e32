"""Made-up people and documents in bulk: the rows that the product itself would have written, without its waits."""

from collections.abc import Iterable, Sequence

from accounts import contacts
from accounts.models import AuditEntry, Contact, Role, User
from accounts.models.contact import Kind, Verified
from docflow.common import clock, ids
from documents.models import Document, DocumentType, DocumentVersion, Step
from documents.states import State
from notifications.models import OutboxEvent

BATCH = 2000
ADDRESSES = {
    Kind.EMAIL: "c{}@example.org",
    Kind.PHONE: "+7912{:07}",
    Kind.TELEGRAM: "{}",
}


def author() -> User:
    """The one who uploads everything."""
    return people(1, "staff{}@example.org", "Пётр Ильин {}", Role.STAFF)[0]


def clients(number: int, *kinds: Kind) -> list[User]:
    """So many clients with a verified address of each kind, which `address` knows again."""
    found = people(number, "client{}@example.org", "Мария Сергеевна Котова {}", Role.CLIENT)
    addresses = [_contact(user, kind, address(kind, n)) for n, user in enumerate(found, start=1) for kind in kinds]
    Contact.objects.bulk_create(addresses, batch_size=BATCH, ignore_conflicts=True)
    return found


def address(kind: Kind, number: int) -> str:
    """Where the client with this number is reached."""
    return ADDRESSES[kind].format(number)


def people(number: int, email: str, name: str, role: Role) -> list[User]:
    """So many people with this role, numbered from 1; those whom an earlier measurement made are the same."""
    made = [_person(email.format(n), name.format(n), role) for n in range(1, number + 1)]
    User.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
    found = User.objects.in_bulk([user.email_lookup for user in made], field_name="email_lookup")
    return [found[user.email_lookup] for user in made]


def _person(email: str, name: str, role: Role) -> User:
    user = User(name=name, language="ru", roles=[role])
    user.email = email
    user.set_unusable_password()
    return user


def _contact(user: User, kind: Kind, where: str) -> Contact:
    made = Contact(user=user, kind=kind, lookup=contacts.lookup(kind, where), label="")
    made.verified_at, made.verified_how = clock.now(), Verified.STAFF
    made.address = where
    return made


def documents(owners: Sequence[User], by: User, state: State, priority: str = "normal") -> list[Document]:
    """A document for each owner, in this state: READY, or PROCESSING with nothing left to do."""
    kind, now = DocumentType.objects.get(), clock.now()
    made = [
        Document(
            type=kind,
            title=f"Договор поставки оборудования {n}",
            number=f"{n}-26",
            client=owner,
            author=by,
            state=state,
            priority=priority,
            ready_at=now if state == State.READY else None,
        )
        for n, owner in enumerate(owners, start=1)
    ]
    Document.objects.bulk_create(made, batch_size=BATCH)
    versions = [_version(document, by) for document in made]
    DocumentVersion.objects.bulk_create(versions, batch_size=BATCH)
    Step.objects.bulk_create(
        (Step(version=version, kind=kind, outcome="ok", finished_at=now) for version in versions
         for kind in (Step.Kind.CHECK, Step.Kind.TEXT)), batch_size=BATCH,
    )  # fmt: skip
    return made


def _version(document: Document, by: User) -> DocumentVersion:
    return DocumentVersion(
        document=document, n=1, original_name="договор.pdf", format="pdf", size=48_000, sha256=ids.new_id().hex * 2,
        stored_name=document.pk.hex, wrapped_key=b"", pages=3, checked_at=document.created_at, created_by=by,
    )  # fmt: skip


def say_ready(made: Iterable[Document]) -> list[OutboxEvent]:
    """The journal entry and the outbox row that each document leaves behind when it becomes ready."""
    entries = AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                action="document.ready",
                subject_kind=Document.subject_kind,
                subject_id=document.pk,
                version=1,
                actor_kind="system",
                actor_name="docflow",
                data={"state": "ready"},
                participants={"client": [str(document.client_id)], "author": [str(document.author_id)], "acting": []},
            )
            for document in made
        ),
        batch_size=BATCH,
    )
    rows = (
        OutboxEvent(entry=entry, action=entry.action, subject_kind=entry.subject_kind, subject_id=entry.subject_id,
                    version=entry.version, created_at=entry.at, due_at=entry.at)
        for entry in entries
    )  # fmt: skip
    return OutboxEvent.objects.bulk_create(rows, batch_size=BATCH)
