"""Whether a worker grows: its memory after each 10,000 of 100,000 messages."""

from django.db import connection

from accounts.models.contact import Kind
from bench import channels, meter, scale, seed, sink, throughput, worker
from bench.results import Goal, Result, Table
from docflow.common import clock
from notifications import wake

STEPS = 10
MESSAGES = scale.messages(10_000)
PATIENCE = 120
CAUSE = "It grows with the first messages and then stays, as the table shows."
AGAIN = """
INSERT INTO notifications_delivery (
    id, notification_id, channel, contact_id, masked, round, language, template_version_id, body_sealed, lane, state,
    due_at, expires_at, attempt_no, tries, crashes, possible_duplicate, provider_ref, reason, answer,
    address_dead, unsettled, created_at)
SELECT gen_random_uuid(), notification_id, channel, contact_id, masked, %s, language, template_version_id, '', lane,
    'queued', clock_timestamp(), clock_timestamp() + interval '1 day', 0, 0, 0, false, '', '', '', false, false,
    clock_timestamp()
FROM notifications_delivery WHERE round = 1 AND created_at >= %s
"""
"""Everybody is sent the same message once more, as an operator's resend does; what other measurements left is not."""


def measure(_rounds: int) -> Result:
    """One long round: what grows, grows with the messages."""
    with sink.running() as target:
        channels.only("email", target)
        began = clock.now()
        throughput.queue(seed.clients(MESSAGES, Kind.EMAIL), seed.author())
        sizes = []
        with worker.workers() as (process,):
            for step in range(1, STEPS + 1):
                if step > 1:
                    with connection.cursor() as cursor:
                        cursor.execute(AGAIN, [step, began])
                wake.now("send:normal:email")
                target.wait(step * MESSAGES, PATIENCE)
                worker.until_quiet()
                sizes.append(meter.resident(process.pid))
    growth = 100 * (sizes[-1] / sizes[0] - 1)
    goal = Goal(
        f"Memory of a worker after {STEPS * MESSAGES:,} messages against {MESSAGES:,}",
        5,
        growth,
        "% more",
        at_least=False,
        cause=CAUSE,
    )
    rows = [[f"{step * MESSAGES:,}", f"{size:.0f}"] for step, size in enumerate(sizes, start=1)]
    return Result("memory", "Memory of a worker", [goal], [Table("", ["messages sent", "MB resident"], rows)])
