"""The way of a document as stops on a line: for staff seven at most, for the client four."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from documents.models import Document, Task
from documents.states import FINAL, State
from documents.story.shapes import Node, PersonStep

BROKEN = {State.REJECTED: "document.rejected", State.FAILED: "document.failed"}
OVER = (State.RECALLED, State.ARCHIVED)

WORTH_A_LOOK = timedelta(minutes=1)  # a slowest stop of seconds is no news


def for_staff(document: Document, first: dict[str, datetime], approval: tuple[int, int]) -> list[Node]:
    """Stops with their times, and how long each took to the next; the slowest stands out."""
    done, total = approval
    nodes = [_uploaded(first), _checked(document, first)]
    if total:
        note = _("%(done)s of %(total)s") % {"done": done, "total": total}
        at = first.get("document.ready") or (first.get("document.approved") if done == total else None)
        nodes.append(Node(pgettext("stop", "Approved"), icon="stamp", state="future", at=at, note=note))
    nodes += [
        Node(pgettext("stop", "Ready"), icon="check", state="future", at=first.get("document.ready")),
        Node(pgettext("stop", "Delivered"), icon="check-check", state="future", at=first.get("document.delivered")),
        Node(pgettext("stop", "Opened"), icon="eye", state="future", at=first.get("document.opened")),
        _answered(document, first),
    ]
    _measure(nodes)
    return _settle(nodes, document)


def for_client(document: Document, first: dict[str, datetime]) -> list[Node]:
    """Prepared, approved, with you, confirmed."""
    ready = first.get("document.ready")
    approved = first.get("document.approved")
    nodes = [Node(pgettext("stop", "Prepared"), icon="check", state="future", at=first.get("document.processing"))]
    if document.route:
        nodes.append(Node(pgettext("stop", "Approved"), icon="check", state="future", at=ready and (approved or ready)))
    nodes += [
        Node(pgettext("stop", "With you"), icon="check", state="future", at=ready),
        _answered(document, first),
    ]
    return _settle(nodes, document)


def path_for_client(document: Document, first: dict[str, datetime]) -> list[Node]:
    """The same as a story so far, newest first, with the client's own opening in it."""
    nodes = [node for node in for_client(document, first) if node.state != "future"]
    if opened := first.get("document.opened"):
        nodes.insert(-1, Node(_("You opened the document"), icon="eye", state="done", at=opened))
    return nodes[::-1]


def _uploaded(first: dict[str, datetime]) -> Node:
    at = first.get("document.created") or first.get("document.new_version")
    return Node(pgettext("stop", "Uploaded"), icon="upload", state="future", at=at)


def _checked(document: Document, first: dict[str, datetime]) -> Node:
    if action := BROKEN.get(State(document.state)):
        label = State(document.state).label
        return Node(str(label), icon="circle-alert", state="problem", at=first.get(action))
    return Node(pgettext("stop", "Checked"), icon="shield-check", state="future", at=first.get("document.processing"))


def _answered(document: Document, first: dict[str, datetime]) -> Node:
    if document.state == State.DECLINED:
        return Node(pgettext("stop", "Declined"), icon="ban", state="problem", at=first.get("document.declined"))
    if "document.acknowledged" not in first:
        return Node(pgettext("stop", "Confirmation"), icon="mail-check", state="future")
    return Node(
        pgettext("stop", "Receipt confirmed"), icon="badge-check", state="future", at=first.get("document.acknowledged")
    )


def _settle(nodes: list[Node], document: Document) -> list[Node]:
    """Done where there is a time or a later stop has one; the first open one is where it stands."""
    reached = max((place for place, node in enumerate(nodes) if node.at), default=-1)
    for place, node in enumerate(nodes):
        if node.state != "problem" and (node.at or place < reached):
            node.state = "done"
    if document.state not in (*OVER, *FINAL) and not any(node.state == "problem" for node in nodes):
        for node in nodes:
            if node.state == "future":
                node.state = "current"
                break
    return nodes


def _measure(nodes: list[Node]) -> None:
    spans: list[tuple[timedelta, Node]] = []
    for node, following in pairwise(nodes):
        if node.at and following.at and following.at >= node.at:
            node.took = following.at - node.at
            spans.append((node.took, node))
    took, slowest = max(spans, key=lambda span: span[0], default=(timedelta(), None))
    if slowest and len(spans) > 1 and took >= WORTH_A_LOOK:
        slowest.slowest = True


def people(document: Document, tasks: list[Task], names: dict[int, str], me: object) -> list[PersonStep]:
    """The pinned route with who decided, who decides now and who comes later."""
    by_position = {task.position: task for task in tasks if _counts(task, document)}
    return [
        _person(position, by_position.get(position), names.get(position, ""), me)
        for position in range(len(document.route))
    ]


def _counts(task: Task, document: Document) -> bool:
    current = task.version == document.version and task.round == document.route_round
    return current and task.status != Task.Status.WITHDRAWN


STEP_STATES = {Task.Status.OPEN: "current", Task.Status.CONFIRMED: "done", Task.Status.RETURNED: "returned"}


def _person(position: int, task: Task | None, name: str, me: object) -> PersonStep:
    if task is None:
        return PersonStep(name, "future")
    who = task.closed_by
    return PersonStep(
        name=who.name if who else name,
        state=STEP_STATES[Task.Status(task.status)],
        position=who.position if who else "",
        at=task.closed_at,
        comment=task.comment,
        me=who is not None and who == me,
    )
