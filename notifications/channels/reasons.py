"""Why a message did not go, as a sentence. Codes are shared by all channels and stored with the attempt."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    # the address
    "mailbox_not_found": _("There is no such mailbox"),
    "mailbox_disabled": _("The mailbox is switched off"),
    "mailbox_full": _("The mailbox is full"),
    "domain_not_found": _("The mail domain does not accept mail"),
    "bad_address": _("The address is not written as the channel expects"),
    "number_not_found": _("The number is not in service"),
    "not_mobile": _("The number cannot receive SMS"),
    "unreachable": _("The phone is off or out of range"),
    "opted_out": _("The person has refused messages from this sender"),
    "blocked": _("The person has blocked the bot"),
    "chat_not_found": _("The chat is gone; Telegram has to be connected again"),
    "chat_moved": _("The chat has moved to another id"),
    # the message
    "too_long": _("The message is longer than the channel allows"),
    "refused": _("The provider refused the message"),
    "policy": _("The receiving side refused the message by its own rules"),
    "filtered": _("The operator filtered the message out"),
    "region_closed": _("Sending to this country is not switched on at the provider"),
    # the way
    "busy": _("The provider asked to wait"),
    "provider_down": _("The provider is not working"),
    "no_connection": _("The provider could not be reached"),
    "interrupted": _("The connection broke before the message was handed over"),
    "no_answer": _("The provider took the message and did not answer"),
    "garbage": _("The provider's answer could not be understood"),
    "network": _("The operator's network failed"),
    # our settings
    "sign_in_refused": _("The provider did not accept our login"),
    "sender_refused": _("The provider did not accept our sender address"),
    "account_suspended": _("The provider has suspended our account"),
    "tls_required": _("The server offers no secure connection"),
    "bad_certificate": _("The server's certificate could not be verified"),
    "not_configured": _("The channel's settings are incomplete"),
}


def sentence(code: str) -> str:
    return str(REASONS.get(code, code))
