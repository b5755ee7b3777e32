"""The document as its recipient meets it: the same context behind a personal link and in the portal."""

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Contact
from documents.models import Document, DocumentVersion, LinkAccess
from documents.states import OPEN_TO_CLIENT, State
from documents.story import journal, track, viewing

WORDS_A_MINUTE = 180
ASKED = (State.READY, State.DELIVERED)


def name_of(document: Document) -> str:
    """The title with its number, in the reader's way and never parted at a line's end."""
    if not document.number:
        return document.title
    number = _("No.\u00a0%s") % document.number
    return f"{document.title} {number}"


def context(
    document: Document, version: DocumentVersion, urls: dict[str, str], address: viewing.Address
) -> dict[str, Any]:
    """What link and portal pages show alike."""
    first = journal.first_times(document)
    steps = list(version.steps.all())
    shown = viewing.pages(version, address)
    text = viewing.text(version)
    if document.type.link_access == LinkAccess.VIEW:
        urls = {name: url for name, url in urls.items() if name != "file"}
    return {
        "name": name_of(document),
        "document": document,
        "version": version.n,
        "asked": "confirm" if document.state in ASKED else "read",
        "badge": str(document.state),
        "sender_name": document.author.name,
        "sender_position": document.author.position,
        "sent_at": document.ready_at,
        "due_at": document.due_at,
        "pages": shown,
        "page_count": version.pages,
        "minutes": round(len(text.split()) / WORDS_A_MINUTE),
        "preview": viewing.preview(version, shown, steps),
        "note": _note(State(document.state), may_take="file" in urls),
        "text": text,
        "path": track.path_for_client(document, first),
        "track": track.for_client(document, first),
        "fingerprint": version.sha256,
        "urls": urls,
        **_for(document),
    }


def _note(state: State, *, may_take: bool) -> str:
    """What to know when nothing is asked."""
    if state == State.RECALLED:
        return _("The sender took the document back. If there is a new version, you will get a message.")
    if state == State.DECLINED:
        return _("You declined the document; the sender knows why.")
    if state not in OPEN_TO_CLIENT:
        return _("The document is still being prepared. You will get a message when it is ready.")
    if may_take:
        return _("Nothing is asked of you: the document can be read and downloaded.")
    return _("Nothing is asked of you: the document can be read.")


def _for(document: Document) -> dict[str, Any]:
    client = document.client
    return {
        "contact_name": client.name if client else "",
        "organisation_name": client.organisation.name if client and client.organisation else "",
    }


def code_way(contact: Contact | None) -> dict[str, str]:
    """Where a code would go, in words."""
    if contact is None:
        return {"code_to": "", "code_channel": ""}
    names = {"phone": "SMS", "telegram": "Telegram"}
    return {"code_to": contact.masked, "code_channel": names.get(contact.kind, str(contact.get_kind_display()))}


def receipt(document: Document) -> dict[str, Any]:
    """The confirmation: when, by whom, under which number."""
    at = journal.last_times(document, "document.acknowledged").get("document.acknowledged")
    day = date_format(localtime(at), "ymd") if at else ""
    return {
        "name": name_of(document),
        "who": document.client.name if document.client else "",
        "at": at,
        "receipt": f"{day}-{document.pk.hex[-6:].upper()}",
    }
