"""The route of a document: pinned at the start, walked by tasks, one open task at a time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.audit import Actor
from accounts.models import Group, Role, User
from docflow.common import clock
from docflow.common.errors import NotAllowed, NotPossible
from documents import permissions
from documents.models import Document, DocumentType, Task


def of_type(kind: DocumentType) -> list[dict[str, Any]]:
    """The route that a document of this type starts with now."""
    return [step.pinned() for step in kind.steps.order_by("order", "id")]


def open_task(document: Document) -> Task:
    """Ask for the decision of the step the document stands at."""
    step, position = document.stage, document.route_at
    if step is None or position is None:
        raise ValueError("the document stands at no step")
    due_at = clock.now() + timedelta(hours=step["hours"]) if step["hours"] else None
    return Task.objects.create(
        document=document,
        version=document.version,
        round=document.route_round,
        position=position,
        kind=step["kind"],
        user_id=UUID(step["user"]) if step["user"] else None,
        group_id=UUID(step["group"]) if step["group"] else None,
        role=step["role"],
        due_at=due_at,
    )


def current_task(document: Document) -> Task | None:
    """The open task of the document, if a decision is being waited for."""
    return document.tasks.filter(status=Task.Status.OPEN).first()


def task_for(document: Document, by: Actor) -> Task:
    """The open task of a locked document. Raises NotPossible if there is none, NotAllowed if it is not for `by`."""
    task = current_task(document)
    if task is None:
        raise NotPossible(_("Nobody is asked to decide on this document now."))
    if not permissions.may_decide(by, document, task, groups_of(by)):
        raise NotAllowed(_refusal(document, by))
    return task


def _refusal(document: Document, by: Actor) -> str:
    user = permissions.acting_person(by)
    if user is not None and user.pk == document.author_id:
        return _("You uploaded this document, so somebody else has to approve it.")
    return _("This decision is asked of somebody else.")


def groups_of(by: Actor) -> set[str]:
    """The ids of the work groups that the acting person belongs to."""
    user = permissions.acting_person(by)
    return {str(pk) for pk in user.group_ids} if user else set()


def close_task(task: Task, status: Task.Status, *, by: Actor, comment: str) -> None:
    """Write the decision down."""
    task.status, task.comment, task.closed_at = status, comment.replace("\0", " "), clock.now()
    task.closed_by = permissions.acting_person(by)
    task.save(update_fields=["status", "comment", "closed_at", "closed_by"])


def withdraw_tasks(document: Document) -> None:
    """Nobody has to decide any more."""
    document.tasks.filter(status=Task.Status.OPEN).update(status=Task.Status.WITHDRAWN, closed_at=clock.now())


def is_walked(document: Document) -> bool:
    """Whether every step of the pinned route is confirmed for this version in this round."""
    confirmed = document.tasks.filter(
        version=document.version, round=document.route_round, status=Task.Status.CONFIRMED
    ).values_list("position", flat=True)
    return set(confirmed) >= set(range(len(document.route)))


def holders(tasks: Iterable[Task]) -> dict[UUID, list[UUID]]:
    """Who may decide each task, as ids of active people; three queries at most."""
    tasks = list(tasks)
    members = _members({task.group_id for task in tasks if task.group_id is not None})
    bearers = _bearers({task.role for task in tasks if task.role})
    return {
        task.pk: [task.user_id] if task.user_id else members[task.group_id] if task.group_id else bearers[task.role]
        for task in tasks
    }


def _members(groups: set[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {group: [] for group in groups}
    rows = Group.objects.filter(pk__in=groups, members__is_active=True).values_list("pk", "members__pk")
    for group, member in rows if groups else ():
        found[group].append(member)
    return found


def _bearers(roles: set[str]) -> dict[str, list[UUID]]:
    if not roles:
        return {}
    people = list(User.objects.filter(roles__overlap=list(roles), is_active=True).values_list("pk", "roles"))
    return {role: [pk for pk, held in people if role in held] for role in roles}


def names(route: list[dict[str, Any]]) -> dict[int, str]:
    """Who each step of a pinned route is for, in words; two queries."""
    people = dict(User.objects.filter(pk__in=[s["user"] for s in route if s["user"]]).values_list("pk", "name"))
    groups = {str(one.pk): str(one) for one in Group.objects.filter(pk__in=[s["group"] for s in route if s["group"]])}
    users = {str(pk): name for pk, name in people.items()}
    return {place: _name(step, users, groups) for place, step in enumerate(route)}


def _name(step: dict[str, Any], users: dict[str, str], groups: dict[str, str]) -> str:
    if step["user"]:
        return users.get(step["user"], "")
    if step["group"]:
        return groups.get(step["group"], "")
    return str(Role(step["role"]).label)


def held_by(user: User) -> Q:
    """Condition on tasks: given to this person, his groups or his roles."""
    groups = user.group_ids  # a list: with a subquery here no index would be used
    return Q(user=user) | Q(group__in=groups) | Q(role__in=user.roles)
