"""Addresses at which people are reached: sealed, found by keyed hash, used only when verified."""

import phonenumbers
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from docflow.common import crypto, ids
from docflow.common.words import in_language

DOTS = "···"
TOGETHER = "\N{NO-BREAK SPACE}"  # a number stays on one line
REASON_LENGTH = 300
NOBODYS_ZONE = "Europe/Moscow"  # of an extra address
NOBODYS_LANGUAGE = "ru"
ADDRESS_PLACE = "accounts_contact.address_sealed:"  # what an address is sealed for, before its id


class Kind(models.TextChoices):
    """What sort of address it is."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    TELEGRAM = "telegram", "Telegram"


class Verified(models.TextChoices):
    """How we know that the address is the person's."""

    CODE = "code", _("by a code")
    LINK = "link", _("by a link")
    START = "start", _("by /start in Telegram")
    STAFF = "staff", _("by a staff member, with a reason")


class Health(models.TextChoices):
    """Whether messages arrive there."""

    OK = "ok", _("Works")
    SUSPECT = "suspect", _("Doubtful")
    SUSPENDED = "suspended", _("Does not work")


class Contact(models.Model):
    """One address of one person; without a person it is an extra address that a trigger may name."""

    subject_kind = "contact"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="contacts", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    address_sealed = models.BinaryField(editable=False)
    lookup = models.CharField(max_length=64, editable=False)
    label = models.CharField(_("label"), max_length=100, blank=True)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_how = models.CharField(_("verified how"), max_length=8, choices=Verified.choices, blank=True)
    verified_reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    health = models.CharField(_("health"), max_length=10, choices=Health.choices, default=Health.OK)
    health_reason_ru = models.CharField(_("why, in Russian"), max_length=REASON_LENGTH, blank=True)
    health_reason_en = models.CharField(_("why, in English"), max_length=REASON_LENGTH, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    address = crypto.sealed("address_sealed")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["rank", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "lookup"], name="contact_once_per_person"),
            models.UniqueConstraint(
                fields=["kind", "lookup"],
                condition=models.Q(kind=Kind.TELEGRAM, verified_at__isnull=False),
                name="contact_chat_has_one_owner",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="contact_kind_known"),
        ]
        indexes = [models.Index(fields=["kind", "lookup"], name="contact_by_lookup")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked}"

    @property
    def is_usable(self) -> bool:
        """Verified, and messages arrive there as far as we know."""
        return self.verified_at is not None and self.health != Health.SUSPENDED

    @property
    def masked(self) -> str:
        """Enough to recognise the address, too little to use it."""
        return mask(self.kind, self.address, self.label)

    @property
    def health_reason(self) -> str:
        """Why messages do not arrive, in the reader's language."""
        return in_language(self, "health_reason")

    @property
    def language(self) -> str:
        return self.user.language if self.user else NOBODYS_LANGUAGE

    @property
    def time_zone(self) -> str:
        return self.user.time_zone if self.user else NOBODYS_ZONE


def mask(kind: str, address: str, label: str = "") -> str:
    """`m···@example.com`, `+7 912 ··· 45`, `@kotova_m`."""
    if kind == Kind.EMAIL:
        name, _at, host = address.partition("@")
        return f"{name[:1]}{DOTS}@{host}"
    if kind == Kind.PHONE:
        return TOGETHER.join(_parts(address))
    return f"@{label}" if label else "Telegram"


def _parts(number: str) -> tuple[str, ...]:
    """The country, the beginning and the end of a number in E.164."""
    try:
        country = f"+{phonenumbers.parse(number).country_code}"
    except phonenumbers.NumberParseException:
        country = number[:2]
    rest = number[len(country) :]
    return country, rest[:3], DOTS, rest[-2:]
