"""Words of the engine for the administration's screens. `{% load desk %}`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.translation import gettext, ngettext

from notifications import builder, sentence
from notifications.builder import Words
from notifications.channels import reasons
from notifications.models import Decision
from notifications.rehearsal import Gap

register = template.Library()

V = Decision.Verdict
GOOD = (V.PLANNED, V.SHADOW, V.MERGED, V.NEXT)
QUIET = (V.DUPLICATE, V.CONDITIONS)


@register.simple_tag
def verdict_words(verdict: str) -> str:
    """Why somebody is told or not."""
    return str(V(verdict).label) if verdict in V.values else verdict


@register.simple_tag
def verdict_tone(verdict: str) -> str:
    return "green" if verdict in GOOD else "grey" if verdict in QUIET else "amber"


@register.simple_tag
def condition_words(condition: Sequence[Any], action: str, words: Words | None = None) -> str:
    """ "type is Contract"."""
    return sentence.condition(builder.kind_of(action), condition, words or builder.NO_WORDS)


@register.simple_tag
def failing_words(failing: Iterable[Sequence[Any]], action: str, words: Words | None = None) -> str:
    """Which conditions did not hold."""
    said = [condition_words(one, action, words) for one in failing]
    return gettext("Does not hold: %s") % "; ".join(said)


@register.simple_tag
def role_words(word: str) -> str:
    """A recipient without a name: the client, a role."""
    return str(builder.SUBJECT_WORDS.get(word, word))


@register.simple_tag
def gap_words(gap: Gap) -> str:
    """How many people a channel does not reach, and why."""
    parts = {"n": gap.people, "channel": builder.channel_label(gap.channel)}
    match gap.verdict:
        case V.NO_CONTACT:
            text = ngettext(
                "%(channel)s: %(n)d person has no address", "%(channel)s: %(n)d people have no address", gap.people
            )
        case V.UNVERIFIED:
            text = ngettext(
                "%(channel)s: %(n)d person has no verified address",
                "%(channel)s: %(n)d people have no verified address",
                gap.people,
            )
        case V.UNHEALTHY:
            text = ngettext(
                "%(channel)s: the address of %(n)d person does not work",
                "%(channel)s: the addresses of %(n)d people do not work",
                gap.people,
            )
        case V.NO_CHANNEL:
            text = gettext("%(channel)s is switched off: it sends nothing")
        case _:
            text = gettext("%(channel)s: there is no text in the reader's language")
    return text % parts


@register.filter
def reason_words(code: str) -> str:
    """Why a message did not go."""
    return reasons.sentence(code) if code else ""
