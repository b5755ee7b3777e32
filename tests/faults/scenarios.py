"""Faults at a chosen moment instead of a random one: each brings about one situation of the failure matrix."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.killer import Killer
from tests.faults.load import ACCEPTED, Load, Upload
from tests.faults.product import Product
from tests.servers.waiting import children, until

ARRIVED = """
SELECT 1 FROM notifications_delivery d JOIN notifications_notification n ON n.id = d.notification_id
 WHERE d.channel = 'sms' AND d.state = 'delivered' AND n.kind = 'document.ready' AND n.subject_id::text = %s
"""

Scenario = Callable[[Product, Load, Killer], None]
PATIENCE = 120.0
UNHEARD_SECONDS = 15.0
BEGUN_SECONDS = 1.0
ENDS_WITHIN = 30.0
MORE_THAN_CONNECTIONS = 24
AT_ONCE = {"ENGINE_SWEEP_AFTER": "0", "ENGINE_SWEEP_EVERY": "0"}
"""Waits with which the sweeper leaves nothing to the worker."""
# Among the usual people of `tests.faults.clients`: the third answers slowly everywhere.
QUICK, SLOW = 0, 2
SLOW_PHONE = "+79000290007"


def plain(product: Product, load: Load, killer: Killer) -> None:
    """Nothing happens but letters."""
    for client in load.clients:
        load.upload(client)


def dead_in_mid_send(product: Product, load: Load, killer: Killer) -> None:
    """F3: the sender dies after the provider took the message and before it answered."""
    for _round in range(3):
        before = len(slow_calls(product))
        load.upload(load.clients[SLOW])
        until(lambda before=before: len(slow_calls(product)) >= before + 2, PATIENCE)  # type: ignore[misc]
        killer.commit("kill worker")
        killer.wait_until_all_run()


def unheard(product: Product, load: Load, killer: Killer) -> None:
    """F3 once more, and the provider's receipts find nobody: only asking can tell what became of an SMS, and does."""
    letter = load.upload(load.clients[SLOW])
    with held(product, "web"):
        until(lambda: SLOW_PHONE in slow_calls(product), PATIENCE)
        killer.commit("kill worker")
        time.sleep(UNHEARD_SECONDS)
    killer.wait_until_all_run()
    until(lambda: product.rows(ARRIVED, letter.document), PATIENCE)


def slow_calls(product: Product) -> list[str]:
    """Messages to the slow client, each of which waits five seconds for its answer."""
    return [call["to"] for call in product.ledger() if "+slow" in call["to"] or call["to"] in (SLOW_PHONE, "90007")]


def dead_readers(product: Product, load: Load, killer: Killer) -> None:
    """The readers of files die with letters in their hands."""
    for _round in range(3):
        load.upload(load.clients[QUICK])
        until(lambda: product.rows("SELECT 1 FROM documents_step WHERE lease_until IS NOT NULL"), PATIENCE)
        killer.commit("kill files")
        killer.wait_until_all_run()


def backlog(product: Product, load: Load, killer: Killer) -> None:
    """F22: worker and sweeper wake up before the same heap of letters."""
    heap(product, load, 10)


def rolled(product: Product, load: Load, killer: Killer) -> None:
    """F23: as in an upgrade every process is asked to end while it has work, and another takes its place."""
    for name in ("web", "worker", "files", "sweeper", "beat"):
        before = product.pid(name)
        for client in load.clients:
            load.upload(client)
        killer.wait_for_a_call()
        killer.commit(f"end {name}")
        until(lambda name=name, before=before: product.pid(name) != before, ENDS_WITHIN)  # type: ignore[misc]
        killer.wait_until_all_run()


def heap(product: Product, load: Load, count: int) -> None:
    with held(product, "worker", "sweeper"):
        wait_until_ready(product, [load.upload(load.clients[number % len(load.clients)]) for number in range(count)])


def rivals(product: Product, load: Load, killer: Killer) -> None:
    """F22 once more: worker and sweeper go after every message at the same moment, given `AT_ONCE`."""
    for number in range(MORE_THAN_CONNECTIONS):
        load.upload(load.clients[number % SLOW])


