"""The engine: how much it sends, how soon, and at what cost."""

from collections.abc import Callable

from bench import fanout, latency, memory, slow, throughput
from bench.results import Result

MEASUREMENTS: dict[str, Callable[[int], Result]] = {
    "throughput": throughput.measure,
    "slow": slow.measure,
    "rest": latency.at_rest,
    "load": latency.under_load,
    "urgent": latency.urgent,
    "fanout": fanout.measure,
    "memory": memory.measure,
}
