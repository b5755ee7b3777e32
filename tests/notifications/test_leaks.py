"""What is sent, and to whom, stays sealed: no table keeps a plain address, link or code of a person."""

import io
from collections.abc import Callable

import pytest
from django.db import connection

from notifications import codes, defaults
from notifications.models import Attempt, Delivery
from notifications.sending import without_address
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated


def kept() -> str:
    """Every table as a thief of the database reads it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = io.StringIO()
        for (table,) in cursor.fetchall():
            cursor.cursor.copy_expert(f'COPY "{table}" TO STDOUT', found)
    return found.getvalue()


@pytest.mark.django_db(transaction=True)
def test_item_65_no_table_keeps_addresses_links_and_codes(
    things: make.Things, channels: Simulated, run: Callable[[], None]
) -> None:
    defaults.ensure()
    client = accounts.client(email="canary+hard@example.com")
    accounts.contact(client, "phone", "+79120004477")
    chat = accounts.contact(client, "telegram", "500100877")
    make.texts()
    make.trigger(channels=["telegram", "sms", "email"])
    make.happen(make.thing(things, client=client))
    codes.send(contact=chat, purpose="confirm", secret="418205", language="ru", context={"document": "x"})
    run()

    assert Delivery.objects.exclude(state="failed").count() == 3
    assert Attempt.objects.filter(reason="mailbox_not_found").exists()
    for secret in ("canary+hard@example.com", "79120004477", "418205", "/s/"):
        assert secret not in kept(), secret
    assert not [one for one in Attempt.objects.values_list("answer", flat=True) if "500100877" in one]


@pytest.mark.parametrize(
    ("answer", "to", "said"),
    [
        ("550 <Anna@Example.com>: unknown", "anna@example.com", "550 <…>: unknown"),
        ('{"to": "+79120000145"}', "+79120000145", '{"to": "…"}'),
        ("to 79120000145", "+79120000145", "to …"),
        ("250 ok 1", "1", "250 ok 1"),
        ("nothing", "", "nothing"),
    ],
)
def test_an_address_in_an_answer_is_covered(answer: str, to: str, said: str) -> None:
    assert without_address(answer, to) == said
