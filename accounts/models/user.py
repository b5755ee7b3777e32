"""People, their groups and the client organisations they belong to."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from docflow.common import crypto, ids
from docflow.common.words import in_language


class Role(models.TextChoices):
    """What a person may do here; one person may hold several."""

    STAFF = "staff", _("Staff")
    APPROVER = "approver", _("Approver")
    OPERATOR = "operator", _("Support operator")
    ADMINISTRATOR = "administrator", _("Administrator")
    CLIENT = "client", pgettext_lazy("role", "Client")


STAFF_ROLES = (Role.STAFF, Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR)


class Language(models.TextChoices):
    """Languages that pages and messages speak."""

    RUSSIAN = "ru", "Русский"
    ENGLISH = "en", "English"


class Theme(models.TextChoices):
    """How pages look; `system` follows the device."""

    SYSTEM = "system", _("As on the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Organisation(models.Model):
    """A client company."""

    subject_kind = "organisation"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("client organisation")
        verbose_name_plural = _("client organisations")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


def email_key(email: str) -> str:
    """By what a person is found: the keyed hash of the address in one spelling."""
    return crypto.lookup(normal_email(email), "email")


def normal_email(email: str) -> str:
    """One spelling for one mailbox: trimmed, lower case. No Unicode folding: look-alikes stay different."""
    return email.strip().lower()


class People(BaseUserManager["User"]):
    """Finding and making people."""

    def create_person(self, email: str, *, password: str | None = None, **fields: Any) -> "User":
        user = self.model(**fields)
        user.email = email
        user.set_password(password)
        user.save(force_insert=True)
        return user

    def by_email(self, email: str) -> "User | None":
        return self.filter(email_lookup=email_key(email)).first()


class User(AbstractBaseUser):
    """A person: staff, approver, operator, administrator or client. Signs in by e-mail."""

    subject_kind = "user"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email_sealed = models.BinaryField(editable=False)
    email_lookup = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("full name"), max_length=200)
    address_as = models.CharField(
        _("how to address"), max_length=200, blank=True, help_text=_("As in a greeting: «Мария Сергеевна», “Maria”.")
    )
    position = models.CharField(_("position"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.RUSSIAN)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices), verbose_name=_("roles"), default=list)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("client organisation"),
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_seeded = models.BooleanField(default=False, editable=False)  # made by the demo: no second factor there
    sessions_valid_from = models.DateTimeField(db_default=Now(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    _email = crypto.sealed("email_sealed")
    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email_lookup"
    EMAIL_FIELD = "email_lookup"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="user_by_name"),
            models.Index(Upper("name"), name="user_by_beginning_of_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def email(self) -> str:
        """The address, unsealed; setting it sets what the person is found by as well."""
        return str(self._email)

    @email.setter
    def email(self, address: str) -> None:
        self._email = normal_email(address)
        self.email_lookup = email_key(address)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is tied to: it ends when the password changes or sessions are ended."""
        tied = f"{self.password}:{self.sessions_valid_from.isoformat()}"
        return str(salted_hmac("accounts.session", tied, secret=secret, algorithm="sha256").hexdigest())

    def has_role(self, *roles: str) -> bool:
        return any(role in self.roles for role in roles)

    @cached_property
    def group_ids(self) -> list[UUID]:
        """The groups that the person works in; asked for once."""
        return list(Group.members.through.objects.filter(user=self).values_list("group_id", flat=True))

    @property
    def is_client(self) -> bool:
        return self.has_role(Role.CLIENT)

    @property
    def is_internal(self) -> bool:
        """Whether the person works for the organisation, whatever the role."""
        return self.has_role(*STAFF_ROLES)

    @property
    def is_staff(self) -> bool:
        """Django's word for "may enter the admin"."""
        return self.has_role(Role.ADMINISTRATOR, Role.OPERATOR)

    @property
    def is_superuser(self) -> bool:
        return self.has_role(Role.ADMINISTRATOR)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_perms(self, permissions: list[str], obj: object = None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser

    def get_short_name(self) -> str:
        return str(self.address_as or self.name)


class Group(models.Model):
    """People who share work: a stage or a message may go to a group."""

    subject_kind = "group"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    members = models.ManyToManyField(User, related_name="work_groups", blank=True, verbose_name=_("members"))

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name_ru", "id"]

    def __str__(self) -> str:
        return in_language(self, "name")
