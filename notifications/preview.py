"""Texts as the editor shows them: filled with samples or real facts, and what is wrong with them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import Installation
from notifications import rendering
from notifications.letter import Rendered
from notifications.models import TemplateVersion
from notifications.segments import segments

COMMON = ("link", "recipient.name", "recipient.address_as", "organisation.name", "organisation.short_name",
          "organisation.phone", "organisation.hours", "language")  # fmt: skip
CODES: Mapping[str, Mapping[str, Any]] = {
    "code.verify": {"code": "418205"},
    "code.reset": {},
    "code.invite": {"name": "Мария Сергеевна"},
    "code.sign_in": {"code": "418205"},
    "code.confirm": {"code": "418205", "name": "Договор № 418"},
    "code.recovery": {"code": "418205"},
    "code.link": {"name": "Договор № 418"},
}
OUTPUT = re.compile(r"\{\{-?\s*([a-z_][\w.]*)")
SAMPLE_CODE = "Kp7x2Q9aTbM4wZ8yRc3vNd"


def sample(action: str) -> Mapping[str, Any]:
    """Facts of the kind that this action brings."""
    if action in CODES:
        return CODES[action]
    declared = audit.actions()[action]
    kin = [dict(other.sample) for other in audit.actions().values() if other.subject == declared.subject]
    fullest: dict[str, Any] = max(kin, key=len)
    return {**fullest, **declared.sample}


def fields(action: str) -> list[str]:
    """The names that a text for this action may use."""
    return sorted({*rendering.localised(sample(action), "en", "UTC"), *COMMON})


def render(
    action: str, channel: str, language: str, *, subject: str = "", text: str, html: str = "",
    buttons: Sequence[Any] = (), facts: Mapping[str, Any] | None = None, link: str | None = None,
    address_as: str | None = None,
) -> Rendered:  # fmt: skip
    """The text as its reader would see it; without `facts`, of the action's sample. Raises CannotRender."""
    version = TemplateVersion(subject=subject, text=text, html=html, buttons=list(buttons))
    about = sample(action) if facts is None else facts
    name = str(about.get("client_name") or "")
    context = rendering.context_of(
        about,
        language=language,
        zone="Europe/Moscow",
        installation=Installation.current(),
        name=name,
        address_as=str(about.get("client_address_as") or "") if address_as is None else address_as,
        link=f"{settings.BASE_URL}/s/{SAMPLE_CODE}" if link is None else link,
    )
    return rendering.render(rendering.compile_version(version, language), context, channel=channel, key="sample")


def problems(
    action: str, channel: str, language: str, *, subject: str = "", text: str, html: str = "",
    buttons: Sequence[Any] = (),
) -> list[str]:  # fmt: skip
    """Why this text cannot be saved; empty when it can."""
    found = rendering.check(subject, text, html, buttons, language)
    if found:
        return found
    found = _unknown_names(action, " ".join([subject, text, html, str(list(buttons))]))
    if not text.strip():
        found.append(_("The text is empty."))
    if channel == "email" and not subject.strip():
        found.append(_("An e-mail needs a subject."))
    try:
        shown = render(action, channel, language, subject=subject, text=text, html=html, buttons=buttons)
    except rendering.CannotRender as error:
        return [*found, str(error)]
    if channel == "sms" and segments(shown.text).segments > 1:
        count = segments(shown.text)
        over = count.characters - {"GSM-7": 160, "UCS-2": 70}[count.encoding]
        found.append(
            ngettext("%(over)s character too long for one SMS.", "%(over)s characters too long for one SMS.", over)
            % {"over": over}
        )
    return found


def _unknown_names(action: str, source: str) -> list[str]:
    known = set(fields(action))
    roots = {name.partition(".")[0] for name in known}
    loose = {name for name in OUTPUT.findall(source) if name not in known and name.partition(".")[0] not in roots}
    return [_("There is no field «%(name)s».") % {"name": name} for name in sorted(loose)]
