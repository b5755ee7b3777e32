"""A forgotten password: the same answer, after the same time, whether or not there is such a person."""

import time

import structlog
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import credentials, limits, tokens
from accounts.access import public
from accounts.forms import AskReset, NewPassword
from docflow.common import http
from docflow.common.errors import NotPossible, TooMany

log = structlog.get_logger(__name__)

PER_ADDRESS = 3
PER_CALLER = 20
HOUR = 3600
TAKES = 0.35  # seconds: longer than making the letter, so that time tells nothing


@public
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with a link."""
    form = AskReset(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset.html", {"form": form}, status=422 if form.is_bound else 200)
    if not limits.allow("reset", http.limit_key(request), times=PER_CALLER, seconds=HOUR):
        raise TooMany(_("Too many tries. Wait an hour."), retry_after=HOUR)
    began = time.monotonic()
    email = form.cleaned_data["email"]
    if limits.allow("reset_of", email.lower(), times=PER_ADDRESS, seconds=HOUR):
        _ask(email)
    time.sleep(max(0.0, TAKES - (time.monotonic() - began)))
    return render(request, "accounts/reset_sent.html", {"email": email})


def _ask(email: str) -> None:
    """A letter that cannot be sent is told to the log: an answer would tell that there is such a person."""
    try:
        credentials.ask_reset(email)
    except NotPossible as refused:
        log.error("reset_not_sent", reason=refused.code)


@public
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a new password by the mailed link; the second factor is asked as always."""
    person = tokens.find_person("reset", token)
    form = NewPassword(request.POST or None, person=person)
    if form.is_valid():
        credentials.reset(token, form.cleaned_data["password"])
        logout(request)
        messages.success(request, _("The password is changed. Sign in with the new one."))
        return redirect("accounts:sign_in")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/new_password.html", {"form": form, "person": person}, status=status)
