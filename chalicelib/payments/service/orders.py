"""What providers are told about payments, and what the person's phone is to do about one."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import NotFound
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.identity.service import reach
from chalicelib.payments import providers
from chalicelib.payments.bills.domain import kinds
from chalicelib.payments.domain.errors import PayerUnknown
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.payments import Client, Payment
from chalicelib.payments.domain.refunds import RefundStatus
from chalicelib.payments.providers.base import Order, Started

PLATFORMS: Final[Mapping[Client, str]] = {"wechat_mini": "wechat", "alipay_mini": "alipay"}


def order_of(payment: Payment) -> Order:
    """Return what a provider is told about a payment."""
    pending = [one for one in payment.refunds if one.status is RefundStatus.PENDING]
    return Order(
        payment.payment_id,
        payment.amount,
        payment.method,
        payment.client,
        _title(payment.service_id),
        payment.created_at,
        payment.expires_at,
        payment.reference,
        refund_ids=tuple(one.refund_id for one in pending),
        received=Money(payment.received, payment.currency) if payment.received else None,
    )


def start(payment: Payment, payer: str | None = None) -> Started:
    """Begin a payment at its provider, or find it begun; looks up the payer who is not given.

    Raises PayerUnknown, and what the port says.
    """
    payer = payer or payer_of(payment.payer or payment.citizen_id, payment.client)
    order = replace(order_of(payment), payer=payer)
    return providers.provider(payment.provider).start(order)


def payer_of(citizen_id: str, client: Client) -> str | None:
    """Return the account with which a citizen pays inside a mini-program; None elsewhere.

    Raises PayerUnknown.
    """
    platform = PLATFORMS.get(client)
    if platform is None:
        return None
    known = reach.channels(citizen_id)
    if known is None or known.account is None:
        raise PayerUnknown
    if known.platform != platform and not (known.platform == "demo" and SETTINGS.demonstration):
        raise PayerUnknown
    return known.account


def seal_action(payment: Payment, action: Action) -> str:
    """Return what the phone is to do, sealed with the citizen's key."""
    key = identity.key_of(payment.citizen_id)
    return key.seal(f"payment/{payment.payment_id}", json.dumps(asdict(action)))


def action_of(payment: Payment) -> Action | None:
    """Return what the phone is to do, as it is kept; None once there is nothing to do."""
    if payment.finished or payment.sealed_action is None:
        return None
    key = identity.key_of(payment.citizen_id)
    action = json.loads(key.open(f"payment/{payment.payment_id}", payment.sealed_action))
    return Action(action["kind"], action["fields"])


def _title(service_id: str) -> str:
    kind = kinds.name_of(service_id)
    if kind:
        return kind.zh
    try:
        return catalogue.service(service_id).name.zh
    except NotFound:
        # A service may have left the guide since.
        return service_id
