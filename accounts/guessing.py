"""Guessing passwords wears out: from one network over all accounts, and for one account from wherever.

django-axes counts each pair of account and network; this counts what pairs do not see. A browser in which the person
signed in before is known by a cookie and is not stopped by strangers who guess elsewhere.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import limits
from accounts.models import User
from accounts.models.user import email_key
from docflow.common import http
from docflow.common.errors import TooMany

WINDOW = 15 * 60
PER_NETWORK = 50
PER_ACCOUNT = 20
SALT = "accounts.device"
KNOWN_FOR = 180 * 24 * 3600


def check(request: HttpRequest, email: str) -> None:
    """Raises TooMany when this network, or everybody together at this account, has guessed wrong too often."""
    network = limits.counted("wrong_of_network", http.limit_key(request), seconds=WINDOW)
    account = limits.counted("wrong_of_account", email_key(email), seconds=WINDOW)
    if network >= PER_NETWORK or (account >= PER_ACCOUNT and not _is_known(request, email)):
        raise TooMany(_("Too many tries. Wait 15 minutes or reset your password."), retry_after=WINDOW)


def note_wrong(request: HttpRequest, email: str) -> None:
    """One more wrong pair of address and password; counted alike for addresses that are nobody's."""
    limits.count("wrong_of_network", http.limit_key(request), seconds=WINDOW)
    limits.count("wrong_of_account", email_key(email), seconds=WINDOW)


def know(response: HttpResponse, user: User) -> HttpResponse:
    """Remember in this browser that the person signed in here."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(user.email_lookup, salt=SALT),
        max_age=KNOWN_FOR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _is_known(request: HttpRequest, email: str) -> bool:
    kept = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        return bool(signing.loads(kept, salt=SALT, max_age=KNOWN_FOR) == email_key(email))
    except signing.BadSignature:
        return False
