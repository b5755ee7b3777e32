"""Actions of the engine itself, in the journal's words."""

from django.utils.translation import gettext_lazy as _

from accounts import audit

TOLD = "delivery.told"
UNTOLD = "delivery.untold"
FAILED = "delivery.failed"
RESENT = "delivery.resent"
DECIDED = "delivery.decided"


def declare() -> None:
    """Make the engine's actions known to the journal."""
    sample = {"channel": "sms", "channel_name_ru": "SMS", "channel_name_en": "SMS", "address": "+7 912 ··· 45"}
    reason = {"reason_ru": "Номер не обслуживается", "reason_en": "The number is not in service"}
    audit.declare(audit.Action(name=TOLD, label=_("A message reached the client"), subject="document", notifiable=True))
    audit.declare(audit.Action(name=UNTOLD, label=_("The client could not be told"), subject="document"))
    audit.declare(
        audit.Action(
            name=FAILED,
            label=_("A message was not delivered"),
            subject="document",
            sample={**sample, **reason, "recipient_name": "Мария Котова"},
            participants=("author",),
            notifiable=True,
        )
    )
    audit.declare(audit.Action(name=RESENT, label=_("A message was sent again"), subject="document"))
    audit.declare(audit.Action(name=DECIDED, label=_("A person decided on a message"), subject="document"))
