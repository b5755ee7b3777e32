"""What becomes of an unknown outcome, and of a provider in trouble."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from notifications import breaker, buckets, unknown
from notifications.buckets import Local, Rate
from notifications.channels.base import ChannelError, Receipt
from notifications.models import Attempt, Delivery, ProviderState
from notifications.outcomes import Ended
from tests.factories import accounts
from tests.factories import notifications as make
from tests.notifications.simulators.running import Simulated

pytestmark = pytest.mark.django_db


def _doubtful(channel: str, kind: str, address: str, attempts: int = 1) -> Delivery:
    row = make.delivery(
        accounts.contact(accounts.client(), kind, address), channel=channel, state="unknown", attempt_no=attempts
    )
    for number in range(1, attempts + 1):
        Attempt.objects.create(delivery=row, number=number, owner=1, opened_at=row.created_at, outcome="unknown")
    return row


def _resolved(row: Delivery) -> Delivery:
    assert unknown.resolve() == 1
    row.refresh_from_db()
    return row


def test_mail_is_repeated_once_with_a_mark_then_held(channels: Simulated) -> None:
    row = _resolved(_doubtful("email", "email", "a@x.test"))
    assert (row.state, row.possible_duplicate) == ("retrying", True)

    row = _resolved(_doubtful("email", "email", "b@x.test", attempts=2))
    assert (row.state, row.reason) == ("held", "unknown_outcome")


def test_an_sms_that_never_arrived_is_repeated_without_a_mark(channels: Simulated) -> None:
    row = _resolved(_doubtful("sms", "phone", "+79120000148"))
    assert (row.state, row.possible_duplicate) == ("retrying", False)


def test_a_code_in_doubt_is_never_repeated(channels: Simulated) -> None:
    row = _doubtful("email", "email", "c@x.test")
    row.body = '{"code": "418205"}'
    row.save()
    row = _resolved(row)
    assert (row.state, row.reason, bytes(row.body_sealed)) == ("failed", "code_in_doubt", b"")


def test_what_is_not_due_waits(channels: Simulated) -> None:
    row = _doubtful("email", "email", "d@x.test")
    Delivery.objects.filter(pk=row.pk).update(due_at=Now() + timedelta(minutes=10))
    assert unknown.resolve() == 0


def _ends(count: int, error: ChannelError | None) -> list[Ended]:
    late = datetime(2030, 1, 1, tzinfo=UTC)
    return [Ended(uuid4(), 1, 1, 0, late, 0.1, None if error else Receipt("", ""), error) for _each in range(count)]


def test_the_breaker_opens_on_many_failures_and_closes_on_a_success() -> None:
    breaker.reset("email")
    breaker.heard("email", _ends(19, ChannelError("transient", "provider_down")))
    assert breaker.allowed("email") is None
    breaker.heard("email", _ends(1, ChannelError("transient", "provider_down")))
    assert breaker.allowed("email") == 0

    ProviderState.objects.update(open_until=Now() - timedelta(seconds=1))
    assert breaker.allowed("email") == 1
    assert breaker.allowed("email") == 0
    breaker.heard("email", _ends(1, None))
    assert breaker.allowed("email") is None


def test_a_probe_that_fails_doubles_the_pause() -> None:
    breaker.reset("email")
    breaker.heard("email", _ends(20, ChannelError("transient", "provider_down")))
    for pause in (60, 120):
        ProviderState.objects.update(open_until=Now() - timedelta(seconds=1))
        assert breaker.allowed("email") == 1
        breaker.heard("email", _ends(1, ChannelError("transient", "provider_down")))
        state = ProviderState.objects.get(channel="email")
        assert state.backoff == pause
        assert breaker.allowed("email") == 0
    breaker.reset("email")


def test_refusals_of_single_messages_do_not_open_it() -> None:
    breaker.reset("email")
    breaker.heard("email", _ends(50, ChannelError("permanent", "mailbox_not_found")))
    assert breaker.allowed("email") is None


def test_a_wish_to_wait_and_a_wrong_setting_pause_the_channel() -> None:
    breaker.reset("telegram")
    breaker.heard("telegram", _ends(1, ChannelError("transient", "busy", retry_after=30)))
    state = ProviderState.objects.get(channel="telegram")
    assert (breaker.allowed("telegram"), state.pause_reason) == (0, "busy")
    breaker.heard("telegram", _ends(1, ChannelError("config", "sign_in_refused")))
    assert ProviderState.objects.get(channel="telegram").pause_reason == "sign_in_refused"
    breaker.reset("telegram")
    assert breaker.allowed("telegram") is None


def test_a_bucket_gives_its_burst_and_no_more() -> None:
    assert buckets.take("telegram", 20) == 20
    assert buckets.take("telegram", 20) <= 6
    assert buckets.take("email", 20) == 20
    assert buckets.take_each("telegram", ["chat", "chat", "other", "chat", "chat"]) == [True, True, True, True, False]
    assert buckets.take_each("email", ["box"] * 9) == [True] * 9


def test_a_bucket_is_as_large_as_was_agreed() -> None:
    assert buckets.take("telegram", 500, per_second=1000) == 500


def test_without_valkey_a_process_takes_a_careful_share() -> None:
    local = Local()
    assert local.take("telegram", Rate(25, 25), 20) == 6
    assert local.take("telegram", Rate(25, 25), 20) == 0
