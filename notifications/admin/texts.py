"""Texts of messages: the table by event, channel and language; the editor with its live preview; old versions."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, subjects
from accounts.access import person
from accounts.models import Installation
from docflow.common.errors import NotPossible
from notifications import builder, desk, filters, preview, rendering
from notifications.admin.pages import administrators, page
from notifications.channels import registry
from notifications.forms import BUTTON_KINDS, TextForm, text_data
from notifications.models import Template, TemplateVersion
from notifications.segments import segments

STYLE = re.compile(r'\sstyle="[^"]*"')


@require_GET
@administrators
def listing(request: HttpRequest) -> HttpResponse:
    """Every event with what is written for it."""
    written = {(one.action, one.channel, one.language): one for one in Template.objects.select_related("current")}
    rows = [{"action": action, "label": label, "cells": _cells(action, written)} for action, label in builder.told_of()]
    context = {"rows": rows, "channels": list(registry.KINDS), "trail": [(gettext("Texts of messages"), None)]}
    return page(request, "texts.html", context)


def _cells(action: str, written: dict[tuple[str, str, str], Template]) -> list[list[dict[str, Any]]]:
    return [[_cell(action, channel, language, written) for language in builder.LANGUAGES] for channel in registry.KINDS]


def _cell(action: str, channel: str, language: str, written: dict[tuple[str, str, str], Template]) -> dict[str, Any]:
    current = written[action, channel, language].current if (action, channel, language) in written else None
    url = reverse("desk:text", kwargs={"action": action, "channel": channel, "language": language})
    return {"channel": channel, "language": language, "url": url, "version": current}


@require_http_methods(["GET", "POST"])
@administrators
def editor(request: HttpRequest, action: str, channel: str, language: str) -> HttpResponse:
    """The editor; POST saves a new version or says what is wrong, with everything typed kept."""
    template = _template(action, channel, language)
    if request.method == "GET":
        return _draw(request, template, text_data(template.current))
    form = TextForm(request.POST, template=template)
    if request.POST.get("redraw") or not form.is_valid():
        return _draw(request, template, request.POST, form=form, status=200 if request.POST.get("redraw") else 422)
    after = request.POST.get("after", "")
    try:
        version = desk.save_text(
            template,
            form.parts(),
            by=person(request),
            note=form.cleaned_data["note"],
            after=int(after) if after.isdigit() else 0,
        )
    except NotPossible as refused:
        return _draw(request, template, request.POST, form=form, refused=refused, status=refused.status)
    messages.success(request, gettext("Saved as version %d. New messages use it.") % version.number)
    return redirect(request.path)


def _template(action: str, channel: str, language: str) -> Template:
    known = {name for name, _label in builder.told_of()}
    if action not in known or channel not in registry.KINDS or language not in builder.LANGUAGES:
        raise Http404
    place = {"action": action, "channel": channel, "language": language}
    return Template.objects.select_related("current").filter(**place).first() or Template(**place)


def _draw(
    request: HttpRequest,
    template: Template,
    data: QueryDict,
    *,
    form: TextForm | None = None,
    refused: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = [] if template._state.adding else list(template.versions.select_related("by")[:30])
    named = {"action": template.action, "channel": template.channel, "language": template.language}
    context = {
        "template": template,
        "label": dict(builder.told_of())[template.action],
        "form": form or TextForm(data, template=template),
        "errors": form.errors.get("__all__", []) if form and status != 200 else [],
        "refused": refused,
        "data": data,
        "versions": versions,
        "after": data.get("after") or (versions[0].number if versions else 0),
        "button_kinds": BUTTON_KINDS,
        "fields": _fields(template),
        "urls": {name: reverse(f"desk:{name}", kwargs=named) for name in ("text", "text_preview", "text_restore")},
        "trail": [
            (gettext("Texts of messages"), reverse("desk:texts")),
            (dict(builder.told_of())[template.action], None),
        ],
        **_shown(template, data, form),
    }
    return page(request, "text.html", context, status=status)


def _fields(template: Template) -> list[tuple[str, str]]:
    """What a text may ask for, with a sample of each."""
    about = preview.sample(template.action)
    said = rendering.context_of(
        about,
        language=template.language,
        zone="Europe/Moscow",
        installation=Installation.current(),
        name=str(about.get("client_name") or "Мария Сергеевна Котова"),
        address_as=str(about.get("client_address_as") or "Мария Сергеевна"),
        link=f"{settings.BASE_URL}/s/{preview.SAMPLE_CODE}",
    )
    return [(name, _sample(said, name, template.language)) for name in preview.fields(template.action)]


def _sample(said: Mapping[str, Any], name: str, language: str) -> str:
    """The value that stands behind `a` or `a.b`, as a person reads it."""
    root, _dot, leaf = name.partition(".")
    value = said.get(root, "")
    value = value.get(leaf, "") if leaf else value
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return filters.moment(value, "year", language) if isinstance(value, date) else str(value)


@require_POST
@administrators
def preview_text(request: HttpRequest, action: str, channel: str, language: str) -> HttpResponse:
    """The right column for what is being typed."""
    template = _template(action, channel, language)
    return page(request, "_text_preview.html", {"template": template, **_shown(template, request.POST, None)})


def _shown(template: Template, data: QueryDict, form: TextForm | None) -> dict[str, Any]:
    """The message as its reader would see it, on a real document if one is named; what stands against saving."""
    parts = (form or TextForm(data, template=template)).parts()
    asked = data.get("document", "").strip()
    facts = _facts(template.action, asked)
    place = (template.action, template.channel, template.language)
    try:
        message = preview.render(*place, **parts, facts=facts)
    except rendering.CannotRender as error:
        return {"problems": [str(error)], "asked": asked, "found": facts}
    return {
        "message": message,
        "html": _framed(message.html) if template.channel == "email" and message.html else "",
        "count": segments(message.text) if template.channel == "sms" else None,
        "problems": preview.problems(*place, **parts),
        "asked": asked,
        "found": facts,
    }


def _facts(action: str, asked: str) -> dict[str, Any] | None:
    kind = builder.kind_of(action)
    if not asked or kind not in subjects.kinds():
        return None
    found = subjects.of(kind).find(asked)[:1]
    sample = dict(audit.actions()[action].sample)
    return {**sample, **subjects.of(kind).facts(found)[found[0]]} if found else None


def _framed(html: str) -> str:
    """The letter for a sandboxed frame: the page's policy forbids styles inside, so a sheet of ours stands for them."""
    sheet = format_html('<link rel="stylesheet" href="{}"><base target="_blank">', static("css/letter.css"))
    return STYLE.sub("", html).replace("</head>", f"{sheet}</head>", 1)


@require_POST
@administrators
def restore(request: HttpRequest, action: str, channel: str, language: str) -> HttpResponse:
    """Make an old version the newest."""
    template = _template(action, channel, language)
    version = get_object_or_404(TemplateVersion, template=template, pk=_id(request.POST.get("version", "")))
    made = desk.restore_text(version, by=person(request))
    messages.success(
        request,
        gettext("Version %(old)d is in use again, as version %(new)d.") % {"old": version.number, "new": made.number},
    )
    return redirect("desk:text", action=action, channel=channel, language=language)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
