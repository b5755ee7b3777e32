"""Addresses at which the simulators misbehave on purpose, the same for every provider.

A mailbox asks by its name or by what follows a plus (`hard@any.test`, `maria+hard@any.test`), a phone by its last
five digits, a Telegram chat by its whole id. Every other address simply gets its messages.
"""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Behaviour(StrEnum):
    DELIVERED = "delivered"
    SOFT = "soft"
    HARD = "hard"
    TIMEOUT = "timeout"
    DUPLICATED = "duplicated"
    REVERSED = "reversed"
    BUSY = "busy"
    SLOW = "slow"
    GARBAGE = "garbage"
    UNDELIVERED = "undelivered"
    DRIP = "drip"
    FULL = "full"
    FLOOD = "flood"
    CUT = "cut"
    HESITANT = "hesitant"
    OUTAGE = "outage"


NUMBERS: dict[str, Behaviour] = {
    "90001": Behaviour.SOFT,
    "90002": Behaviour.HARD,
    "90003": Behaviour.TIMEOUT,
    "90004": Behaviour.DUPLICATED,
    "90005": Behaviour.REVERSED,
    "90006": Behaviour.BUSY,
    "90007": Behaviour.SLOW,
    "90008": Behaviour.GARBAGE,
    "90009": Behaviour.UNDELIVERED,
    "90010": Behaviour.DRIP,
    "90011": Behaviour.FULL,
    "90012": Behaviour.FLOOD,
    "90013": Behaviour.CUT,
    "90014": Behaviour.HESITANT,
    "90015": Behaviour.OUTAGE,
}
MEANINGS: dict[Behaviour, str | Promise] = {
    Behaviour.SOFT: _("Refuses twice for the moment, then takes the message"),
    Behaviour.HARD: _("Refuses for good: no such address, or the bot is blocked"),
    Behaviour.TIMEOUT: _("Takes the message and never answers"),
    Behaviour.DUPLICATED: _("Every delivery report comes twice"),
    Behaviour.REVERSED: _("Delivery reports come in the wrong order"),
    Behaviour.BUSY: _("Asks once to wait two seconds, then takes the message"),
    Behaviour.SLOW: _("Answers after five seconds"),
    Behaviour.GARBAGE: _("Takes the message and answers nonsense"),
    Behaviour.UNDELIVERED: _("Takes the message and later reports that it did not arrive"),
    Behaviour.DRIP: _("Takes the message and answers without end, a little at a time"),
    Behaviour.FULL: _("Cannot take anything for the moment: the mailbox is full, the phone is off"),
    Behaviour.FLOOD: _("Takes the message and answers with gigabytes"),
    Behaviour.CUT: _("Takes the message and hangs up in the middle of its answer"),
    Behaviour.HESITANT: _("Thinks for five seconds before it takes a letter"),
    Behaviour.OUTAGE: _("Fails for eight seconds, all of them together, then works"),
}
SOFT_REFUSALS = 2
BUSY_SECONDS = 2
SLOW_SECONDS = 5.0
OUTAGE_SECONDS = 8.0
# An outage that is over does not come back for a while.
OUTAGE_EVERY = 120.0
FLOOD_BYTES = 10 * 1024**3
# How long an answer is withheld: beyond any caller's patience, not for ever.
WITHHELD_SECONDS = 120.0


def of_mailbox(address: str) -> Behaviour:
    local = address.partition("@")[0].lower()
    word = local.rpartition("+")[2]
    return Behaviour(word) if word in MEANINGS else Behaviour.DELIVERED


def of_phone(number: str) -> Behaviour:
    return NUMBERS.get(number[-5:], Behaviour.DELIVERED)


def of_chat(chat: str) -> Behaviour:
    return NUMBERS.get(chat, Behaviour.DELIVERED)
