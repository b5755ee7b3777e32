"""What is measured of the engine; scraped at /metrics."""

from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from docflow.common.figures import COUNTED, SHOWN

attempts = Counter("docflow_attempts_total", "Calls of providers by outcome", ["channel", "outcome"], registry=COUNTED)
wakes_lost = Counter("docflow_wakes_lost_total", "Wake-ups that the broker did not take", registry=COUNTED)
recovered = Counter("docflow_recovered_total", "Deliveries returned from dead processes", ["to"], registry=COUNTED)
call_seconds = Histogram("docflow_call_seconds", "One call of a provider", ["channel"], registry=COUNTED)
handed_seconds = Histogram(
    "docflow_handed_seconds",
    "From the fact to the provider's acceptance",
    ["channel", "lane"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 3600),
    registry=COUNTED,
)

WAITING = """
    SELECT lane, channel, state, count(*), coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)
    FROM notifications_delivery
    WHERE state IN ('planned', 'queued', 'retrying', 'sending', 'unknown', 'held') GROUP BY 1, 2, 3
"""
OUTBOX = """
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)
    FROM notifications_outboxevent WHERE planned_at IS NULL
"""


class Queues(Collector):
    """Depth and age of what waits, read from the rows when scraped."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        depth = GaugeMetricFamily("docflow_deliveries_waiting", "Open deliveries", labels=["lane", "channel", "state"])
        age = GaugeMetricFamily(
            "docflow_delivery_age_seconds", "Age of the longest due one", labels=["lane", "channel", "state"]
        )
        outbox = GaugeMetricFamily("docflow_outbox_waiting", "Facts not planned yet")
        outbox_age = GaugeMetricFamily("docflow_outbox_age_seconds", "Age of the oldest of them")
        try:
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                for lane, channel, state, count, seconds in cursor.fetchall():
                    depth.add_metric([lane, channel, state], count)
                    age.add_metric([lane, channel, state], max(0.0, float(seconds)))
                cursor.execute(OUTBOX)
                count, seconds = cursor.fetchone()
                outbox.add_metric([], count)
                outbox_age.add_metric([], max(0.0, float(seconds)))
        except DatabaseError:
            return
        yield from (depth, age, outbox, outbox_age)

    def describe(self) -> list[GaugeMetricFamily]:
        return []


def register() -> None:
    """Offer the queues to whoever scrapes, once per process."""
    if _queues not in SHOWN._collector_to_names:
        SHOWN.register(_queues)


_queues = Queues()
