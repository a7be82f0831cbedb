"""Retries of AWS calls: few tries, full jitter, within a request's deadline and a retry budget.

Three bounds hold for every call of DynamoDB, KMS, Secrets Manager and S3:

* a call is tried up to four times, with short time-outs;
* all failed tries and waits of one request (or of one message of a worker) last up to 4.5 seconds
  together, so that its answer comes within five, also where cores are busy: no try begins that
  could end later. Only trouble is counted, so that what is merely slow is not cut off, and what a
  provider was asked for is still written down;
* a process asks again once for six calls that it wants, beside a small reserve, so that a storm is
  not made worse by those who wait it out.

Each write that we send is safe to repeat, so an answer that got lost is asked for again as well.
Sources: "Exponential Backoff And Jitter", AWS Architecture Blog; "Timeouts, retries, and backoff
with jitter", Amazon Builders' Library; "Handling Overload", Site Reliability Engineering, O'Reilly.
"""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic, sleep
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError

ATTEMPTS: Final = 4
CONNECT_SECONDS: Final = 1.0
READ_SECONDS: Final = 1.6
REQUEST_SECONDS: Final = 4.5
_BASE_SECONDS: Final = 0.05
_CAP_SECONDS: Final = 0.4
_TRANSIENT: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_SERVER_ERROR: Final = 500


class RetriesExhaustedError(BotoCoreError):
    """No time is left for another try within the request; the caller is told to try again."""

    fmt = "no time is left to ask once more"


class RetryDeadline:
    """The seconds that failed tries and waits may still take of one request."""

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        """Start with nothing spent."""
        self._left = seconds

    def allows(self, wait: float = 0) -> bool:
        """Tell whether a try after a wait ends in time, however it ends."""
        return self._left - wait >= CONNECT_SECONDS + READ_SECONDS

    @property
    def left(self) -> float:
        """Return how many seconds that are."""
        return max(self._left, 0)

    def spend(self, seconds: float) -> None:
        """Count seconds that a failed try or a wait took."""
        self._left -= seconds


class RetryBudget:
    """A token bucket of retries: each call that is wanted earns a share of one."""

    def __init__(self, reserve: float = 20, share: float = 1 / 6) -> None:
        """Begin with the reserve, which is also the most that is kept."""
        self._reserve, self._share, self._left = reserve, share, reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Count a call that is wanted."""
        with self._lock:
            self._left = min(self._reserve, self._left + self._share)

    def take(self) -> bool:
        """Take a retry, if one is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True


_budget: Final = RetryBudget()
_deadline: Final[ContextVar[RetryDeadline | None]] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float = REQUEST_SECONDS) -> Iterator[None]:
    """Let failed tries and waits of all calls made inside take up to `seconds` together."""
    token = _deadline.set(RetryDeadline(seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def spend(seconds: float) -> None:
    """Count seconds that the request waited for another's failed tries."""
    deadline = _deadline.get()
    if deadline:
        deadline.spend(seconds)


def left() -> float | None:
    """Return the seconds that trouble may still cost the request; None outside of one."""
    deadline = _deadline.get()
    return deadline.left if deadline else None


def govern(client: Any) -> None:
    """Put a client of botocore, one that does not retry by itself, under these bounds."""
    events = client.meta.events
    events.register_first("request-created", _begin)
    events.register_first("needs-retry", _wait_before_next)
    events.register("after-call.dynamodb.BatchGetItem", _wait_for_the_rest)
    events.register("after-call.dynamodb.BatchWriteItem", _wait_for_the_rest)


class _Parsed(Protocol):
    status_code: int


def _begin(request: Any, **_: object) -> None:
    """Begin a try, of botocore's event `request-created`; raises RetriesExhaustedError."""
    context = request.context
    if "deadline" not in context:
        context["deadline"] = _deadline.get() or RetryDeadline()
        _budget.earn()
    if not context["deadline"].allows():
        raise RetriesExhaustedError
    context["began"] = monotonic()


def _wait_before_next(
    attempts: int,
    response: tuple[_Parsed, Mapping[str, object]] | None,
    caught_exception: Exception | None,
    request_dict: Mapping[str, Any],
    **_: object,
) -> float | None:
    """Answer botocore's `needs-retry` event: seconds to wait, or None to give the answer on."""
    if not (caught_exception or _is_transient(response)):
        return None
    context = request_dict["context"]
    context["deadline"].spend(monotonic() - context["began"])
    if attempts >= ATTEMPTS:
        return None
    return wait_before_retry(context["deadline"], _budget, attempts)


def _wait_for_the_rest(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
    """Wait before a batch's unprocessed items are sent again; raises RetriesExhaustedError."""
    if parsed.get("UnprocessedKeys") or parsed.get("UnprocessedItems"):
        wait = wait_before_retry(context["deadline"], _budget, ATTEMPTS)
        if wait is None:
            raise RetriesExhaustedError
        sleep(wait)


def wait_before_retry(deadline: RetryDeadline, budget: RetryBudget, attempts: int) -> float | None:
    """Return the seconds to wait after so many tries of a call; None when it is given up."""
    # Jitter needs no cryptography.
    wait = random.uniform(0, min(_CAP_SECONDS, _BASE_SECONDS * 2**attempts))  # noqa: S311
    if not (deadline.allows(wait) and budget.take()):
        return None
    deadline.spend(wait)
    return wait


def _is_transient(response: tuple[_Parsed, Mapping[str, object]] | None) -> bool:
    if response is None:
        return False
    http, parsed = response
    if http.status_code >= _SERVER_ERROR:
        return True
    error = parsed.get("Error")
    code = error.get("Code") if isinstance(error, dict) else None
    return code in _TRANSIENT or (code == _CANCELLED and _only_conflicts(parsed))


_CANCELLED: Final = "TransactionCanceledException"
_BUSY: Final = frozenset(
    {"None", "ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)


def _only_conflicts(parsed: Mapping[str, object]) -> bool:
    reasons = parsed.get("CancellationReasons")
    codes = {reason.get("Code") for reason in reasons} if isinstance(reasons, list) else set()
    return bool(codes) and codes <= _BUSY
