"""Who may do what with a document: pure predicates, used by use cases, pages, API and tests alike."""

from accounts.audit import Actor, System, person
from accounts.models import ApiKey, Contact, Role, User
from documents.models import Document, LinkAccess, Task
from documents.states import OPEN_TO_CLIENT

READ, WRITE, APPROVE = "documents:read", "documents:write", "documents:approve"

# Roles that see every document, and roles that work with every document.
SEES_ALL = (Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)
WORKS_WITH_ALL = (Role.STAFF, Role.ADMINISTRATOR)


def acting_person(by: Actor) -> User | None:
    """The person behind the actor, if he may act at all."""
    user = person(by)
    return user if user is not None and user.is_active else None


def has_scope(by: Actor, scope: str) -> bool:
    """Whether a key was given this scope; who is not a key needs none."""
    return not isinstance(by, ApiKey) or scope in by.scopes


def may_create(by: Actor) -> bool:
    """Staff, administrators, their keys with the scope, and docflow itself."""
    if isinstance(by, System):
        return True
    user = acting_person(by)
    return user is not None and not isinstance(by, Contact) and user.has_role(*WORKS_WITH_ALL) and has_scope(by, WRITE)


def may_manage(by: Actor, document: Document) -> bool:
    """Recall, retry, resubmit, replace, archive: the author and staff, while they work here."""
    if isinstance(by, System):
        return True
    user = acting_person(by)
    if user is None or isinstance(by, Contact) or not has_scope(by, WRITE):
        return False
    return user.has_role(*WORKS_WITH_ALL) or (user.pk == document.author_id and user.is_internal)


def holds_task(user: User, task: Task, groups: set[str]) -> bool:
    """Whether the task was given to the person, one of his groups or one of his roles."""
    if task.user_id:
        return task.user_id == user.pk
    if task.group_id:
        return str(task.group_id) in groups
    return user.has_role(task.role)


def may_decide(by: Actor, document: Document, task: Task, groups: set[str]) -> bool:
    """The holder of the task, never the author of the document."""
    user = acting_person(by)
    if user is None or isinstance(by, Contact) or not has_scope(by, APPROVE):
        return False
    return user.pk != document.author_id and user.is_internal and holds_task(user, task, groups)


def may_answer(by: Actor, document: Document) -> bool:
    """Confirm receipt, decline, ask: the client himself, or a verified extra address where the type allows it."""
    if isinstance(by, System | ApiKey):
        return False
    if isinstance(by, Contact) and by.user_id is None:
        return by.is_usable and document.type.extra_addresses
    user = acting_person(by)
    return user is not None and user.pk == document.client_id


def may_comment(by: Actor) -> bool:
    """Whoever works here and may read the document; reading is asked of `queries.visible_to`."""
    user = acting_person(by)
    return user is not None and not isinstance(by, Contact) and user.is_internal and has_scope(by, WRITE)


def is_open_to_client(document: Document) -> bool:
    """Whether the client may read the current version, not only know of it."""
    return document.state in OPEN_TO_CLIENT and document.ready_at is not None


def may_read_pages(by: Actor, document: Document) -> bool:
    """Of a document that is visible to `by`: people who work here always, the client once it is his."""
    user = acting_person(by)
    return user is not None and (user.is_internal or is_open_to_client(document))


def may_download(by: Actor, document: Document) -> bool:
    """As reading; the client only where the type lets the file itself out."""
    user = acting_person(by)
    if user is None:
        return False
    out = document.type.link_access != LinkAccess.VIEW
    return user.is_internal or (out and is_open_to_client(document))
