"""One fact for 1,000 people: from the waiting outbox row to 1,000 queued deliveries with their decisions."""

import time

from accounts.models import Group, Role
from accounts.models.contact import Kind
from bench import channels, seed, sink, worker
from bench.results import Goal, Result, Spread, Table
from documents.states import State
from notifications import outbox
from notifications.models import Decision, Delivery, Trigger

RECIPIENTS = 1_000
TURNS = 5


def measure(rounds: int) -> Result:
    """A trigger names a group of 1,000; the planner's transaction is timed, commit included."""
    with sink.running() as target:
        channels.only("email", target)
        by = seed.author()
        members = seed.clients(RECIPIENTS, Kind.EMAIL)
        group = Group.objects.create(name_ru="Все", name_en="All")
        group.members.set(members)
        rule = Trigger.objects.get(key="ready")
        Trigger.objects.filter(pk=rule.pk).update(recipients=[f"group:{group.pk}"], channels=["email"])
        client = seed.people(1, "one{}@example.org", "Клиент {}", Role.CLIENT)
        before, turns = Delivery.objects.count(), []
        for _number in range(rounds * TURNS):
            seed.say_ready(seed.documents(client, by, State.READY))
            worker.tidy()
            began = time.perf_counter()
            outbox.plan()
            turns.append(1000 * (time.perf_counter() - began))
        rows = len(turns) * RECIPIENTS
        assert Delivery.objects.count() == before + rows  # noqa: S101
        assert Decision.objects.filter(recipient__startswith="group:", verdict="planned").count() == rows  # noqa: S101
        rule.save()
    spread = Spread.of(turns)
    cause = "PostgreSQL checks eleven foreign keys for each recipient; addresses are opened and rows made in Python."
    goal = Goal("Fan-out to 1,000 recipients", 100, spread.median, "ms", at_least=False, cause=cause)
    rows_of = [["one fact, 1,000 recipients", str(spread), f"{spread.median:.0f}"]]
    table = Table("", ["", "ms", "µs for each recipient"], rows_of, "A notification, a delivery and a decision each.")
    return Result("fanout", "Fan-out", [goal], [table])
