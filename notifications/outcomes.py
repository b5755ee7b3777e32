"""What one attempt's end means for its delivery. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from notifications import retry
from notifications.channels.base import ChannelError, Receipt
from notifications.states import Outcome, State

MISCONFIGURED_WAIT = 300.0


@dataclass(frozen=True)
class Traits:
    """What the engine needs to know of a channel to judge an end."""

    has_receipts: bool
    unknown_wait: float
    schedule: tuple[float, ...]


class Ended(NamedTuple):
    """A call's end as the sender thread saw it; `error` None means accepted."""

    delivery: UUID
    attempt: int
    owner: int
    tries: int
    expires_at: datetime
    duration: float
    receipt: Receipt | None = None
    error: ChannelError | None = None


class Close(NamedTuple):
    """What is written: one attempt's outcome and its delivery's next state."""

    delivery: UUID
    attempt: int
    owner: int
    outcome: str
    state: str
    reason: str = ""
    answer: str = ""
    provider_ref: str = ""
    wait: float | None = None
    """Seconds until it is due again; None in final states."""
    counts: bool = True
    final: bool = False
    """Nothing more comes: it has arrived, or failed for good."""
    address_dead: bool = False
    duration: float | None = None


def close(ended: Ended, traits: Traits, *, now: datetime) -> Close:
    """The record of an ended call."""
    if ended.error is None:
        return _accepted(ended, traits)
    return _refused(ended, ended.error, traits, now)


def _accepted(ended: Ended, traits: Traits) -> Close:
    receipt = ended.receipt or Receipt("", "")
    return Close(
        ended.delivery,
        ended.attempt,
        ended.owner,
        Outcome.OK,
        State.SENT,
        answer=receipt.answer,
        provider_ref=receipt.provider_ref,
        final=not traits.has_receipts,
        duration=ended.duration,
    )


def _refused(ended: Ended, error: ChannelError, traits: Traits, now: datetime) -> Close:
    counts = error.kind == "unknown" or (error.kind == "transient" and error.retry_after is None)
    state, wait = _next(error, ended.tries + (1 if counts else 0), ended.expires_at, traits, now)
    return Close(
        ended.delivery,
        ended.attempt,
        ended.owner,
        OUTCOME_OF[error.kind],
        state,
        reason=error.reason[:60],
        answer=error.answer[:500],
        wait=wait,
        counts=counts,
        final=state == State.FAILED,
        address_dead=error.address_dead,
        duration=ended.duration,
    )


OUTCOME_OF: Mapping[str, Outcome] = {
    "transient": Outcome.TRANSIENT,
    "permanent": Outcome.PERMANENT,
    "unknown": Outcome.UNKNOWN,
    "config": Outcome.TRANSIENT,
}


def _next(
    error: ChannelError, tries: int, expires_at: datetime, traits: Traits, now: datetime
) -> tuple[State, float | None]:
    if error.kind == "permanent":
        return State.FAILED, None
    if error.kind == "unknown":
        return State.UNKNOWN, traits.unknown_wait
    after = MISCONFIGURED_WAIT if error.kind == "config" else error.retry_after
    wait = retry.wait(tries, schedule=traits.schedule, now=now, expires_at=expires_at, retry_after=after)
    return (State.FAILED, None) if wait is None else (State.RETRYING, wait)
