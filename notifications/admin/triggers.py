"""Triggers: the list, the editor with its live dry run, the revisions and the runs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import person
from docflow.common import clock
from docflow.common.errors import NotPossible
from notifications import builder, desk, rehearsal, runs, sentence
from notifications.admin.pages import administrators, page
from notifications.forms import TriggerForm, pressed, redrawn, trigger_data
from notifications.models import Trigger

State = Trigger.State

WORDLESS = ("action", "mode", "delay", "lane")  # fields of the editor without a line for errors


@require_GET
@administrators
def listing(request: HttpRequest) -> HttpResponse:
    """All triggers with what they do in words and what they did in the last 30 days."""
    triggers = list(Trigger.objects.all())
    words = builder.words(triggers)
    counts = runs.counts(clock.now())
    rows = [
        {
            "trigger": one,
            "event": builder.event_label(one.action),
            "sentence": sentence.sentence(one, words),
            "sent": counts.get(one.pk, 0),
            "may_enable": desk.is_rehearsed(one),
        }
        for one in triggers
    ]
    return page(request, "triggers.html", {"rows": rows, "trail": [(gettext("Triggers"), None)]})


@require_http_methods(["GET", "POST"])
@administrators
def editor(request: HttpRequest, trigger_id: UUID | None = None) -> HttpResponse:
    """The editor; POST saves, redraws the rows, or refuses with everything typed kept."""
    trigger = get_object_or_404(Trigger, pk=trigger_id) if trigger_id else None
    if request.method == "GET":
        return _draw(request, trigger, _start(request, trigger))
    if pressed(request.POST):
        return _draw(request, trigger, redrawn(request.POST))
    form = _form(trigger, request.POST)
    if not form.is_valid():
        return _draw(request, trigger, request.POST, form=form, status=422)
    try:
        saved = _save(request, trigger, form)
    except NotPossible as refused:
        return _draw(request, trigger, request.POST, form=form, refused=refused, status=refused.status)
    messages.success(request, gettext("Saved: “%s”.") % saved.title)
    return redirect("desk:trigger", trigger_id=saved.pk)


def _start(request: HttpRequest, trigger: Trigger | None) -> QueryDict:
    """The stored trigger, or an old revision of it that is to be looked at and saved again."""
    data = trigger_data(trigger)
    number = request.GET.get("revision", "")
    old = trigger.revisions.filter(number=int(number)).first() if trigger and number.isdigit() else None
    if trigger is None or old is None:
        return data
    was = trigger_data(desk.with_content(Trigger(state=trigger.state), desk.content_from(old.content)))
    messages.info(request, gettext("This is revision %d. Save to make it the present one.") % old.number)
    return was


def _form(trigger: Trigger | None, data: QueryDict) -> TriggerForm:
    return TriggerForm(data, present_delay=trigger.delay if trigger else 0)


def _save(request: HttpRequest, trigger: Trigger | None, form: TriggerForm) -> Trigger:
    state = request.POST.get("state", State.DRAFT)
    revision = request.POST.get("revision", "")
    return desk.save_trigger(
        trigger or Trigger(),
        form.content(),
        state=state if state in State.values else State.DRAFT,
        seen=request.POST.get("seen", ""),
        revision=int(revision) if revision.isdigit() else 0,
        by=person(request),
    )


def _draw(
    request: HttpRequest,
    trigger: Trigger | None,
    data: QueryDict,
    *,
    form: TriggerForm | None = None,
    refused: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    form = form or _form(trigger, data).quietly()
    context = {
        "trigger": trigger,
        "form": form,
        "data": data,
        "refused": refused,
        "errors": _problems(form) if form.checked else [],
        "facts": builder.FACTS.items(),
        "operators": builder.OPERATORS,
        "recipient_groups": builder.recipients(),
        "states": State.choices,
        "state": data.get("state", State.DRAFT),
        "revision": data.get("revision") or (trigger.revision if trigger else 0),
        "urls": _urls(trigger),
        "tabs": _tabs(trigger, "edit"),
        "trail": _trail(trigger),
        **_preview(trigger, form, data),
    }
    return page(request, "trigger.html", context, fragment="_builder.html", status=status)


def _problems(form: TriggerForm) -> list[str]:
    """What is wrong with the whole, and with fields that have no place of their own for words."""
    named = [f"{form.fields[name].label}: {each}" for name in WORDLESS for each in form.errors.get(name, [])]
    return [*form.errors.get("__all__", []), *named]


def _preview(trigger: Trigger | None, form: TriggerForm, data: QueryDict) -> dict[str, Any]:
    """Sentence, dry run and check of what stands in the form; `seen` comes back with the form as proof."""
    content = form.content()
    draft = desk.with_content(Trigger(), content)
    if trigger:
        draft.pk = trigger.pk
    asked = data.get("check", "").strip()
    words = builder.words([draft])
    return {
        "draft": draft,
        "sentence": sentence.sentence(draft, words),
        "words": words,
        "rehearsal": rehearsal.rehearse(draft),
        "check": rehearsal.check(draft, asked),
        "asked": asked,
        "seen": content.digest,
        "may_enable": bool(content.recipients and content.channels),
        "texts": builder.texts(draft),
    }


@require_POST
@administrators
def preview(request: HttpRequest, trigger_id: UUID | None = None) -> HttpResponse:
    """The right column for what is being typed; looking at the dry run of the saved revision is remembered."""
    trigger = get_object_or_404(Trigger, pk=trigger_id) if trigger_id else None
    form = _form(trigger, request.POST).quietly()
    if trigger:
        desk.rehearsed(trigger, form.content().digest)
    context = {
        "trigger": trigger,
        "states": State.choices,
        "state": request.POST.get("state", State.DRAFT),
        "live": True,
        **_preview(trigger, form, request.POST),
    }
    return page(request, "_preview.html", context)


@require_POST
@administrators
def switch(request: HttpRequest, trigger_id: UUID) -> HttpResponse:
    """Change the state from the list."""
    trigger = get_object_or_404(Trigger, pk=trigger_id)
    state = request.POST.get("state", "")
    if state in State.values:
        try:
            desk.switch(trigger, state, by=person(request))
        except NotPossible as refused:
            messages.error(request, str(refused.message))
            return redirect("desk:trigger", trigger_id=trigger.pk)
    return redirect("desk:triggers")


@require_GET
@administrators
def history(request: HttpRequest, trigger_id: UUID) -> HttpResponse:
    """The last runs with document, result and why not; and the revisions."""
    trigger = get_object_or_404(Trigger, pk=trigger_id)
    shown = runs.of(trigger, after=request.GET.get("after", ""))
    context = {
        "trigger": trigger,
        "runs": shown.rows,
        "words": builder.words([trigger]),
        "next_url": shown.next and f"{request.path}?after={shown.next}",
        "revisions": runs.revisions(trigger),
        "tabs": _tabs(trigger, "runs"),
        "trail": [*_trail(trigger)],
    }
    return page(request, "runs.html", context)


def _urls(trigger: Trigger | None) -> dict[str, str]:
    if trigger is None:
        return {"editor": reverse("desk:trigger_new"), "preview": reverse("desk:trigger_new_preview")}
    named = {"trigger_id": trigger.pk}
    return {"editor": reverse("desk:trigger", kwargs=named), "preview": reverse("desk:trigger_preview", kwargs=named)}


def _tabs(trigger: Trigger | None, current: str) -> list[tuple[str, str, bool]]:
    if trigger is None:
        return []
    edit = reverse("desk:trigger", kwargs={"trigger_id": trigger.pk})
    history_url = reverse("desk:trigger_runs", kwargs={"trigger_id": trigger.pk})
    return [(edit, gettext("Rule"), current == "edit"), (history_url, gettext("Runs and revisions"), current == "runs")]


def _trail(trigger: Trigger | None) -> list[tuple[str, str | None]]:
    return [
        (gettext("Triggers"), reverse("desk:triggers")),
        (trigger.title if trigger else gettext("New trigger"), None),
    ]
