"""What the end of a call means."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from notifications import outcomes
from notifications.channels.base import ChannelError, Receipt
from notifications.outcomes import Ended, Traits

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MAIL = Traits(has_receipts=False, unknown_wait=900.0, schedule=(5.0,))
SMS = Traits(has_receipts=True, unknown_wait=120.0, schedule=(5.0,))


def _ended(error: ChannelError | None = None, *, hours: float = 4) -> Ended:
    receipt = None if error else Receipt("ref", "250 OK")
    return Ended(uuid4(), 1, 7, 0, NOW + timedelta(hours=hours), 0.1, receipt, error)


def test_acceptance_is_final_only_without_receipts() -> None:
    mail, sms = outcomes.close(_ended(), MAIL, now=NOW), outcomes.close(_ended(), SMS, now=NOW)
    assert (mail.state, mail.final, mail.provider_ref) == ("sent", True, "ref")
    assert (sms.state, sms.final) == ("sent", False)


@pytest.mark.parametrize(
    ("kind", "retry_after", "state", "counts"),
    [
        ("transient", None, "retrying", True),
        ("transient", 30.0, "retrying", False),
        ("permanent", None, "failed", False),
        ("unknown", None, "unknown", True),
        ("config", None, "retrying", False),
    ],
)
def test_each_kind_of_refusal_has_its_way(kind: str, retry_after: float | None, state: str, counts: bool) -> None:
    error = ChannelError(kind, "why", "raw", retry_after=retry_after)  # type: ignore[arg-type]
    close = outcomes.close(_ended(error), MAIL, now=NOW)
    assert (close.state, close.counts, close.reason, close.answer) == (state, counts, "why", "raw")


def test_what_cannot_be_repeated_in_time_has_failed() -> None:
    close = outcomes.close(_ended(ChannelError("transient", "busy"), hours=0.0001), MAIL, now=NOW)
    assert (close.state, close.final) == ("failed", True)
