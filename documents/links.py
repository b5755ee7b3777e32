"""Protected links: made for one contact and one version, opened, extended, revoked; and the acts behind them.

The code of a link is recomputed from its id and only its hash is stored. Cookies and pages are in views.link.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import codes
from accounts.audit import SYSTEM, Actor
from accounts.models import Contact, OneTimeCode, User
from accounts.subjects import Pair
from docflow.common import clock, crypto, ids
from docflow.common.errors import Gone, NotAllowed, NotFound, NotPossible
from docflow.common.lookups import array, words
from documents import batches, editing, lifecycle, permissions
from documents.batches import Door
from documents.models import Document, Link, LinkAccess, LinkOpening
from documents.states import State

PURPOSE = "confirm"
FRESH_LINK = "link"
RENEWABLE_FOR = timedelta(days=365)


INSERT = """
INSERT INTO documents_link (
    id, document_id, version_id, contact_id, code_hash, access, created_at, expires_at, revoked_why, opened)
SELECT id, document, version, contact, code, access, %(now)s, %(now)s + make_interval(days => days), '', 0
FROM unnest(%(id)s::uuid[], %(document)s::uuid[], %(version)s::uuid[], %(contact)s::uuid[], %(code)s::text[],
            %(access)s::text[], %(days)s::int[])
     AS new (id, document, version, contact, code, access, days)
ORDER BY version, contact
ON CONFLICT DO NOTHING RETURNING id, contact_id, document_id
"""


def url_of(link_id: UUID) -> str:
    """The whole address that a message carries."""
    return f"{settings.BASE_URL}/s/{crypto.link_code(link_id)}"


def for_pairs(pairs: Iterable[Pair]) -> dict[Pair, str]:
    """Links of pairs (contact, document) to the current version: made on the first ask, then the same ones."""
    return behind(batches.doors(pairs))


def behind(doors: Iterable[Door]) -> dict[Pair, str]:
    """The same, for doors that were looked at already; types without links have none."""
    open_ones = [door for door in doors if door.version_id and door.access != LinkAccess.NONE]
    found = {door.pair: door.link_id for door in open_ones if door.link_id}
    missing = [door for door in open_ones if not door.link_id]
    if missing:
        found |= _made(missing)
    return {pair: url_of(link_id) for pair, link_id in found.items()}


def _made(doors: Sequence[Door]) -> dict[Pair, UUID]:
    """New links; where another process was faster, its links."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, _columns(doors))
        made = {(contact, document): pk for pk, contact, document in cursor.fetchall()}
    taken = [door.pair for door in doors if door.pair not in made]
    return made | {door.pair: door.link_id for door in batches.doors(taken) if door.link_id}


def _columns(doors: Sequence[Door]) -> dict[str, Any]:
    new = [ids.new_id() for _door in doors]
    return {
        "id": array(new),
        "document": array([door.document_id for door in doors]),
        "version": array([door.version_id for door in doors if door.version_id]),
        "contact": array([door.contact_id for door in doors]),
        "code": words([crypto.code_hash(crypto.link_code(one)) for one in new]),
        "access": words([door.access for door in doors]),
        "days": words([door.days for door in doors]),
        "now": clock.now(),
    }


def by_code(code: str) -> Link:
    """The link of a code. Raises NotFound, in the same words for whatever is wrong with the code."""
    return _found(code_hash=crypto.code_hash(code))


def by_id(link_id: UUID) -> Link:
    """The link of an id that was proven otherwise. Raises NotFound."""
    return _found(pk=link_id)


def _found(**wanted: object) -> Link:
    link = (
        Link.objects.select_related(
            "document__type", "document__client__organisation", "document__author", "version", "contact__user"
        )
        .filter(**wanted)
        .first()
    )
    if link is None:
        raise NotFound(_("This link does not exist. Check that you copied it whole."), code="no_link")
    return link


def trouble(link: Link) -> str:
    """Why the link opens nothing now: revoked, replaced, expired, unavailable; empty when it does open."""
    if link.is_revoked:
        return {"replaced": "replaced", "renewed": "expired"}.get(link.revoked_why, "revoked")
    if link.version.n != link.document.version:
        return "replaced"
    if link.has_expired(clock.now()):
        return "expired"
    if not permissions.is_open_to_client(link.document):
        return "unavailable"
    if link.contact.user is not None and not link.contact.user.is_active:
        return "unavailable"
    return ""


def require_open(link: Link) -> None:
    """Raises Gone, with the kind of trouble, unless the link opens its document now."""
    if kind := trouble(link):
        raise Gone(_("This link no longer opens the document."), code=f"link_{kind}", kind=kind)


def needs_proof(link: Link) -> bool:
    """Whether nothing may be shown before a code: sensitive types and extra addresses."""
    return link.document.type.sensitive or link.contact.user_id is None


