"""Stripe's webhooks: who signed an event and when, and what it is about.

Source: Stripe documentation, Webhooks (Verify signatures manually), and Event objects.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.core.freshness import is_fresh
from chalicelib.payments.providers.base import (
    NotGenuine,
    Notification,
    optional_text,
    required_text,
)


def read(
    headers: Mapping[str, str],
    body: bytes,
    valid: Sequence[str],
    moments: Sequence[datetime],
) -> Notification:
    """Verify the Stripe-Signature header by one of the valid secrets, and read the event.

    Raises NotGenuine.
    """
    _verify(headers.get("stripe-signature", ""), body, valid, moments)
    try:
        return _notification(json.loads(body))
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise NotGenuine from error


def _verify(header: str, body: bytes, valid: Sequence[str], moments: Sequence[datetime]) -> None:
    import stripe  # noqa: PLC0415 - cold start.

    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdecimal():
        raise NotGenuine
    stamp = int(stamps[0][:12])
    if not is_fresh(stamp, moments):
        raise NotGenuine
    for secret in valid:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            continue
        return
    raise NotGenuine


def _notification(event: Mapping[str, Any]) -> Notification:
    # Events of the second API name what they are about and carry nothing of it.
    about = event.get("data", {}).get("object") or {}
    kind = about.get("object")
    # An object may stand in another's place whole, or as its bare id.
    named = about if kind == "payment_intent" else about.get("payment_intent")
    intent = named if isinstance(named, dict) else {"id": named}
    return Notification(
        required_text(event, "id"),
        required_text(event, "type"),
        _moment(event["created"]),
        optional_text(about.get("metadata") or {}, "payment_id"),
        optional_text(intent, "id"),
        optional_text(event, "account"),
    )


def _moment(created: Any) -> datetime:
    # The second API writes it as text. In Python true and false are numbers.
    if isinstance(created, str):
        return datetime.fromisoformat(created)
    if type(created) is not int:
        raise ValueError("not a moment")
    return datetime.fromtimestamp(created, UTC)
