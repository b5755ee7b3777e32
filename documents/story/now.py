"""One sentence on what is happening, what comes next and who moves."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.audit import Actor
from docflow.common import clock
from documents import permissions
from documents.models import Document, DocumentVersion, Link
from documents.states import FINAL, GIVEN, IN_HAND, State
from documents.story import acts
from documents.story.shapes import Line, Now, Telling


class Head(NamedTuple):
    """How the card begins."""

    tone: str
    icon: str
    title: str | Promise


UNTOLD = Head(tone="red", icon="bell-off", title=gettext_lazy("The client has not been told"))
STAGE = Head(tone="amber", icon="stamp", title=gettext_lazy("Waiting for a decision"))
HEADS = {
    State.UPLOADED: Head(tone="grey", icon="upload", title=gettext_lazy("Waiting for you to start")),
    State.CHECKING: Head(tone="blue", icon="scan-search", title=gettext_lazy("Checking the file")),
    State.PROCESSING: Head(tone="blue", icon="scan-search", title=gettext_lazy("Reading the document")),
    State.REJECTED: Head(tone="red", icon="circle-alert", title=gettext_lazy("The file was not accepted")),
    State.FAILED: Head(tone="red", icon="circle-alert", title=gettext_lazy("Processing stopped")),
    State.REVIEW: STAGE,
    State.APPROVAL: STAGE,
    State.SIGNING: STAGE,
    State.ENDORSEMENT: STAGE,
    State.REWORK: Head(tone="amber", icon="undo-2", title=gettext_lazy("Changes are requested")),
    State.READY: Head(tone="green", icon="check", title=gettext_lazy("The document is ready")),
    State.DELIVERED: Head(tone="violet", icon="mail-check", title=gettext_lazy("Waiting for the client")),
    State.ACKNOWLEDGED: Head(tone="green", icon="badge-check", title=gettext_lazy("Receipt is confirmed")),
    State.DECLINED: Head(tone="red", icon="ban", title=gettext_lazy("The client declined")),
    State.RECALLED: Head(tone="red", icon="ban", title=gettext_lazy("The document is recalled")),
    State.ARCHIVED: Head(tone="grey", icon="archive", title=pgettext_lazy("the document is", "In the archive")),
}


def of(
    document: Document,
    version: DocumentVersion,
    links: Sequence[Link],
    *,
    acting: Sequence[str],
    last_words: str,
    told: Telling | None,
    by: Actor,
) -> Now:
    """The card "Now"; `told` is how telling the client went."""
    if is_untold(document, told):
        tried = (*_due(document), *_failures(told))
        return Now(UNTOLD.tone, UNTOLD.icon, str(UNTOLD.title), _in_vain(document, told), tried)
    tone, icon, title = HEADS[State(document.state)]
    text = _text(document, version, links, acting, last_words)
    rows = [*_due(document), *_opened(links), *_links(document, links, by)]
    return Now(tone, icon, str(title), text, tuple(rows))


def is_untold(document: Document, told: Telling | None) -> bool:
    """Whether it waits for a client who could not be told by any way; the mark speaks to who may not see messages."""
    if document.state != State.READY or document.client_id is None:
        return False
    seen = told is not None and (told.deliveries or told.why)
    return told.untold if told and seen else document.untold_at is not None


def _in_vain(document: Document, told: Telling | None) -> str:
    """What happened, whose move it is, and what to do."""
    name = document.client.name if document.client else ""
    if told and told.why:
        happened = _("There was no way to tell %(name)s.") % {"name": name}
    else:
        happened = _("No message reached %(name)s.") % {"name": name}
    todo = _("Correct the address or add another one, then send again; if it is urgent, call.")
    return f"{happened} {todo}"


def _failures(told: Telling | None) -> list[Line]:
    """Why, by channel; the newest message of each."""
    if told is None:
        return []
    latest = {row.channel: row for row in reversed(told.deliveries)}
    rows = [f"{row.label}, {row.address}: {row.reason}" for row in latest.values()]
    return [Line(icon="circle-alert", text=row) for row in rows or [told.why] if row]


def _text(
    document: Document, version: DocumentVersion, links: Sequence[Link], acting: Sequence[str], last_words: str
) -> str:
    state = State(document.state)
    if state in (State.REJECTED, State.FAILED):
        return version.reason_text
    if state in (State.REWORK, State.DECLINED, State.RECALLED):
        return last_words
    if acting:
        return _("%(names)s decides now.") % {"names": ", ".join(acting[:3])}
    if state == State.DELIVERED:
        return _delivered(document, links)
    return _plain(state, document)


def _plain(state: State, document: Document) -> str:
    sentences = {
        State.UPLOADED: _("The file is here; its check begins when you start the processing."),
        State.CHECKING: _("This takes a few seconds. If something is wrong, you will read here what to do."),
        State.PROCESSING: _("This takes a few seconds. Then the document goes on by itself."),
        State.READY: _("The client is being told; how that goes stands under “Delivery to the client”."),
        State.ACKNOWLEDGED: _("The client has the document; nothing is left to do."),
        State.ARCHIVED: _("It can be found and taken out at any time."),
    }
    if state == State.READY and document.client_id is None:
        return _("No client is named, so nobody outside is told.")
    return sentences.get(state, _("Nobody is set to decide: ask your administrator to check the route."))


def _delivered(document: Document, links: Sequence[Link]) -> str:
    name = document.client.name if document.client else _("The client")
    if any(link.first_opened_at for link in links):
        return _("%(name)s has opened the document and has not confirmed receipt yet.") % {"name": name}
    return _("%(name)s was told and has not opened the document yet.") % {"name": name}


def _due(document: Document) -> list[Line]:
    if not document.due_at or document.state in FINAL:
        return []
    late = document.due_at < clock.now()
    words = _("Overdue since %(when)s") if late else _("Due %(when)s")
    icon = "alarm-clock" if late else "calendar-clock"
    return [Line(icon=icon, text=words % {"when": _moment(document.due_at)}, until=document.due_at)]


def _opened(links: Sequence[Link]) -> list[Line]:
    opened = [link for link in links if link.last_opened_at]
    if not opened:
        return []
    last = max(link.last_opened_at for link in opened if link.last_opened_at)
    count = sum(link.opened for link in opened)
    words = ngettext("Opened %(count)s time", "Opened %(count)s times", count) % {"count": count}
    return [Line(icon="eye", text=words, value=_moment(last))]


def _links(document: Document, links: Sequence[Link], by: Actor) -> list[Line]:
    if document.state not in (*IN_HAND, *GIVEN):
        return []
    may = permissions.may_manage(by, document)
    return [
        Line(
            icon="link",
            text=_("Link for %(address)s is valid until %(day)s")
            % {"address": link.contact.masked, "day": date_format(localtime(link.expires_at), "j\u00a0E")},
            act=acts.revoke(link) if may else None,
        )
        for link in links
        if not link.is_revoked and not link.has_expired(clock.now())
    ]


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "j\u00a0E, H:i")
