"""Coming in by a link: an invitation, the first administrator's set-up, the proof of an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from accounts import contacts, people, sessions, tokens
from accounts.access import public
from accounts.forms import Join, SetUp
from accounts.views import show
from docflow.common.errors import NotPossible, NotValid


@public
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password and come in; the address that got the letter is verified by it."""
    person = tokens.find_person("invite", token)
    initial = {"language": person.language, "time_zone": person.time_zone}
    with translation.override(person.language):
        form = Join(request.POST or None, initial=initial, person=person)
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, "accounts/invitation.html", {"form": form, "person": person}, status=status)
    sessions.begin(request, people.accept(token, **form.cleaned_data))
    return redirect("/")


@public
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator, then straight to the second factor."""
    tokens.find("setup", token)
    language = translation.get_language()
    initial = {"language": language, "time_zone": "Europe/Moscow" if language == "ru" else "UTC"}
    form = SetUp(request.POST or None, initial=initial)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        typed = form.cleaned_data
        known = {name: typed[name] for name in ("name", "language", "time_zone", "password")}
        try:
            user = people.set_up_administrator(token, typed["email"], organisation=form.organisation(), **known)
        except (NotValid, NotPossible) as refused:
            status = show(form, refused)
        else:
            sessions.begin(request, user)
            return redirect("/")
    return render(request, "accounts/setup.html", {"form": form}, status=status)


@public
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Opening shows a button; only pressing it verifies, so that a mail scanner cannot."""
    if request.method == "POST":
        return render(request, "accounts/verified.html", {"contact": contacts.verify_by_link(token)})
    return render(request, "accounts/verify.html", {"contact": tokens.find("verify", token).contact})
