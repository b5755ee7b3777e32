"""Show again who you are before an act that would serve a thief: five minutes count, what was sent is kept.

Where the last proof is older, a POST is answered by a page that asks for the app's code (or the password of who has
no app) and carries what was sent, sealed for this person and address; the right proof lets the act go on with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import limits, second_factor, sessions
from accounts.access import person
from accounts.forms import ProofByCode, ProofByPassword
from accounts.models import User
from docflow.common import crypto
from docflow.common.errors import NotValid, TooMany

View = Callable[..., HttpResponseBase]
TRIES = 5
WINDOW = 15 * 60
PROOF, CARRIED = "proof", "carried"


def proven(view: View) -> View:
    """A view whose POST needs a fresh proof; stands inside the guard that says whose page it is."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = asked(request)
        return view(request, *args, **kwargs) if page is None else page

    return asking


def asked(request: HttpRequest) -> HttpResponse | None:
    """The page that asks, instead of the answer to this POST; None when it may go on, with what was sent at first."""
    if request.method != "POST" or sessions.is_proven(request):
        return None
    user = person(request)
    kind = ProofByCode if second_factor.has(user) else ProofByPassword
    form = kind(request.POST if PROOF in request.POST else None)
    if form.is_valid() and _passes(user, form):
        request.POST = _opened(request)  # type: ignore[assignment]  # a real one: QueryDict is immutable unless told
        sessions.note_proof(request)
        return None
    carried = request.POST.get(CARRIED) or crypto.seal_field(request.POST.urlencode(), _place(request)).hex()
    return render(request, "accounts/prove.html", {"form": form, "carried": carried}, status=403)


def _passes(user: User, form: ProofByCode | ProofByPassword) -> bool:
    try:
        _check(user, form.cleaned_data[PROOF])
    except (NotValid, TooMany) as refused:
        form.add_error(PROOF, str(refused.message))
        return False
    return True


def _check(user: User, shown: str) -> None:
    """Raises NotValid for a wrong code or password, TooMany after five of them."""
    if second_factor.has(user):
        second_factor.check(user, shown)
        return
    if not limits.allow("proof", str(user.pk), times=TRIES, seconds=WINDOW):
        raise TooMany(_("Too many tries. Wait 15 minutes."), retry_after=WINDOW)
    if not user.check_password(shown):
        raise NotValid(_("The password is not right."), code="wrong_password")


def _opened(request: HttpRequest) -> QueryDict:
    """What was sent at first. Raises NotValid when it was changed, or was sent by somebody or to somewhere else."""
    try:
        return QueryDict(crypto.open_field(bytes.fromhex(request.POST.get(CARRIED, "")), _place(request)))
    except (ValueError, crypto.CannotOpen) as error:
        raise NotValid(_("This form was open too long. Begin again."), code="stale_form") from error


def _place(request: HttpRequest) -> str:
    return f"step-up:{person(request).pk}:{request.get_full_path()}"
