"""Asking DynamoDB again: short waits with full jitter, within what a request may last.

botocore's own modes either wait up to 20 seconds between tries or wait without jitter; a citizen
who waits needs many quick tries. Each write that we send is safe to repeat, so an answer that got
lost is asked for again as well. Source of the scheme: "Exponential Backoff And Jitter", AWS
Architecture Blog.
"""

import random
from collections.abc import Mapping
from typing import Final, Protocol

ATTEMPTS: Final = 14
_BASE_SECONDS: Final = 0.025
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


class _Parsed(Protocol):
    status_code: int


def wait_before_next(
    attempts: int,
    response: tuple[_Parsed, Mapping[str, object]] | None,
    caught_exception: Exception | None,
    **_: object,
) -> float | None:
    """Answer botocore's `needs-retry` event: seconds to wait, or None to give the answer on."""
    if attempts >= ATTEMPTS or not (caught_exception or _is_transient(response)):
        return None
    # Jitter needs no cryptography.
    return random.uniform(0, min(_CAP_SECONDS, _BASE_SECONDS * 2**attempts))  # noqa: S311


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
_BUSY: Final = frozenset({"None", "TransactionConflict", "ThrottlingError"})


def _only_conflicts(parsed: Mapping[str, object]) -> bool:
    reasons = parsed.get("CancellationReasons")
    codes = {reason.get("Code") for reason in reasons} if isinstance(reasons, list) else set()
    return bool(codes) and codes <= _BUSY
