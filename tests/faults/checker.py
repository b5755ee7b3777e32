"""The judge of a fault run: compares three ledgers and names every broken promise. Pure; green means no lines.

Each rule is a function from the evidence to sentences. A rule speaks only of what must be true once all is quiet.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from statistics import median

from tests.faults.evidence import Attempt, Call, Delivery, Evidence
from tests.faults.load import ACCEPTED

Rule = Callable[[Evidence], Iterator[str]]
CHANNELS = {"email", "sms", "telegram"}
OF_PROVIDER = {"smtp": "email", "twilio": "sms", "telegram": "telegram"}
LOOKED_UP = {"sms"}
REACHED = {"sent", "delivered"}
STOPPED = {"suppressed", "superseded", "withdrawn", "expired"}
OPEN = {"planned", "queued", "sending", "retrying", "unknown"}
READY = "document.ready"
# The way of a letter that needs nobody; each of these facts happens once, in this order.
WAY = ("document.created", "document.checking", "document.processing", READY, "delivery.told", "document.delivered")
LATE = timedelta(seconds=60)
GATE_AHEAD = timedelta(seconds=2)


def violations(evidence: Evidence) -> list[str]:
    """Every broken promise, by rule."""
    return [f"{rule.__name__}: {line}" for rule in RULES for line in rule(evidence)]


def accepted_is_never_lost(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged is there, whole, and has come to its end."""
    found = {document.id: document for document in evidence.documents}
    for one in evidence.uploads:
        if one.outcome != ACCEPTED:
            continue
        document = found.get(one.document)
        if document is None:
            yield f"{one.title} was accepted as {one.document} and is gone"
        elif document.sha256 != one.sha256:
            yield f"{one.title}: the file is another one"
        elif one.recalled == ACCEPTED and document.state != "recalled":
            yield f"{one.title} was recalled and is {document.state}"
        elif document.state not in ("ready", "delivered", "recalled"):
            yield f"{one.title} stays {document.state}"


def nothing_came_from_nowhere(evidence: Evidence) -> Iterator[str]:
    """One upload makes one document, even if its sender had to ask again; what was refused makes none."""
    count = Counter(document.title for document in evidence.documents)
    for one in evidence.uploads:
        if count[one.title] > 1:
            yield f"{one.title} is there {count[one.title]} times"
        if one.outcome == "refused" and count[one.title]:
            yield f"{one.title} was refused and is there"


def no_answer_is_a_500(evidence: Evidence) -> Iterator[str]:
    """Whatever is down, the API says so: 503 and not 500."""
    for one in evidence.uploads:
        yield from (f"{one.title}: {answer}" for answer in one.answers if answer.startswith("500"))


def nothing_is_stuck(evidence: Evidence) -> Iterator[str]:
    """No work is open, owned or leased once all is quiet, and every conclusion has been drawn."""
    for fact in evidence.unplanned:
        yield f"{fact.action} waits in the outbox since {fact.due_at} ({fact.failures} failures) {fact.error}"
    for step in evidence.steps:
        if not step.outcome:
            yield f"step {step.kind} of {step.document} is open, attempt {step.attempt_no}, lease {step.lease_until}"
    for document in evidence.documents:
        if document.state in ("checking", "processing"):  # an uploaded one may be a draft
            yield f"{document.title} stays {document.state}"
    for one in evidence.deliveries:
        if one.state in OPEN or one.owner is not None:
            yield f"{named(one)} is {one.state} {one.reason}, due {one.due_at}, owner {one.owner}"
        elif one.state == "sent" and one.finished_at is None:
            yield f"{named(one)} waits for a receipt for ever"
        if one.unsettled:
            yield f"{named(one)}: nobody drew the conclusions"


def every_letter_is_told_in_all_ways(evidence: Evidence) -> Iterator[str]:
    """A letter that became ready and was not recalled has one delivery on each channel, handed over or held."""
    letters = {one.title for one in evidence.uploads}
    made = defaultdict(list)
    for one in evidence.deliveries:
        if one.kind == READY and one.role == "client" and one.round == 1:
            made[one.subject].append(one)
    for document in evidence.documents:
        if document.title not in letters or document.state == "recalled":
            continue
        mine = made[document.id]
        if sorted(one.channel for one in mine) != sorted(CHANNELS):
            yield f"{document.title} ({document.state}) has deliveries {sorted(one.channel for one in mine)}"
        for one in mine:
            if one.state not in REACHED and one.state != "held":
                yield f"{document.title}: {named(one)} ended {one.state} {one.reason}"
        if document.state == "ready" and any(one.state in REACHED for one in mine):
            yield f"{document.title} was told and stays ready"


