"""Who does the harm: a seeded list of faults, carried out one after the other from outside the product."""

import os
import random
import signal
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import redis

from tests.faults.product import Product
from tests.servers.waiting import lives, until

BACK_WITHIN = 120.0
FROZEN_SECONDS = 25.0
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGQUIT, "end": signal.SIGTERM}


@dataclass(frozen=True)
class Plan:
    """How often each fault happens, and how long to wait between two of them."""

    kills: dict[str, int]
    flushes: int = 0
    stops: int = 0
    """Of PostgreSQL, without time to tidy up (`pg_ctl stop -m immediate`)."""
    pause: tuple[float, float] = (0.1, 0.8)

    def order(self, seed: int) -> list[str]:
        faults = [f"kill {name}" for name, count in self.kills.items() for _n in range(count)]
        faults += ["flush"] * self.flushes + ["stop postgres"] * self.stops
        random.Random(seed).shuffle(faults)
        return faults


@dataclass
class Killer:
    """Carries a plan out. `done` tells what happened when, for the person who reads a failure."""

    product: Product
    seed: int
    began: float = field(default_factory=time.monotonic)
    done: list[str] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    def carry_out(self, plan: Plan) -> None:
        chance = random.Random(self.seed)
        for fault in plan.order(self.seed):
            time.sleep(chance.uniform(*plan.pause))
            if chance.random() < 0.5:
                self.wait_for_a_call()
            self.commit(fault)

    def commit(self, fault: str) -> None:
        """One fault, and that whoever was killed has come back since the last time."""
        what, _, name = fault.partition(" ")
        self.say(fault)
        if what == "flush":
            self.flush()
        elif what == "freeze":
            self.freeze(name)
        else:
            self.kill(name, SIGNALS[what])
        self.last = time.monotonic()

    def say(self, line: str) -> None:
        self.done.append(f"{time.monotonic() - self.began:6.1f} {line}")

    def wait_for_a_call(self, seconds: float = 1.5) -> None:
        """Until a message has just reached a provider, whose answer is still under way; or a while in vain."""
        before, end = self.product.calls(), time.monotonic() + seconds
        while self.product.calls() == before and time.monotonic() < end:
            time.sleep(0.002)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """One that is still down from the last time is waited for first."""
        pid = until(lambda: found if lives(found := self.product.pid(name)) else None, BACK_WITHIN)
        os.kill(pid, number)

    def flush(self) -> None:
        """The broker forgets everything."""
        until(lambda: lives(self.product.pid("valkey")), BACK_WITHIN)
        url = urlsplit(self.product.up["redis_url"])
        with redis.Redis(host=url.hostname or "", port=url.port or 0, password=url.password) as client:
            until(lambda: _flushed(client), BACK_WITHIN)

    def freeze(self, name: str, seconds: float = FROZEN_SECONDS) -> None:
        """Stopped for longer than its leases last, then it goes on as if nothing had happened."""
        pid = self.product.pid(name)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def wait_until_all_run(self) -> None:
        until(self.product.all_run, BACK_WITHIN)

    def wait_until_all_work(self) -> None:
        """F8: each has shown since the last fault that it gets work from the broker and does it."""
        until(lambda: self.product.all_work(time.monotonic() - self.last), BACK_WITHIN)
        self.say("all work")


def _flushed(client: "redis.Redis") -> bool:
    try:
        return bool(client.flushall())
    except redis.RedisError:
        return False