def note_opening(link: Link, *, kind: LinkOpening.Kind, device: str = "") -> None:
    """The holder opened the page or took the file: counted, kept and recorded."""
    now = clock.now()
    with transaction.atomic():
        LinkOpening.objects.create(link=link, kind=kind, device=device, at=now)
        if kind == LinkOpening.Kind.OPENED:
            Link.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=now)
            Link.objects.filter(pk=link.pk, first_opened_at__isnull=True).update(first_opened_at=now)
        action = "document.opened" if kind == LinkOpening.Kind.OPENED else "document.downloaded"
        editing.tell(action, link.document, by=link.contact, device=device, link=link.pk)


def other_ways(link: Link) -> list[Contact]:
    """Where a code for this link may go: any usable contact but the one that got the link.

    An extra address belongs to no person we know, so its code goes to the address itself.
    """
    if link.contact.user is None:
        return [link.contact] if link.contact.is_usable else []
    contacts = link.contact.user.contacts.exclude(pk=link.contact_id)
    return [contact for contact in contacts if contact.is_usable and contact.lookup != link.contact.lookup]


def send_code(link: Link, *, language: str) -> OneTimeCode:
    """Send a code for this link by another way. Raises NotPossible where there is none, TooMany when too soon."""
    require_open(link)
    ways = other_ways(link)
    if not ways:
        raise NotPossible(_("We have no second way to reach you. Sign in, or ask the sender."), code="no_other_way")
    return codes.issue(ways[0], PURPOSE, bound_to(link), language=language, context=_named(link))


def bound_to(link: Link) -> str:
    """What a code for this link is good for, and for nothing else."""
    return f"link:{link.pk}"


def acknowledge(link: Link, *, proven: bool, how: str = "link") -> Document:
    """Confirm receipt behind the link. Idempotent; `proven` says that a code or a sign-in vouches for the person."""
    require_open(link)
    if link.document.state == State.ACKNOWLEDGED:
        return link.document
    if link.document.type.needs_code and not proven:
        raise NotAllowed(_("Confirm with the code that we send you."), code="code_needed")
    return lifecycle.acknowledge(link.document, by=link.contact, how=how)


def decline(link: Link, *, comment: str, proven: bool) -> Document:
    """Refuse behind the link, with a reason."""
    require_open(link)
    if link.document.type.needs_code and not proven:
        raise NotAllowed(_("Confirm with the code that we send you."), code="code_needed")
    return lifecycle.decline(link.document, by=link.contact, comment=comment, how="link")


def ask(link: Link, *, text: str) -> None:
    """A question to the author."""
    require_open(link)
    editing.ask(link.document, by=link.contact, text=text)


def not_mine(link: Link) -> None:
    """The message reached somebody else: the link closes and the author is told."""
    with transaction.atomic():
        if _close(link, "not_me"):
            editing.tell("document.not_mine", link.document, by=link.contact, link=link.pk)


def revoke(link: Link, *, by: Actor) -> None:
    """Close the link at once, on every page behind it."""
    if not permissions.may_manage(by, link.document):
        raise NotAllowed(_("You have no right to do this with the document."))
    with transaction.atomic():
        if _close(link, "revoked"):
            editing.tell("link.revoked", link.document, by=by, link=link.pk)


def _close(link: Link, why: str) -> bool:
    live = Link.objects.filter(pk=link.pk, revoked_at__isnull=True)
    return bool(live.update(revoked_at=clock.now(), revoked_why=why))


def renew(link: Link, *, language: str) -> None:
    """An expired link gives way to a fresh one, sent to the same verified contact and shown to nobody else.

    Does nothing when a fresh one was sent already. Raises Gone when the document is not open any more.
    """
    if trouble(link) != "expired" or not link.contact.is_usable or not _may_renew(link):
        raise Gone(_("This link no longer opens the document."), code="link_over")
    with transaction.atomic():
        if not _close(link, "renewed"):
            return
        (fresh,) = _made(batches.doors([(link.contact_id, link.document_id)])).values()
        editing.tell("link.extended", link.document, by=SYSTEM, link=fresh)
        codes.send(link.contact, FRESH_LINK, url_of(fresh), language=language, context=_named(link))


def _named(link: Link) -> dict[str, str]:
    """What a message about this link may say of the document."""
    return {} if link.document.type.sensitive else {"name": str(link.document)}


def _may_renew(link: Link) -> bool:
    young = link.expires_at + RENEWABLE_FOR > clock.now()
    return young and permissions.is_open_to_client(link.document) and link.version.n == link.document.version


def latest_for(link: Link) -> Link | None:
    """The live link of the same contact to the same document, once this one was replaced."""
    return link.document.links.filter(contact=link.contact, revoked_at__isnull=True).order_by("-id").first()


def is_holder(link: Link, user: User | None) -> bool:
    """Whether the signed-in person is the one the link was made for."""
    return user is not None and user.is_active and user.pk == link.contact.user_id
