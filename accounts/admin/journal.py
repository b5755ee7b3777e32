"""The journal: read, filtered, searched by what it is about, exported; never changed."""

import csv
import json
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import audit, step_up, subjects
from accounts.access import person
from accounts.admin.desk import COUNT_CAP, Desk, uuid_or_none
from accounts.models import AuditEntry, User
from docflow.common import ids

ACTORS = ("user", "contact", "key")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
KINDS = {
    "user": _("A person"),
    "contact": _("An address"),
    "key": _("An API key"),
    "group": _("A group"),
    "organisation": _("A client organisation"),
    "installation": _("The organisation"),
    "journal": _("The journal"),
    "document": _("A document"),
    "trigger": _("A trigger"),
    "template": _("A text of messages"),
    "channel": _("A channel"),
    "delivery": _("A delivery"),
    "type": _("A document type"),
}
COLUMNS = (
    "id",
    "at",
    "action",
    "subject_kind",
    "subject_id",
    "version",
    "actor_kind",
    "actor_id",
    "actor_name",
    "data",
)


class ActionFilter(admin.SimpleListFilter):
    """By what happened: the declared actions, so that the table need not be walked for them."""

    title = _("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those of the chosen kind of thing; all together would be too long a list."""
        kind = request.GET.get(KindFilter.parameter_name)
        found = [(name, str(one.label)) for name, one in audit.actions().items() if one.subject == kind]
        return sorted(found, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    """By what it happened to."""

    title = _("kind of thing")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = {one.subject for one in audit.actions().values()}
        return sorted(((kind, str(KINDS.get(kind, kind))) for kind in kinds), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(subject_kind=self.value()) if self.value() else queryset


class ActorFilter(admin.SimpleListFilter):
    """By who acted: a person, a link, a program, docflow itself."""

    title = _("who")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("user", gettext("A person")),
            ("contact", gettext("A recipient by link")),
            ("key", gettext("A program")),
            ("system", "docflow"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


class NamedThings(ChangeList):
    """A page of the journal whose entries know the names of the things they are about."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries = self.result_list = list(self.result_list)
        names = names_of(entries)
        for entry in entries:
            entry.thing_name = names.get(entry.subject_id, "")


def names_of(entries: Collection[AuditEntry]) -> dict[UUID, str]:
    """What people call the things of these entries, where anybody can say; a constant number of queries."""
    about: dict[str, set[UUID]] = {}
    for entry in entries:
        about.setdefault(entry.subject_kind, set()).add(entry.subject_id)
    names = dict(User.objects.filter(pk__in=about.get(User.subject_kind, ())).values_list("pk", "name"))
    for kind in about.keys() & set(subjects.kinds()):
        for thing, facts in subjects.of(kind).facts(about[kind]).items():
            number = f" № {facts['number']}" if facts.get("number") else ""
            names[thing] = f"{facts.get('title', '')}{number}"
    return names


@admin.register(AuditEntry)
class JournalAdmin(Desk):
    """Who did what to which thing, newest first."""

    list_display = ("at", "label", "actor_name", "kind", "thing")
    list_display_links = ("at", "label")
    list_filter = (KindFilter, ActionFilter, ActorFilter)
    search_fields = ("subject_id",)
    search_help_text = _("Id of a thing or a person, or a name")
    ordering = ("-id",)
    sortable_by = ()
    list_per_page = 50
    change_list_template = "accounts/admin/journal.html"
    fields = ("at", "label", "code", "actor_name", "kind", "subject_id", "of_version", "details")
    readonly_fields = fields

    @admin.display(description=_("what"))
    def label(self, entry: AuditEntry) -> str:
        action = audit.actions().get(entry.action)
        return str(action.label) if action else entry.action

    @admin.display(description=_("kind of thing"))
    def kind(self, entry: AuditEntry) -> str:
        return str(KINDS.get(entry.subject_kind, entry.subject_kind))

    @admin.display(description=_("thing"))
    def thing(self, entry: AuditEntry) -> str:
        """Its name as it is now, or its id."""
        return getattr(entry, "thing_name", "") or str(entry.subject_id)

    @admin.display(description=_("action"))
    def code(self, entry: AuditEntry) -> str:
        """As triggers, webhooks and the API name it."""
        return format_html("<code>{}</code>", entry.action)

    @admin.display(description=_("version"))
    def of_version(self, entry: AuditEntry) -> int | str:
        return self.empty_value_display if entry.version is None else entry.version

    @admin.display(description=_("details"))
    def details(self, entry: AuditEntry) -> str:
        """What was kept with the fact."""
        return format_html("<pre>{}</pre>", json.dumps(entry.data, ensure_ascii=False, indent=2, sort_keys=True))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Under the name of what happened."""
        return super().render_change_form(request, {**context, "heading": self.label(kwargs["obj"])}, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedThings

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        if not search_term:
            return queryset, False
        found = uuid_or_none(search_term)
        if found is None:
            return queryset.filter(actor_name__istartswith=search_term.replace("\0", "")), False
        # each condition for itself is answered by an index; joined, and newest first, the whole journal would be read
        about = queryset.filter(subject_kind__in=list(KINDS), subject_id=found).order_by("-id")
        by = queryset.filter(actor_kind__in=ACTORS, actor_id=found).order_by("-id")
        entries = {pk for part in (about, by) for pk in part.values_list("pk", flat=True)[:COUNT_CAP]}
        return queryset.filter(pk__in=entries), False

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(require_POST(step_up.proven(self.export)))
        return [path("export/", export, name="accounts_auditentry_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the filters leave, as CSV; the export is itself an entry."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = self.get_changelist_instance(request).get_queryset(request)
        with transaction.atomic():
            audit.record("journal.exported", ("journal", ids.new_id()), by=person(request), data=dict(request.GET))
        response = StreamingHttpResponse(lines(chosen), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="journal.csv"'
        return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """CSV with a byte-order mark, so that spreadsheets read it as UTF-8; no cell can be a formula."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    for entry in entries.iterator(chunk_size=2000):
        yield str(writer.writerow([safe_cell(getattr(entry, name)) for name in COLUMNS]))


def safe_cell(value: Any) -> str:
    """The value as text that a spreadsheet will not compute."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