def no_call_without_an_attempt(evidence: Evidence) -> Iterator[str]:
    """The n-th message of a delivery that reached a provider had an n-th attempt, put down before it."""
    attempts = by_delivery(evidence.attempts)
    known = {one.id: one for one in evidence.deliveries}
    for key, received in calls_by_key(evidence).items():
        delivery = known.get(key)
        if delivery is None:
            yield f"a message for {received[0].to} has no delivery (key {key})"
            continue
        if any(OF_PROVIDER[call.provider] != delivery.channel for call in received):
            yield f"{named(delivery)} went out by {received[0].provider}"
        opened = sorted(one.opened_at for one in attempts[key])
        for number, call in enumerate(received):
            if number >= len(opened):
                yield f"{named(delivery)}: {len(received)} messages, {len(opened)} attempts"
                break
            if call.at < opened[number]:
                yield f"{named(delivery)}: message {number + 1} at {call.at}, its attempt at {opened[number]}"


def nothing_is_doubled_silently(evidence: Evidence) -> Iterator[str]:
    """Who got a message twice has it marked as possible; what can be looked up is never doubled."""
    marked = Counter(one.delivery for one in evidence.attempts if one.possible_duplicate)
    accepted = accepted_by_key(evidence)
    for one in evidence.deliveries:
        if accepted[one.id] > 1 + marked[one.id]:
            yield f"{named(one)}: accepted {accepted[one.id]} times, marked {marked[one.id]}"
        if one.channel in LOOKED_UP and accepted[one.id] > 1:
            yield f"{named(one)}: accepted {accepted[one.id]} times although it can be looked up"
        if marked[one.id] and not one.possible_duplicate:
            yield f"{named(one)}: the mark is not on the delivery"
        if marked[one.id] and one.subject and one.id not in evidence.shown:
            yield f"{named(one)}: staff are not shown the mark"


def what_is_called_sent_was_sent(evidence: Evidence) -> Iterator[str]:
    """Our word for a delivery's end is what the provider's ledger says."""
    accepted = accepted_by_key(evidence)
    doubted = {attempt.delivery for attempt in evidence.attempts if attempt.outcome == "unknown"}
    for one in evidence.deliveries:
        if one.state in REACHED and not accepted[one.id]:
            yield f"{named(one)} is {one.state} and reached nobody"
        if one.state in STOPPED and accepted[one.id] and one.id not in doubted:
            yield f"{named(one)} is {one.state} {one.reason} and was sent"


def one_telling_for_one_fact(evidence: Evidence) -> Iterator[str]:
    """One delivery for one fact, version, channel and round."""
    seen = Counter(
        (one.subject, one.version, one.kind, one.role, one.channel, one.round)
        for one in evidence.deliveries
        if one.kind == READY and one.role == "client"
    )
    yield from (f"{what} was planned {count} times" for what, count in seen.items() if count > 1)


def attempts_tell_a_straight_story(evidence: Evidence) -> Iterator[str]:
    """Numbered without gaps, each closed, one after the other, none after a success."""
    attempts = by_delivery(evidence.attempts)
    for one in evidence.deliveries:
        mine = attempts[one.id]
        if [attempt.number for attempt in mine] != list(range(1, one.attempt_no + 1)):
            yield f"{named(one)}: attempts {[attempt.number for attempt in mine]}, counted {one.attempt_no}"
        for attempt in mine:
            if attempt.outcome is None:
                yield f"{named(one)}: attempt {attempt.number} has no outcome"
        for earlier, later in pairwise(mine):
            if later.opened_at < earlier.opened_at:
                yield f"{named(one)}: attempt {later.number} began before attempt {earlier.number}"
            if earlier.outcome == "ok" and (earlier.finished_at or earlier.opened_at) < later.opened_at:
                yield f"{named(one)}: attempt {later.number} after attempt {earlier.number} had succeeded"


