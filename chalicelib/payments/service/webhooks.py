"""Notifications of providers: verified, recorded and acknowledged; the truth is fetched after.

A notification is only a reason to ask. Recording it publishes `payment.notified`, and whoever takes
that event asks the provider and keeps the answer in one transaction with the notification's mark.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dependencies, history
from chalicelib.core.errors import InvalidSignature, NotFound, TryAgain
from chalicelib.payments import providers, storage
from chalicelib.payments.domain.payments import YOUNG, Payment, is_payment_id
from chalicelib.payments.providers.base import Acknowledgement, NotGenuine, Notification, Provider
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

_LOG: Final = logging.getLogger("onetrip.payments")
_LONGEST: Final = 64
# No event was made tomorrow: it would stay young, and be sent again, for ever.
_AHEAD: Final = timedelta(days=1)


def take(name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Acknowledgement:
    """Take a provider's notification; raises NotFound, InvalidSignature or TryAgain.

    One that bears a number of ours and is about a payment that we do not know is to be sent again
    while it is young: it may have overtaken our own write. An older one is acknowledged and
    alarmed. Others may share the account: what bears no number of ours is theirs, and is recorded.
    """
    if name not in providers.NAMES:
        raise NotFound
    provider = providers.provider(name)
    # The provider's clock is the world's, which the product's may run ahead of on one machine.
    moments = (now, dependencies.clock().outside())
    try:
        notification = provider.read_notification(headers, body, moments)
    except NotGenuine as error:
        _LOG.warning("payment_webhook_not_genuine", extra={"provider": name})
        raise InvalidSignature from error
    ages = [moment - notification.made_at for moment in moments]
    if max(ages) < -_AHEAD:
        _LOG.warning("payment_webhook_of_another_day", extra={"provider": name})
        raise InvalidSignature
    payment = _payment_of(name, notification)
    if payment is None and notification.payment_id and is_payment_id(notification.payment_id):
        if min(ages) < YOUNG:
            raise TryAgain(retry_after=5)
        _alarm(provider, notification, "unknown_payment", None, now)
    if (
        payment
        and notification.account
        and provider.account
        and notification.account != provider.account
    ):
        _alarm(provider, notification, "wrong_account", payment, now)
    _record(name, notification, payment, now)
    return provider.taken


def _payment_of(name: str, notification: Notification) -> Payment | None:
    payment_id = notification.payment_id
    if payment_id is None and notification.reference:
        payment_id = storage.find("reference", f"{name}#{notification.reference}"[: _LONGEST * 4])
    if not payment_id or len(payment_id) > _LONGEST:
        return None
    payment = storage.load(payment_id)
    return payment if payment and payment.provider == name else None


def _record(name: str, notification: Notification, payment: Payment | None, now: datetime) -> None:
    event_id = notification.event_id[: _LONGEST * 2]
    data = {"provider": name, "notification": event_id, "about": notification.type[:_LONGEST]}
    if payment:
        data["payment"] = payment.payment_id
    entry = history.append(
        f"{name}:{event_id}",
        history.Head(),
        type_="payment.notified",
        at=now,
        actor=f"provider:{name}",
        data=data,
    )
    storage.note_notification(name, event_id, entry)


def _alarm(
    provider: Provider,
    notification: Notification,
    code: str,
    payment: Payment | None,
    now: datetime,
) -> None:
    facts = {"provider": provider.name, "about": notification.type[:_LONGEST]}
    _LOG.error("payment_webhook_mismatch", extra={"provider": provider.name, "reason": code})
    office_id = payment.office_id if payment else None
    subject = (
        payment.payment_id if payment else f"{provider.name}:{notification.event_id[:_LONGEST]}"
    )
    supervision.raise_alert(Alert(subject, code, "fee", office_id, now, facts=facts))
