"""Every fact that this app records: names used by journal, triggers, webhooks, API and tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit

SAMPLE: Mapping[str, Any] = {
    "title": "Договор поставки",
    "number": "418",
    "type": "contract",
    "type_name_ru": "Договор",
    "type_name_en": "Contract",
    "ending_ru": "",
    "ending_en": "",
    "state": "ready",
    "state_name_ru": "Готов",
    "state_name_en": "Ready",
    "priority": "normal",
    "purpose": "",
    "client_name": "Мария Сергеевна Котова",
    "client_address_as": "Мария Сергеевна",
    "author_name": "Анна Ильина",
    "due_at": datetime(2025, 11, 22, 13, 0, tzinfo=UTC),
    "ready_at": datetime(2025, 11, 21, 5, 42, tzinfo=UTC),
    "version": 1,
    "pages": 6,
    "organisation_name_ru": "Вектор Логистик",
    "organisation_name_en": "Vector Logistics",
    "confirm": "code",
    "sensitive": False,
    "comment": "",
    "reason_ru": "",
    "reason_en": "",
    "fingerprint": "9f2c 41ab … d07e",
}

REASON = {
    "reason_ru": "PDF закрыт паролем, прочитать его нельзя. Снимите пароль и загрузите снова.",
    "reason_en": "This PDF has a password, so we can't read it. Remove it and upload again.",
}
COMMENT = {"comment": "Поправьте сумму в пункте 2.1."}


def _action(name: str, label: str | Promise, tells: bool = True, /, **sample: Any) -> audit.Action:
    return audit.Action(
        name=name,
        label=label,
        subject="document",
        sample={**SAMPLE, **sample},
        participants=("client", "author", "acting"),
        notifiable=tells,
    )


ACTIONS = (
    _action("document.created", _("Document was uploaded"), state="uploaded"),
    _action("document.checking", _("Check of the file began"), False, state="checking"),
    _action("document.rejected", _("File was not accepted"), state="rejected", **REASON),
    _action("document.processing", _("File was checked"), False, state="processing"),
    _action("document.failed", _("Processing failed"), state="failed", **REASON),
    _action("document.retried", _("Processing was started again"), False, state="processing"),
    _action("document.approval_asked", _("A decision is asked"), state="approval"),
    _action("document.approved", _("A stage was approved"), state="approval", **COMMENT),
    _action("document.returned", _("Document was sent back for changes"), state="rework", **COMMENT),
    _action("document.resubmitted", _("Document was submitted again"), state="approval"),
    _action("document.ready", _("Document is ready")),
    _action("document.delivered", _("Client was told"), state="delivered"),
    _action("document.acknowledged", _("Client confirmed receipt"), state="acknowledged"),
    _action("document.declined", _("Client declined"), state="declined", **COMMENT),
    _action("document.recalled", _("Document was recalled"), state="recalled", **COMMENT),
    _action("document.archived", _("Document was archived"), False, state="archived"),
    _action("document.restored", _("Document was restored from the archive"), False),
    _action("document.new_version", _("A new version was uploaded"), state="checking", version=2),
    _action("document.opened", _("Client opened the document"), state="delivered"),
    _action("document.downloaded", _("File was downloaded"), state="delivered"),
    _action("document.commented", _("A comment was written"), **COMMENT),
    _action("document.asked", _("Client asked a question"), state="delivered", comment="Когда будет оригинал?"),
    _action("document.not_mine", _("The document reached the wrong person"), state="delivered"),
    _action("document.edited", _("Details were changed"), False),
    audit.Action("type.changed", _("Document type was changed"), "type"),
    _action("link.revoked", _("Link was revoked"), False),
    _action("link.extended", _("A fresh link was made"), False),
)


def declare() -> None:
    """Make the facts known to the journal."""
    audit.declare(*ACTIONS)
