"""Figures for Prometheus, of all processes together: each adds what it has counted to one hash in Valkey.

Whichever process is asked shows them all. When Valkey forgets, every figure begins at nought again at once, which
Prometheus takes for a restart. What a process counted in its last second may go with it.
"""

import json
import threading
from collections.abc import Iterator

import redis
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from docflow.common import valkey

KEY = "docflow:figures"
COUNTED = CollectorRegistry()
"""Counters and histograms of this process; whoever defines one names this registry."""

_published: dict[str, float] = {}
_lock = threading.Lock()


def publish() -> None:
    """Add what this process has counted since it last did. Raises redis.RedisError; then it is added next time."""
    with _lock:
        counted: dict[str, float] = {}
        with valkey.client().pipeline() as asked:
            for metric in COUNTED.collect():
                values = {_field(sample): sample.value for sample in metric.samples if _adds_up(sample)}
                if any(_published.get(field) != value for field, value in values.items()):
                    counted |= values
            for field, value in counted.items():
                asked.hincrbyfloat(KEY, field, value - _published.get(field, 0.0))
            asked.execute()
        _published.update(counted)


class _Together(Collector):
    """What all processes have published."""

    def collect(self) -> Iterator[Metric]:
        try:
            publish()
            kept = valkey.client().hgetall(KEY)
        except redis.RedisError:
            return
        samples = sorted((_sample(field, value) for field, value in kept.items()), key=_order)
        for metric in COUNTED.collect():
            names = {metric.name + ending for ending in ("_total", "_bucket", "_sum", "_count")}
            metric.samples = [sample for sample in samples if sample.name in names]
            yield metric

    def describe(self) -> list[Metric]:
        return []


SHOWN = CollectorRegistry()
"""What a scrape answers; figures that are read from rows are registered here."""
SHOWN.register(_Together())


def _adds_up(sample: Sample) -> bool:
    return not sample.name.endswith("_created")


def _field(sample: Sample) -> str:
    return json.dumps([sample.name, sample.labels], sort_keys=True)


def _sample(field: bytes | str, value: bytes | str) -> Sample:
    name, labels = json.loads(field)
    return Sample(name, labels, float(value))


def _order(sample: Sample) -> tuple[str, list[tuple[str, str]], float]:
    """Buckets of one histogram stand together, from the narrowest."""
    rest = sorted((name, value) for name, value in sample.labels.items() if name != "le")
    return sample.name, rest, float(sample.labels.get("le", 0))
