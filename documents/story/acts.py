"""What the reader may do with a document now, in the order of buttons; at most one is primary."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions as people
from accounts.audit import Actor
from documents import permissions
from documents.models import Document, Link, Task
from documents.states import ARCHIVABLE, RECALLABLE, REPLACEABLE, State
from documents.story.shapes import Act

REPLACE_FIRST = (State.REJECTED, State.REWORK, State.RECALLED, State.DECLINED)


def of(document: Document, task: Task | None, *, by: Actor, groups: set[str], untold: bool = False) -> list[Act]:
    """Only legal and permitted acts: what is not possible is absent."""
    acts: list[Act] = []
    if untold and people.may_change_clients(by):
        url = reverse("accounts:client", args=[document.client_id])
        acts.append(Act("addresses", _("Correct the addresses"), icon="pencil", url=url, primary=True, method="get"))
    if task is not None and permissions.may_decide(by, document, task, groups):
        url = reverse("documents:task", args=[task.pk])
        acts.append(Act("decide", _("Review and approve"), icon="stamp", url=url, primary=True, method="get"))
    if permissions.may_manage(by, document):
        acts += _managing(document)
    return acts


def _managing(document: Document) -> Iterator[Act]:
    state = document.state
    if state == State.UPLOADED:
        yield Act("start", _("Start processing"), icon="play", url=_url(document, "start"), primary=True)
    if state == State.FAILED:
        yield Act("retry", _("Try again"), icon="rotate-cw", url=_url(document, "retry"), primary=True)
    if state in REPLACEABLE:
        yield _new_version(document, primary=state in REPLACE_FIRST)
    if state == State.REWORK:
        yield Act(
            "resubmit",
            _("Submit again unchanged"),
            icon="redo-2",
            url=_url(document, "resubmit"),
            asks="comment",
            explain=_("The route starts again from its first step with the same file."),
        )
    if state in ARCHIVABLE:
        yield Act("archive", _("Put in the archive"), icon="archive", url=_url(document, "archive"))
    if state == State.ARCHIVED:
        yield Act(
            "restore", _("Take out of the archive"), icon="archive-restore", url=_url(document, "restore"), primary=True
        )
    if state in RECALLABLE:
        yield _recall(document)


def _new_version(document: Document, *, primary: bool) -> Act:
    return Act(
        "new_version",
        _("New version"),
        icon="upload",
        url=_url(document, "new_version"),
        primary=primary,
        asks="file",
        title=_("Upload a new version"),
        explain=_("It is checked and walks the route from the start; the old version is kept."),
    )


def _recall(document: Document) -> Act:
    return Act(
        "recall",
        _("Recall"),
        icon="ban",
        url=_url(document, "recall"),
        asks="comment_required",
        title=_("Recall the document"),
        explain=_("Links close at once and messages that have not left yet are withdrawn. Say why."),
        danger=True,
    )


def revoke(link: Link) -> Act:
    """Close one link."""
    url = reverse("documents:revoke_link", args=[link.document_id, link.pk])
    return Act(
        f"revoke-{link.pk.hex[-6:]}",
        _("Revoke"),
        icon="link-2-off",
        url=url,
        title=_("Revoke the link"),
        explain=_("Whoever has this link can no longer open the document. A new message will carry a new link."),
        danger=True,
    )


def _url(document: Document, act: str) -> str:
    return reverse("documents:act", args=[document.pk, act.replace("_", "-")])
