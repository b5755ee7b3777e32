"""Codes: urgent, sealed until sent, wiped afterwards."""

from collections.abc import Callable

import pytest

from docflow.common.errors import NotPossible
from notifications import codes, defaults
from notifications.models import Delivery
from tests.factories import accounts
from tests.notifications.simulators.running import Simulated

CODE = "418205"
pytestmark = pytest.mark.django_db(transaction=True)


def _send(contact: object, purpose: str = "verify", secret: str = CODE, language: str = "ru") -> None:
    codes.send(contact=contact, purpose=purpose, secret=secret, language=language, context={"name": "Мария"})  # type: ignore[arg-type]


def test_a_code_goes_to_an_unverified_address_and_is_wiped(channels: Simulated, run: Callable[[], None]) -> None:
    defaults.ensure()
    contact = accounts.contact(accounts.client(), "phone", "+79120000146", verified=False)

    _send(contact)
    waiting = Delivery.objects.get()
    assert waiting.lane == "urgent"
    assert b"418205" not in bytes(waiting.body_sealed)
    run()

    sent = Delivery.objects.get()
    assert (sent.state, bytes(sent.body_sealed)) == ("sent", b"")
    assert "418205" in channels.ledger("+79120000146")[0]["text"]


@pytest.mark.parametrize("purpose", list(codes.KINDS))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_purpose_has_its_words(channels: Simulated, run: Callable[[], None], purpose: str, language: str) -> None:
    defaults.ensure()
    link = "http://127.0.0.1:8000/x/secret" if purpose in ("reset", "invite", "link") else "418205"
    address = f"{purpose}-{language}@x.test"
    _send(accounts.person("client", email=address).contacts.get(), purpose, link, language)

    run()

    assert link in channels.ledger(address)[0]["text"]


def test_without_a_channel_the_asker_is_told(db: None) -> None:
    with pytest.raises(NotPossible):
        _send(accounts.contact(accounts.client(), "phone", "+79120000147"))
