"""What a trigger does, as one plain sentence in the reader's language."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, npgettext, pgettext_lazy

from notifications import builder
from notifications.builder import Words
from notifications.models import Trigger

WORDS: dict[str, Promise | str] = {"email": pgettext_lazy("gets", "an e-mail"), "sms": "SMS", "telegram": "Telegram"}
DELAYS = (0, 300, 900, 3600, 4 * 3600, 24 * 3600)


def sentence(trigger: Trigger, words: Words) -> str:
    """The whole rule; `words` as made by `builder.words`."""
    parts = {
        "event": builder.event_label(trigger.action),
        "conditions": _conditions(trigger, words),
        "who": listed([words.names[word] for word in trigger.recipients]),
        "when": delay(trigger.delay),
        "what": _channels(trigger),
    }
    if not trigger.recipients:
        return gettext("On “%(event)s”%(conditions)s nobody is told: choose a recipient.") % parts
    if not trigger.channels:
        return gettext("On “%(event)s”%(conditions)s nothing is sent: choose a channel.") % parts
    if _one_person(trigger.recipients):
        return gettext("On “%(event)s”%(conditions)s, the %(who)s gets %(what)s %(when)s.") % parts
    return gettext("On “%(event)s”%(conditions)s, these get %(what)s %(when)s: %(who)s.") % parts


def _one_person(recipients: Sequence[str]) -> bool:
    return len(recipients) == 1 and recipients[0] in ("client", "author")


def _conditions(trigger: Trigger, words: Words) -> str:
    said = [condition(builder.kind_of(trigger.action), one, words) for one in trigger.conditions]
    return gettext(", if %s") % listed(said) if said else ""


def condition(kind: str, one: Sequence[Any], words: Words) -> str:
    """ "type is Contract"."""
    fact, operator, value = one
    label = str(builder.FACTS.get(fact, fact)).lower()
    parts = {"fact": label, "value": words.value(kind, fact, str(value))}
    if operator == "is_not":
        return gettext("%(fact)s is not “%(value)s”") % parts
    return gettext("%(fact)s is “%(value)s”") % parts


def _channels(trigger: Trigger) -> str:
    labels = [str(WORDS.get(kind, kind)) for kind in trigger.channels]
    if trigger.mode == Trigger.Mode.FIRST:
        return gettext(", or else ").join(labels)
    return listed(labels)


def listed(parts: Iterable[str]) -> str:
    """ "a, b and c"."""
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    return gettext("%(most)s and %(last)s") % {"most": ", ".join(words[:-1]), "last": words[-1]}


def delay(seconds: int) -> str:
    """ "at once", "after 15 minutes"."""
    if not seconds:
        return gettext("at once")
    for size, words in ((86400, _days), (3600, _hours), (60, _minutes)):
        if seconds % size == 0:
            return gettext("after %s") % words(seconds // size)
    return gettext("after %s") % (npgettext("after", "%d second", "%d seconds", seconds) % seconds)


def delay_choices(present: int) -> list[tuple[int, str]]:
    """The usual delays, with the present one among them."""
    labels = [(seconds, delay(seconds)) for seconds in sorted({*DELAYS, present})]
    return [(seconds, label[:1].upper() + label[1:]) for seconds, label in labels]


def _days(number: int) -> str:
    return npgettext("after", "%d day", "%d days", number) % number


def _hours(number: int) -> str:
    return npgettext("after", "%d hour", "%d hours", number) % number


def _minutes(number: int) -> str:
    return npgettext("after", "%d minute", "%d minutes", number) % number
