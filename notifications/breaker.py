"""When a provider is out of order nobody calls it: no attempts are used up, what is due waits in its rows."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest, Least, Now

from notifications.channels.base import ChannelError
from notifications.models import ProviderState
from notifications.outcomes import MISCONFIGURED_WAIT, Ended

WINDOW = 60.0
FAILURES = 20
LEAST_CALLS = 20
SHARE = 0.5
LONGEST_PAUSE = 600


def allowed(channel: str) -> int | None:
    """How many calls may begin: None is no limit, 0 while open, 1 as a probe when the pause is over."""
    state = ProviderState.objects.filter(channel=channel, open_until__isnull=False).first()
    if state is None:
        return None
    _window(channel).troubled = True
    probing = ProviderState.objects.filter(channel=channel, open_until__lte=Now())
    granted = probing.update(open_until=Now() + timedelta(seconds=settings.ENGINE["breaker_pause"]))
    _window(channel).probing |= bool(granted)
    return granted


def heard(channel: str, ends: list[Ended]) -> None:
    """Take note of calls that ended: health for the channels page, and whether the breaker opens or closes."""
    if not ends:
        return
    errors = [end.error for end in ends if end.error is not None]
    if len(errors) < len(ends) and _window(channel).worth_noting(bool(errors)):
        _note_success(channel)
    if errors:
        _note_error(channel, errors[-1])
    wish = max((error.retry_after or 0 for error in errors if error.kind == "transient"), default=0)
    if wish:
        pause(channel, wish, "busy")
    if any(error.kind == "config" for error in errors):
        pause(channel, MISCONFIGURED_WAIT, errors[-1].reason)
    elif _window(channel).add(ends) or _window(channel).probe_failed(ends):
        _open(channel)


def pause(channel: str, seconds: float, reason: str) -> None:
    """Nobody calls the provider for so long: it asked for that, or our settings are wrong."""
    until = Now() + timedelta(seconds=seconds)
    ProviderState.objects.get_or_create(channel=channel)
    ProviderState.objects.filter(channel=channel).update(
        open_until=Case(When(open_until__isnull=True, then=until), default=Greatest(F("open_until"), until)),
        pause_reason=reason,
    )


def reset(channel: str) -> None:
    """Try again at once: somebody corrected the settings."""
    _window(channel).clear()
    ProviderState.objects.filter(channel=channel).update(open_until=None, backoff=0, pause_reason="")


def _open(channel: str) -> None:
    first = Value(settings.ENGINE["breaker_pause"])
    ProviderState.objects.get_or_create(channel=channel)
    ProviderState.objects.filter(channel=channel).update(
        backoff=Least(Case(When(backoff=0, then=first), default=F("backoff") * 2), Value(LONGEST_PAUSE))
    )
    seconds = ProviderState.objects.values_list("backoff", flat=True).get(channel=channel)
    pause(channel, seconds, "failing")


def _note_success(channel: str) -> None:
    ProviderState.objects.get_or_create(channel=channel)
    ProviderState.objects.filter(channel=channel).update(last_ok_at=Now(), open_until=None, backoff=0, pause_reason="")


def _note_error(channel: str, error: ChannelError) -> None:
    ProviderState.objects.get_or_create(channel=channel)
    ProviderState.objects.filter(channel=channel).update(
        last_error_at=Now(), last_error=error.reason[:60], last_answer=error.answer[:500]
    )


@dataclass
class Window:
    """The calls of the last minute in this process. A refusal of one message is the message's fault, not a failure."""

    calls: deque[tuple[float, bool]] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)
    noted_at: float = 0.0
    troubled: bool = True
    probing: bool = False

    def worth_noting(self, troubled: bool) -> bool:
        """Whether a success is news: once a second is enough while all goes well."""
        now = time.monotonic()
        if not troubled and not self.troubled and now - self.noted_at < 1:
            return False
        self.noted_at, self.troubled = now, troubled
        return True

    def add(self, ends: list[Ended]) -> bool:
        """Whether too many have failed now; the count then begins anew."""
        now = time.monotonic()
        with self.lock:
            self.calls.extend((now, is_failure(end)) for end in ends)
            while self.calls and self.calls[0][0] < now - WINDOW:
                self.calls.popleft()
            failed = sum(bad for _at, bad in self.calls)
            tripped = (
                failed >= LEAST_CALLS * SHARE
                and failed >= len(self.calls) * SHARE
                and (len(self.calls) >= LEAST_CALLS or failed >= FAILURES)
            )
            if tripped:
                self.calls.clear()
        return tripped

    def probe_failed(self, ends: list[Ended]) -> bool:
        """Whether the one call that was let through has failed as well: then the pause doubles."""
        probing, self.probing = self.probing, False
        return probing and all(is_failure(end) for end in ends)

    def clear(self) -> None:
        with self.lock:
            self.calls.clear()


def is_failure(end: Ended) -> bool:
    """The provider itself did not work: not a refusal of this message, not a wish to be asked later."""
    return end.error is not None and end.error.kind in ("transient", "unknown") and end.error.retry_after is None


_windows: dict[str, Window] = {}


def _window(channel: str) -> Window:
    return _windows.setdefault(channel, Window())