def doubt_is_bounded(evidence: Evidence) -> Iterator[str]:
    """A process leaves at most one message at a time in doubt for each connection it may have open."""
    lanes = {one.id: (one.lane, one.channel) for one in evidence.deliveries}
    doubts = defaultdict(list)
    for one in evidence.attempts:
        if one.delivery in lanes and one.reason == "process_died" and one.outcome != "transient":
            doubts[one.owner, *lanes[one.delivery]].append(one)
    for (owner, lane, channel), found in doubts.items():
        if (count := at_once(found)) > evidence.connections:
            yield f"{count} messages in doubt of {channel} {lane}, owner {owner}"


def at_once(attempts: list[Attempt]) -> int:
    """How many of them were under way together, at most."""
    begun = [one.opened_at for one in attempts]
    return max(
        sum(one.opened_at <= at and (one.finished_at is None or at < one.finished_at) for one in attempts)
        for at in begun
    )


def nobody_waits_in_calm(evidence: Evidence) -> Iterator[str]:
    """Without faults a message is on its way before the sweeper would have looked: wakes arrive."""
    if evidence.sweep_after is None:
        return
    first = {one.delivery: one.opened_at for one in evidence.attempts if one.number == 1}
    mine = {one.document for one in evidence.uploads}
    told = [one for one in evidence.deliveries if one.kind == READY and one.subject in mine and one.id in first]
    waits = [(first[one.id] - one.created_at).total_seconds() for one in told]
    if waits and (usual := median(waits)) >= evidence.sweep_after.total_seconds():
        yield f"messages wait {usual:.1f} s for their first attempt"


def status_never_goes_back(evidence: Evidence) -> Iterator[str]:
    """The journal of a letter: each fact once, in its order; a delivered message stays delivered."""
    letters = {document.id for document in evidence.documents} & {one.document for one in evidence.uploads}
    told: dict[str, list[str]] = defaultdict(list)
    for entry in evidence.entries:
        if entry.subject in letters and entry.action in WAY:
            told[entry.subject].append(entry.action)
    for document, actions in told.items():
        if actions != [action for action in WAY if action in actions]:
            yield f"{document}: {actions}"
    states = {one.id: one.state for one in evidence.deliveries}
    for word in evidence.receipts:
        if word.status == "delivered" and states.get(word.delivery) not in ("delivered", None):
            yield f"{word.delivery} was reported delivered and is {states[word.delivery]}"


def what_was_taken_back_is_not_told(evidence: Evidence) -> Iterator[str]:
    """No message of a recalled letter begins after its recall, but for those that had just passed the gate."""
    recalled = {entry.subject: entry.at for entry in evidence.entries if entry.action == "document.recalled"}
    attempts = by_delivery(evidence.attempts)
    for one in evidence.deliveries:
        if one.kind != READY or one.subject not in recalled:
            continue
        for attempt in attempts[one.id]:
            if attempt.opened_at > recalled[one.subject] + GATE_AHEAD:
                yield f"{named(one)}: attempt {attempt.number} at {attempt.opened_at}, recalled {recalled[one.subject]}"


def the_journal_is_whole(evidence: Evidence) -> Iterator[str]:
    """The chain verifies, and what is older than a minute is sealed."""
    if evidence.journal_faults:
        yield evidence.journal_faults
    loose = [entry for entry in evidence.entries if not entry.sealed and entry.at < evidence.now - LATE]
    if loose:
        yield f"{len(loose)} entries are not sealed, the first {loose[0].action} of {loose[0].at}"


def by_delivery(attempts: list[Attempt]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for one in attempts:
        found[one.delivery].append(one)
    return found


def calls_by_key(evidence: Evidence) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        if call.key or call.accepted:
            found[call.key or ""].append(call)
    return found


def accepted_by_key(evidence: Evidence) -> Counter[str]:
    return Counter(call.key for call in evidence.calls if call.accepted and call.key)


def named(one: Delivery) -> str:
    return f"{one.channel} {one.id} of {one.subject}"


RULES: tuple[Rule, ...] = (
    accepted_is_never_lost,
    nothing_came_from_nowhere,
    no_answer_is_a_500,
    nothing_is_stuck,
    every_letter_is_told_in_all_ways,
    no_call_without_an_attempt,
    nothing_is_doubled_silently,
    what_is_called_sent_was_sent,
    one_telling_for_one_fact,
    attempts_tell_a_straight_story,
    doubt_is_bounded,
    nobody_waits_in_calm,
    status_never_goes_back,
    what_was_taken_back_is_not_told,
    the_journal_is_whole,
)
