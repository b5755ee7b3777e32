"""The start page of the administration: everything there is, in groups, to whom it is open."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import person
from accounts.models import Role

Words = str | Promise


@dataclass(frozen=True)
class Entry:
    """One page of the administration. Either `model` gives the right to see it, or `roles` do."""

    label: Words
    text: Words
    icon: str
    view: str
    query: str = ""
    model: str = ""
    roles: tuple[str, ...] = (Role.ADMINISTRATOR,)

    @property
    def url(self) -> str:
        """Where it is."""
        return reverse(self.view) + self.query

    def is_open_to(self, request: HttpRequest) -> bool:
        """Whether this person may see the page."""
        if not self.model:
            return person(request).has_role(*self.roles)
        return admin.site.get_model_admin(apps.get_model(self.model)).has_view_permission(request)


def _model(label: Words, text: Words, *, model: str, icon: str) -> Entry:
    return Entry(label, text, icon=icon, view=f"admin:{model.lower().replace('.', '_')}_changelist", model=model)


_LOG_READERS = (Role.ADMINISTRATOR, Role.OPERATOR)
GROUPS: tuple[tuple[Words, tuple[Entry, ...]], ...] = (
    (
        _("Work"),
        (
            Entry(
                _("Delivery log"),
                _("Every message: to whom, by which way, what became of it."),
                icon="send",
                view="desk:deliveries",
                roles=_LOG_READERS,
            ),
            Entry(
                _("Not delivered"),
                _("What did not arrive and why; correct the address or send again."),
                icon="circle-alert",
                view="desk:deliveries",
                query="?state=failed",
                roles=_LOG_READERS,
            ),
        ),
    ),
    (
        _("Setting up"),
        (
            Entry(
                _("Triggers"),
                _("Who is told what, when and by which way."),
                icon="zap",
                view="desk:triggers",
            ),
            Entry(
                _("Texts of messages"),
                _("What letters, SMS and chats say, in both languages."),
                icon="message-square-text",
                view="desk:texts",
            ),
            _model(
                _("Document types"),
                _("What is accepted, who confirms it, how the client gets it."),
                model="documents.DocumentType",
                icon="file-cog",
            ),
            _model(
                pgettext_lazy("administration", "Organisation"),
                _("Names, phone and hours that clients see."),
                model="accounts.Installation",
                icon="building-2",
            ),
        ),
    ),
    (
        _("Connections"),
        (
            Entry(
                _("Channels"),
                _("E-mail, SMS and Telegram: settings, a test, how they are doing."),
                icon="radio-tower",
                view="desk:channels",
            ),
            _model(
                _("API keys"),
                _("Keys for other programs: made, limited, revoked."),
                model="accounts.ApiKey",
                icon="key-round",
            ),
        ),
    ),
    (
        _("People and rights"),
        (
            _model(
                pgettext_lazy("administration", "People"),
                _("Who works here and who is served; roles, invitations, sign-in."),
                model="accounts.User",
                icon="users",
            ),
            _model(
                _("Groups"),
                _("Who shares tasks, such as a legal department."),
                model="accounts.Group",
                icon="users-round",
            ),
            _model(
                _("Client organisations"),
                _("Companies that clients belong to."),
                model="accounts.Organisation",
                icon="briefcase-business",
            ),
        ),
    ),
    (
        _("Oversight"),
        (
            _model(
                _("Journal"),
                _("Who did what and when; cannot be changed, can be exported."),
                model="accounts.AuditEntry",
                icon="scroll-text",
            ),
            _model(
                _("Documents"),
                _("All documents with their states, to look at only."),
                model="documents.Document",
                icon="file-search",
            ),
        ),
    ),
)


def groups(request: HttpRequest) -> Iterator[tuple[Words, list[Entry]]]:
    """The groups that have something for this person."""
    for label, entries in GROUPS:
        allowed = [entry for entry in entries if entry.is_open_to(request)]
        if allowed:
            yield label, allowed