def frozen(product: Product, load: Load, killer: Killer) -> None:
    """A sender stands still for longer than its lease, in the midst of its work, and then goes on."""
    heap(product, load, MORE_THAN_CONNECTIONS)
    killer.wait_for_a_call(30)
    killer.commit("freeze worker")


def broker_frozen(product: Product, load: Load, killer: Killer) -> None:
    """F7: the broker takes connections and says nothing; uploads are accepted, the sweeper sends."""
    with held(product, "valkey"):
        letters = [load.upload(client) for client in load.clients]
        assert {one.outcome for one in letters} == {ACCEPTED}
        told = "SELECT 1 FROM documents_document WHERE state = 'delivered' AND id::text = ANY(%s)"
        until(lambda: len(product.rows(told, [one.document for one in letters])) == len(letters), PATIENCE)


def stuck(product: Product, load: Load, killer: Killer) -> None:
    """A worker that lives and does nothing is found by its silence and started again."""
    pid = product.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    load.upload(load.clients[QUICK])
    until(lambda: product.pid("worker") != pid, PATIENCE)
    killer.wait_until_all_run()
    killer.wait_until_all_work()


def taken_back(product: Product, load: Load, killer: Killer) -> None:
    """F24: letters are recalled between planning and sending; their client has more than Telegram takes at once."""
    with held(product, "worker", "sweeper"):
        letters = [load.upload(load.clients[QUICK]) for _number in range(8)]
        wait_until_ready(product, letters)
    ids = [one.document for one in letters]
    planned = "SELECT 1 FROM notifications_notification WHERE kind = 'document.ready' AND subject_id::text = ANY(%s)"
    until(lambda: len(product.rows(planned, ids)) == len(ids), PATIENCE)
    with held(product, "worker", "sweeper"):
        for one in letters:
            load.recall(one)


def bad_providers(product: Product, load: Load, killer: Killer) -> None:
    """F11 to F14: providers that ask to wait, fail in a burst, and answer late, endlessly, in part or nonsense."""
    with held(product, "worker", "sweeper"):
        people = [*product.clients("odd"), *product.clients("outage")]
        wait_until_ready(product, [load.upload(client) for client in people])


MAIL = """SELECT d.id::text, d.state, d.reason, d.attempt_no FROM notifications_delivery d
JOIN notifications_notification n ON n.id = d.notification_id
WHERE d.channel = 'email' AND d.round = 1 AND n.role = 'client' AND n.subject_id::text = %s"""


def deadly(product: Product, load: Load, killer: Killer) -> Upload:
    """F17: three times the sender dies with the same letter in its hands, which is then given up."""
    [hesitant] = product.clients("hesitant")
    one = load.upload(hesitant)
    for number in (1, 2, 3):
        until(lambda number=number: begun(product, one, number), PATIENCE)  # type: ignore[misc]
        time.sleep(BEGUN_SECONDS)
        load.upload(load.clients[QUICK])
        for name in ("worker", "sweeper"):
            killer.commit(f"kill {name}")
        killer.wait_until_all_run()
    until(lambda: any(row[1] == "failed" for row in product.rows(MAIL, one.document)), PATIENCE)
    return one


def begun(product: Product, one: Upload, number: int) -> bool:
    return any((row[1], row[3]) == ("sending", number) for row in product.rows(MAIL, one.document))


def wait_until_ready(product: Product, letters: list[Upload]) -> None:
    ids = [one.document for one in letters if one.document]
    ready = "SELECT 1 FROM documents_document WHERE state = 'ready' AND id::text = ANY(%s)"
    until(lambda: len(product.rows(ready, ids)) == len(ids), PATIENCE)


@contextmanager
def held(product: Product, *names: str) -> Iterator[None]:
    """These processes stand still meanwhile, and with them those that they began: of the web each answers by itself."""
    pids = [pid for name in names for pid in family(product.pid(name))]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def family(pid: int) -> list[int]:
    """The process and those that it began: it must not look after them while they stand still."""
    return [pid, *children(pid)]
