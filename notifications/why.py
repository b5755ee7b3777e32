"""The engine's own reasons, and decisions, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from notifications.channels import reasons, registry
from notifications.models import Decision

V = Decision.Verdict

REASONS: dict[str, str | Promise] = {
    "already_opened": _("The person has already opened the document"),
    "no_longer_true": _("The document left this state before the message was sent"),
    "newer_fact": _("A newer version of the document has its own message"),
    "too_late": _("There was no more time to send it"),
    "no_right": _("The person has no right to this document now"),
    "no_address": _("The address was removed"),
    "unverified": _("The address is not verified"),
    "address_suspended": _("Messages do not reach this address"),
    "person_disabled": _("The person is switched off"),
    "not_named": _("The trigger no longer names this address"),
    "channel_off": _("The channel is switched off"),
    "rate": _("The provider limits how fast we may write to one person"),
    "template_broken": _("The template has a mistake"),
    "our_fault": _("It could not be prepared; that is our fault"),
    "process_died": _("The sending process was stopped in the middle"),
    "crashes": _("Three sending processes died with it; send it again if it should go all the same"),
    "channel_broke": _("The channel's code failed"),
    "unknown_outcome": _("It is not known whether the message arrived; decide whether to send it again"),
    "code_in_doubt": _("It is not known whether the code arrived; ask for a new one"),
    "resent": _("It was sent again"),
    "decided": _("A person found that it had arrived"),
    "no_receipt": _("The operator sent no receipt"),
}
VERDICTS: dict[str, str | Promise] = {
    V.PLANNED: _("%(channel)s: planned"),
    V.SHADOW: _("%(channel)s: would have been sent, the trigger only records"),
    V.MERGED: _("Joined with the message of another trigger"),
    V.NEXT: _("%(channel)s: kept in reserve"),
    V.DUPLICATE: _("Already told of this"),
    V.CONDITIONS: _("The conditions are not met"),
    V.NOBODY: _("There is nobody to tell"),
    V.NO_CONTACT: _("%(channel)s: no such address"),
    V.UNVERIFIED: _("%(channel)s: the address is not verified"),
    V.UNHEALTHY: _("%(channel)s: messages do not reach the address"),
    V.NO_CHANNEL: _("%(channel)s: the channel is switched off"),
    V.NO_TEMPLATE: _("%(channel)s: there is no text in the person's language"),
}


def sentence(reason: str) -> str:
    """A stored reason in the reader's language."""
    return str(REASONS[reason]) if reason in REASONS else reasons.sentence(reason)


def in_both(reason: str) -> dict[str, str]:
    """A stored reason in both languages, for what is kept and read later by anybody."""
    said = {}
    for language in ("ru", "en"):
        with override(language):
            said[language] = sentence(reason)
    return said


def verdict(decision: Decision) -> str:
    """A decision in the reader's language."""
    label = str(registry.LABELS[decision.channel][0]) if decision.channel in registry.LABELS else decision.channel
    return str(VERDICTS[decision.verdict]) % {"channel": label}
