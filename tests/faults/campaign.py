"""One fault run from first upload to verdict: load and faults together, then quiet, then the checker."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta

from tests.faults import checker, evidence, scenarios
from tests.faults.evidence import Evidence
from tests.faults.killer import Killer, Plan
from tests.faults.load import ACCEPTED, UNKNOWN, Load
from tests.faults.product import Product
from tests.faults.scenarios import Scenario

QUIET_WITHIN = 240.0


@dataclass
class Verdict:
    """What a run found, with all that is needed to run it again."""

    seed: int
    faults: list[str]
    found: Evidence
    broken: list[str]
    left: list[str]

    def __str__(self) -> str:
        lines = [*self.broken, f"seed {self.seed}", self.counts(), *self.faults]
        return "\n".join([*lines, *(f"still open: {line}" for line in self.left)])

    def counts(self) -> str:
        """The run in figures."""
        uploads, attempts = self.found.uploads, self.found.attempts
        figures = {
            "uploads": len(uploads),
            "accepted": sum(one.outcome == ACCEPTED for one in uploads),
            "no answer": sum(one.outcome == UNKNOWN for one in uploads),
            "recalled": sum(one.recalled == ACCEPTED for one in uploads),
            "deliveries": len(self.found.deliveries),
            "messages": sum(call.accepted for call in self.found.calls),
            "in doubt": sum(one.reason == "process_died" and one.outcome != "transient" for one in attempts),
            "marked": sum(one.possible_duplicate for one in attempts),
            "held": sum(one.state == "held" for one in self.found.deliveries),
        }
        return ", ".join(f"{name} {count}" for name, count in figures.items())


def new_seed() -> int:
    return random.SystemRandom().randrange(1 << 32)


def random_faults(product: Product, plan: Plan, seed: int, *, pause: float = 0.6) -> Verdict:
    """Carry the plan out under load, let all come to rest, and judge."""
    load = Load(product, product.clients(), seed, pause=pause)
    killer = Killer(product, seed)
    load.start()
    try:
        time.sleep(2)
        killer.carry_out(plan)
        killer.wait_until_all_run()
        killer.wait_until_all_work()
    finally:
        load.stop()
    return judge(product, load, killer)


def chosen_faults(product: Product, scenario: Scenario, seed: int, within: float = QUIET_WITHIN) -> Verdict:
    """Play one scenario, let all come to rest, and judge."""
    load = Load(product, product.clients(), seed)
    killer = Killer(product, seed)
    scenario(product, load, killer)
    return judge(product, load, killer, within, calm=scenario is scenarios.plain)


def judge(product: Product, load: Load, killer: Killer, within: float = QUIET_WITHIN, *, calm: bool = False) -> Verdict:
    """Wait until nothing is under way (or for so long), then compare the ledgers."""
    end = time.monotonic() + within
    while (left := evidence.open_work(product)) and time.monotonic() < end:
        time.sleep(1)
    killer.say("quiet" if not left else "not quiet")
    found = evidence.gather(product, load.log)
    if calm:
        found.sweep_after = timedelta(seconds=int(product.waits["ENGINE_SWEEP_AFTER"]))
    broken = [line for line in checker.violations(found) if line not in product.accused]
    product.accused.update(broken)
    return Verdict(killer.seed, killer.done, found, broken, left)
