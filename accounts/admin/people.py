"""People and groups in the administration. Nobody's password is seen or set here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import contacts, people, queries, step_up, zones
from accounts.access import person
from accounts.admin.desk import Desk
from accounts.models import Group, Role, User
from accounts.models.contact import Kind
from docflow.common.errors import NotFound, NotValid, Refused

ACTS = {
    "invite": (people.invite, _("The invitation is on its way.")),
    "disable": (people.disable, _("This person may not sign in any more.")),
    "sign_out": (people.sign_out, _("This person is signed out everywhere.")),
    "enable": (people.enable, _("This person may sign in again.")),
}
PROFILE = ("name", "address_as", "position", "organisation", "language", "time_zone")


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A person's profile and roles."""

    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = User
        fields = (*PROFILE, "roles")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = self.instance.time_zone if self.instance else ""
        self.fields["time_zone"].choices = zones.choices(present)  # type: ignore[attr-defined]


class NewPersonForm(PersonForm):
    """A person who does not exist yet: the address is said once, here."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)

    field_order = ("email", *PROFILE, "roles")

    def clean_email(self) -> str:
        try:
            email = contacts.normal(Kind.EMAIL, self.cleaned_data["email"])
        except NotValid as refused:
            raise forms.ValidationError(str(refused.message)) from refused
        if User.objects.by_email(email):
            raise forms.ValidationError(gettext("There is already a person with this e-mail."))
        return email


class RoleFilter(admin.SimpleListFilter):
    """By one of the roles a person has."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Role.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(roles__contains=[self.value()]) if self.value() in Role.values else queryset


@admin.register(User)
class PersonAdmin(Desk):
    """Everybody, with invitations, roles and the right to sign in."""

    form = PersonForm
    needs_proof = True
    list_display = ("name", "role_names", "organisation", "state")
    list_filter = (RoleFilter, "is_active")
    list_select_related = ("organisation",)
    search_fields = ("name",)
    search_help_text = _("Beginning of the name, or the whole e-mail or phone")
    readonly_fields = ("addresses", "state")
    change_form_template = "accounts/admin/person.html"
    ordering = ("name", "id")

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(str(Role(role).label) for role in user.roles)

    @admin.display(description=_("sign-in"))
    def state(self, user: User) -> str:
        if not user.is_active:
            return gettext("disabled")
        return gettext("has joined") if user.has_usable_password() else gettext("not joined yet")

    @admin.display(description=_("addresses"))
    def addresses(self, user: User) -> str:
        return format_html_join("\n", "{}<br>", ((str(one),) for one in user.contacts.select_related("user")))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return queries.search(queryset, search_term), False

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewPersonForm}), **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Most new people live where the administrator does."""
        by = person(request)
        return {"language": by.language, "time_zone": by.time_zone, **super().get_changeform_initial_data(request)}

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [*PROFILE, "roles", "addresses", "state"] if obj else ["email", *PROFILE, "roles"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Through the use cases; the object that Django goes on with is the one they made."""
        typed, by = form.cleaned_data, person(request)
        profile = {name: typed[name] for name in PROFILE}
        if not change:
            made = people.add(typed["email"], roles=typed["roles"], by=by, **profile)
            obj.pk = made.pk
            return
        stored = User.objects.get(pk=obj.pk)
        people.change_roles(stored, typed["roles"], by=by)
        people.change(stored, by=by, **profile)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(step_up.proven(self.act)))
        return [path("<uuid:user_id>/act/<str:act>/", view, name="person_act"), *super().get_urls()]

    def act(self, request: HttpRequest, user_id: str, act: str) -> HttpResponse:
        """Invite, disable or enable."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(queries.visible_to(person(request)), pk=user_id)
        if act not in ACTS:
            raise NotFound(gettext("There is no such page."))
        run, said = ACTS[act]
        try:
            run(user, by=person(request))
            messages.success(request, str(said))
        except Refused as refused:
            messages.error(request, str(refused.message))
        return redirect(reverse("admin:accounts_user_change", args=[user_id]))


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A group's names and members: people of the organisation."""

    members = forms.ModelMultipleChoiceField(
        label=_("members"),
        queryset=queries.internal(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Group
        fields = ("name_ru", "name_en", "members")


@admin.register(Group)
class GroupAdmin(Desk):
    """Groups: who shares work."""

    list_display = ("__str__", "name_en")
    search_fields = ("name_ru", "name_en")
    form = GroupForm
    action_name = "group.changed"
