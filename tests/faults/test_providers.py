"""F11 to F14 and F17 against the running product: what bad providers and a deadly message can do."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.faults import campaign, scenarios
from tests.faults.evidence import Attempt, Delivery, Evidence
from tests.faults.killer import Killer
from tests.faults.load import Load
from tests.faults.product import Product
from tests.servers.waiting import until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes"), pytest.mark.timeout(600)]

WISH = timedelta(seconds=2)  # notifications.simulators.magic.BUSY_SECONDS
UNDER_WAY = timedelta(seconds=1.5)
BREAKER_CALLS = 20
MEMORY_KB = 600_000
DOUBTFUL = ("timeout", "garbage", "drip", "flood", "cut")


def test_bad_providers_are_waited_out_and_their_silence_is_doubt(product: Product, seed: int) -> None:
    load, killer = Load(product, product.clients(), seed), Killer(product, seed)
    before = len(product.ledger())
    scenarios.bad_providers(product, load, killer)
    verdict = campaign.judge(product, load, killer)

    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)
    found = Odd(verdict.found, product.clients("odd"))
    asked_to_wait(found)
    in_doubt_within_the_deadline(found, product)
    breaker_opens_and_drains(product, [line for line in product.ledger()[before:] if line["provider"] == "twilio"])


class Odd:
    """Deliveries and attempts of the odd clients' letters, by client's word and channel."""

    def __init__(self, found: Evidence, people: list[str]) -> None:
        words = {one.document: one.client.partition("+")[2].partition("@")[0] for one in found.uploads}
        self.found = found
        self.deliveries: dict[tuple[str, str], Delivery] = {
            (words[one.subject], one.channel): one
            for one in found.deliveries
            if one.subject in words and one.kind == "document.ready" and one.role == "client"
        }

    def attempts(self, word: str, channel: str) -> list[Attempt]:
        wanted = self.deliveries[word, channel].id
        return [one for one in self.found.attempts if one.delivery == wanted]


def asked_to_wait(odd: Odd) -> None:
    """F11: for as long as the provider asked nobody calls it, and no try is used up."""
    for channel in ("sms", "telegram"):
        refused, taken = odd.attempts("busy", channel)
        assert (refused.outcome, refused.reason, taken.outcome) == ("transient", "busy", "ok")
        assert refused.finished_at
        assert taken.opened_at >= refused.finished_at + WISH - timedelta(milliseconds=100)
        assert odd.deliveries["busy", channel].tries == 1
        same = {one.id for one in odd.found.deliveries if one.channel == channel}
        early = [
            one.opened_at
            for one in odd.found.attempts
            if one.delivery in same
            and refused.finished_at + UNDER_WAY < one.opened_at < refused.finished_at + WISH - timedelta(seconds=0.1)
        ]
        assert not early


def in_doubt_within_the_deadline(odd: Odd, product: Product) -> None:
    """F13, F14: no answer, an endless, a broken, a huge or a senseless one is doubt, and is so in time."""
    most = (int(product.waits["ENGINE_CALL_DEADLINE"]) + 7) * 1000
    for word in DOUBTFUL:
        for channel in ("email", "sms", "telegram"):
            first = odd.attempts(word, channel)[0]
            assert first.finished_at
            assert (first.finished_at - first.opened_at).total_seconds() * 1000 < most, (word, channel)
        sms, mail = odd.deliveries[word, "sms"], odd.deliveries[word, "email"]
        assert (sms.state, sms.attempt_no, sms.possible_duplicate) == ("delivered", 1, False), word
        assert (mail.state, mail.reason, mail.attempt_no) == ("held", "unknown_outcome", 2), word
        assert [one.possible_duplicate for one in odd.attempts(word, "telegram")] == [False, True], word
    assert peak_memory(product.pid("worker")) < MEMORY_KB


def peak_memory(pid: int) -> int:
    """Kilobytes that the process needed at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def breaker_opens_and_drains(product: Product, calls: list[dict[str, Any]]) -> None:
    """F12: after a burst of failures nobody calls for the breaker's pause; then everything leaves."""
    at = [datetime.fromisoformat(line["at"]) for line in calls]
    pause = timedelta(seconds=int(product.waits["ENGINE_BREAKER_PAUSE"]))
    gaps = [later - earlier for earlier, later in pairwise(at)]
    opened = next((place + 1 for place, gap in enumerate(gaps) if gap >= pause * 0.9), None)
    assert opened is not None, [str(gap) for gap in gaps]
    assert opened <= BREAKER_CALLS + int(product.waits["ENGINE_CONNECTIONS"])


def test_a_letter_with_which_three_senders_died_is_given_up_and_can_be_sent_again(product: Product, seed: int) -> None:
    load, killer = Load(product, product.clients(), seed), Killer(product, seed)
    one = scenarios.deadly(product, load, killer)

    [(delivery, state, reason, number)] = product.rows(scenarios.MAIL, one.document)
    assert (state, reason, number) == ("failed", "crashes", 3)
    assert not [line for line in product.ledger() if line["key"] == delivery]

    again = product.ask(f"/api/v1/deliveries/{delivery}/resend", "POST")
    until(lambda: [call for call in product.ledger() if call["key"] == again["id"]], 60)

    load.recall(one)
    verdict = campaign.judge(product, load, killer)
    assert not verdict.broken, str(verdict)
    assert not verdict.left, str(verdict)
