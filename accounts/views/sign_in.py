"""Signing in and out.

Between password and code the session holds who, until when, where to, and what ends it with a new password: no secret.
"""

from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, guessing, second_factor, sessions
from accounts.access import public, second_factor_page
from accounts.forms import Code, SignIn
from accounts.models import Authenticator, User
from accounts.views import show
from docflow.common import clock
from docflow.common.errors import NotValid, TooMany

STEP = "second_step"
STEP_SECONDS = 600
NOBODY = UUID(int=0)


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password. One answer to any wrong pair; then the second factor where there is one."""
    after = _after(request)
    if isinstance(request.user, User):
        return redirect(after)
    form = SignIn(request.POST or None)
    if not form.is_valid():
        return _form(request, form, after, 422 if form.is_bound else 200)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    guessing.check(request, email)
    user = authenticate(request, username=email, password=password)
    if isinstance(user, User):
        return _password_right(request, user, after)
    guessing.note_wrong(request, email)
    _note_refusal(request, email)
    form.add_error(None, _("E-mail or password is wrong. Check both and try again."))
    return _form(request, form, after, 422)


def _form(request: HttpRequest, form: SignIn, after: str, status: int) -> HttpResponse:
    return render(request, "accounts/sign_in.html", {"form": form, "next": after}, status=status)


def _password_right(request: HttpRequest, user: User, after: str) -> HttpResponse:
    if second_factor.has(user):
        request.session.cycle_key()
        until = int(clock.now().timestamp()) + STEP_SECONDS
        tied = user.get_session_auth_hash()
        request.session[STEP] = {"user": str(user.pk), "until": until, "next": after, "tied": tied}
        return redirect("accounts:second_factor")
    return _signed_in(request, user, after)


@second_factor_page
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Six digits from the app, or a recovery code."""
    user, after = _waiting(request)
    if user is None:
        return redirect(_set_up_or_sign_in(request))
    form = Code(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            device = second_factor.check(user, form.cleaned_data["code"])
        except (NotValid, TooMany) as refused:
            status = show(form, refused)
        else:
            request.session.pop(STEP, None)
            return _signed_in(request, user, after, device)
    return render(request, "accounts/second_factor.html", {"form": form}, status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The session ends on the server too."""
    sessions.end(request)
    return redirect("accounts:sign_in")


def _waiting(request: HttpRequest) -> tuple[User | None, str]:
    """Who has passed the password and owes the code: before the session began, or in it."""
    if isinstance(request.user, User):
        owes = second_factor.has(request.user) and not request.user.is_verified()  # type: ignore[attr-defined]  # set by django-otp
        return (request.user if owes else None), _after(request)
    step = request.session.get(STEP, {})
    if step.get("until", 0) < clock.now().timestamp():
        return None, "/"
    user = User.objects.filter(pk=step["user"], is_active=True).first()
    owes = user is not None and second_factor.has(user) and step["tied"] == user.get_session_auth_hash()
    return (user if owes else None), step["next"]


def _set_up_or_sign_in(request: HttpRequest) -> str:
    return reverse("accounts:totp") if isinstance(request.user, User) else reverse("accounts:sign_in")


def _signed_in(request: HttpRequest, user: User, after: str, device: Authenticator | None = None) -> HttpResponse:
    with transaction.atomic():
        audit.record("person.signed_in", user, by=user, data={"second_factor": device is not None})
        sessions.begin(request, user, device)
    return guessing.know(redirect(after), user)


def _note_refusal(request: HttpRequest, email: str) -> None:
    """The same work for a known address as for an unknown one."""
    user = User.objects.by_email(email)
    action = "person.locked_out" if getattr(request, "axes_locked_out", False) else "person.sign_in_refused"
    with transaction.atomic():
        audit.record(action, ("user", user.pk if user else NOBODY), by=audit.SYSTEM)


def _after(request: HttpRequest) -> str:
    """Where to go then: a path of this site, or the start."""
    wanted = request.POST.get("next", request.GET.get("next", "/"))
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={settings.BASE_HOST}, require_https=settings.HTTPS)
    return wanted if ours and wanted.startswith("/") else "/"
