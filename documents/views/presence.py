"""A sign that a person acts behind a link, and not a program that presses every button it finds.

Mail filters fetch what a message links to; some submit its forms. A script of ours adds a mark to a form at the moment
it is sent, so one tap is enough where scripts run. Without scripts, and for acts that cannot be taken back, the
person types a number that stands on the page.
"""

import secrets

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from documents.models import Link
from documents.views.proof import Proof

SALT = "documents.presence"
LONGEST = 24 * 3600
BY_TAP = {"seen", "code", "ack"}


def mark(link: Link) -> str:
    """What the page's script adds to a form; good for this link and for a day."""
    return signing.dumps(link.pk.hex, salt=SALT)


def number(link: Link) -> str:
    """The four digits that a page shows and a person types."""
    return f"{int(salted_hmac(SALT, link.pk.hex).hexdigest(), 16) % 9000 + 1000}"


def shown(request: HttpRequest, link: Link, proof: Proof, act: str) -> bool:
    """Whether this act is a person's: proven by a code or a sign-in, marked at a tap, or with the number typed."""
    if proof.proven or typed_right(request, link):
        return True
    by_tap = act in BY_TAP or (act == "ask" and not link.document.type.needs_code)
    return by_tap and _marked(request, link)


def typed_right(request: HttpRequest, link: Link) -> bool:
    """Whether the number was typed as the page shows it."""
    typed = "".join(filter(str.isdecimal, request.POST.get("number", "")[:20]))
    return secrets.compare_digest(typed.encode(), number(link).encode())


def _marked(request: HttpRequest, link: Link) -> bool:
    try:
        return bool(signing.loads(request.POST.get("tap", ""), salt=SALT, max_age=LONGEST) == link.pk.hex)
    except signing.BadSignature:
        return False
