"""A person's own security: password, second factor, recovery codes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import credentials, people, second_factor, sessions, step_up
from accounts.access import needs_second_factor, person, signed_in, signed_in_unverified
from accounts.forms import ChangePassword, Code
from accounts.views import show
from docflow.common.errors import NotPossible, NotValid, Refused


@signed_in
def security(request: HttpRequest) -> HttpResponse:
    """One card per way of proving who you are."""
    user = person(request)
    context = {
        "section": "security",
        "device": getattr(user, "authenticator", None),
        "places": sessions.places(request, user),
        "codes_left": second_factor.codes_left(user),
        "required": needs_second_factor(user),
        "form": Code(),
    }
    return render(request, "accounts/security.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password for the current one; other sessions end."""
    user = person(request)
    form = ChangePassword(request.POST or None, person=user)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            credentials.change_password(user, form.cleaned_data["current"], form.cleaned_data["password"])
        except NotValid as refused:
            status = show(form, refused)
        else:
            sessions.keep(request, user)
            messages.success(request, _("The password is changed. Other sessions have ended."))
            return redirect("accounts:security")
    return render(request, "accounts/password.html", {"form": form, "section": "security"}, status=status)


@signed_in_unverified
@require_http_methods(["GET", "POST"])
@step_up.proven
def totp(request: HttpRequest) -> HttpResponse:
    """Set up the app: the secret travels sealed in the form until the first right code."""
    user = person(request)
    if second_factor.has(user):
        return redirect("accounts:security")
    form = Code(request.POST or None)
    secret, status = _secret(request), 422 if form.is_bound else 200
    if form.is_valid():
        try:
            device, codes = second_factor.set_up(user, secret, form.cleaned_data["code"])
        except (NotValid, NotPossible) as refused:
            status = show(form, refused)
        else:
            sessions.keep(request, user, device)
            return _codes(request, codes)
    context = {
        "form": form,
        "carried": second_factor.carry(user, secret),
        "picture": second_factor.picture(user, secret),
        "readable": second_factor.readable(secret),
        "required": needs_second_factor(user),
    }
    return render(request, "accounts/totp.html", context, status=status)


@signed_in
@require_POST
def totp_off(request: HttpRequest) -> HttpResponse:
    """Remove the app, for a current code of it; who must have a second factor sets up another one at once."""
    user = person(request)
    if not _passes(request):
        return redirect("accounts:security")
    second_factor.remove(user, by=user)
    sessions.keep(request, user)
    return redirect("accounts:totp" if needs_second_factor(user) else "accounts:security")


@signed_in
@require_POST
def recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, for a current code; shown once."""
    if not _passes(request):
        return redirect("accounts:security")
    return _codes(request, second_factor.make_recovery_codes(person(request)))


@signed_in
@require_POST
def end_session(request: HttpRequest, number: UUID) -> HttpResponse:
    """Sign out in one other place."""
    sessions.end_place(person(request), number, by=person(request))
    messages.success(request, _("That session has ended."))
    return redirect("accounts:security")


@signed_in
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = person(request)
    people.sign_out(user, by=user)
    sessions.keep(request, user)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("accounts:security")


def _passes(request: HttpRequest) -> bool:
    """Whether a right current code was typed; says what is wrong otherwise."""
    form = Code(request.POST)
    if not second_factor.has(person(request)):
        return False
    try:
        second_factor.check(person(request), form.data.get("code", "")[:32])
    except Refused as refused:
        messages.error(request, str(refused.message))
        return False
    return True


def _secret(request: HttpRequest) -> str:
    carried = request.POST.get("carried", "")
    return second_factor.carried(person(request), carried) if carried else second_factor.new_secret()


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})
