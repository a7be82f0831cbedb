"""Stripe: cards, and wallets on web and kiosk.

| a PaymentIntent's status | we say |
|---|---|
| requires_payment_method with a last_payment_error | failed |
| requires_payment_method, requires_confirmation, requires_action | pending |
| processing, requires_capture | processing |
| succeeded | succeeded |
| canceled | cancelled |
| any other | processing, to be asked again |

Our ids go as idempotency keys and metadata. Cards are confirmed on the phone with the client
secret; wallets are confirmed here, and what the person sees comes in `next_action`. Source: Stripe
API reference, PaymentIntents, Refunds and Webhooks.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final

from chalicelib.core.clock import OFFICE_ZONE, rfc3339
from chalicelib.core.money import Money
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.provider_state import ExternalRefund, ProviderState, ProviderStatus
from chalicelib.payments.domain.refunds import ProviderRefundState
from chalicelib.payments.providers import stripe_books, stripe_webhooks
from chalicelib.payments.providers.base import (
    Acknowledgement,
    Listed,
    Notification,
    NotNow,
    Order,
    Refused,
    Started,
    Unanswered,
    sense,
)

_LOG: Final = logging.getLogger("onetrip.payments")
_JSON: Final = "application/json"
_SERVER_ERROR: Final = 500
_UNCLEAR: Final = frozenset({408, 409})
_TOO_MANY: Final = 429
_NOT_NOW: Final = frozenset({401, 403, _TOO_MANY})
_PASSING: Final = frozenset({"balance_insufficient", "lock_timeout", "rate_limit"})
_PAGE: Final = 100
_STATES: Final[Mapping[str, ProviderStatus]] = {
    "requires_payment_method": "pending",
    "requires_confirmation": "pending",
    "requires_action": "pending",
    "processing": "processing",
    "requires_capture": "processing",
    "succeeded": "succeeded",
    "canceled": "cancelled",
}
_REFUND_STATES: Final[Mapping[str, ProviderRefundState]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


class Stripe:
    """Speaks with Stripe as one account."""

    name = "stripe"
    taken = Acknowledgement(200, '{"received": true}', _JSON)
    # It lists what moved while the day goes on.
    lists_after = timedelta(days=-1)

    def __init__(  # noqa: PLR0913 - an account has these facts.
        self,
        host: str,
        key: str,
        webhook_secrets: Sequence[str],
        public_url: str,
        account: str | None = None,
        seconds: float = 8,
    ) -> None:
        """`webhook_secrets` are all that are valid now; `seconds` is how long it may take."""
        if not all(secret.strip() for secret in (key, *webhook_secrets)):
            raise ValueError("an empty secret could be forged")
        self.account = account
        self._host = host
        self._key = key
        self._secrets = tuple(webhook_secrets)
        self._public_url = public_url
        self._seconds = seconds

    def start(self, order: Order) -> Started:
        """Create the intent; wallets are confirmed at once."""
        intent = self._create(order)
        with sense():
            return Started(intent["id"], _action(intent, order))

    def fetch(self, order: Order) -> ProviderState:
        """Retrieve the intent with its charge, and what went back when anything did."""
        try:
            intent = self._ask(
                "retrieve",
                "payment_intents",
                self._reference(order),
                params={"expand": ["latest_charge"]},
            )
            charge = intent.get("latest_charge")
            facts = charge if isinstance(charge, dict) else {}
            of_intent = {"payment_intent": intent["id"], "limit": _PAGE}
            refunds, disputes = [], []
            with sense():
                if order.refund_ids or facts.get("amount_refunded"):
                    refunds = list(self._ask("list", "refunds", params=of_intent)["data"])
                if facts.get("disputed"):
                    disputes = list(self._ask("list", "disputes", params=of_intent)["data"])
                outside = stripe_books.outside(refunds, disputes)
                return self._state_of(intent, dict(_refund_states(refunds)), outside)
        except Refused as refusal:
            raise Unanswered from refusal

    def cancel(self, order: Order) -> ProviderState:
        """Cancel the intent; one that cannot be any more tells what it is."""
        reference = self._reference(order)
        try:
            return self._state_of(self._ask("cancel", "payment_intents", reference), {})
        except Refused:
            return self.fetch(order)

    def refund(self, order: Order, refund_id: str, amount: Money) -> ProviderRefundState:
        """Ask for a refund; wallets answer `pending`."""
        params = {
            "payment_intent": self._reference(order),
            "amount": amount.cents,
            "metadata": {"payment_id": order.payment_id, "refund_id": refund_id},
        }
        answer = self._ask("create", "refunds", params=params, key=refund_id)
        return _REFUND_STATES.get(str(answer.get("status")), "pending")

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
    ) -> Notification:
        """Verify the Stripe-Signature header and read the event."""
        return stripe_webhooks.read(headers, body, self._secrets, moments)

    def listed(self, day: date) -> Sequence[Listed]:
        """Return the balance transactions of a day of the offices."""
        begin = datetime.combine(day, time(), OFFICE_ZONE)
        span = {
            "gte": int(begin.timestamp()),
            "lt": int((begin + timedelta(days=1)).timestamp()),
        }
        lines: list[Mapping[str, Any]] = []
        params: dict[str, Any] = {"created": span, "limit": _PAGE, "expand": ["data.source"]}
        while True:
            try:
                page = self._ask("list", "balance_transactions", params=params)
            except Refused as refusal:
                raise Unanswered from refusal
            with sense():
                lines += page["data"]
                if not page.get("has_more"):
                    return stripe_books.moved(lines)
                params["starting_after"] = page["data"][-1]["id"]

    def _create(self, order: Order) -> Mapping[str, Any]:
        params: dict[str, Any] = {
            "amount": order.amount.cents,
            "currency": order.amount.currency,
            "description": order.title,
            "metadata": {"payment_id": order.payment_id},
            "payment_method_types": [order.method],
        }
        if order.method != "card":
            params |= {
                "confirm": True,
                "payment_method_data": {"type": order.method},
                "return_url": f"{self._public_url}/?payment={order.payment_id}",
            }
        if order.method == "wechat_pay":
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        return self._ask("create", "payment_intents", params=params, key=order.payment_id)

    def _reference(self, order: Order) -> str:
        # The answer to our create may have got lost: the same key finds the same intent.
        return order.reference or str(self._create(order)["id"])

    def _state_of(
        self,
        intent: Mapping[str, Any],
        refunds: Mapping[str, ProviderRefundState],
        outside: Sequence[ExternalRefund] = (),
    ) -> ProviderState:
        status = str(intent.get("status"))
        state = _STATES.get(status, "processing")
        if status == "requires_payment_method" and intent.get("last_payment_error"):
            state = "failed"
        received = None
        if state == "succeeded":
            cents = intent.get("amount_received")
            with sense():
                amount = intent["amount"] if cents is None else cents
                received = Money(int(amount), str(intent["currency"]).lower())
        reference = str(intent["id"])
        return ProviderState(state, reference, received, None, self.account, refunds, outside)

    def _ask(
        self,
        verb: str,
        resource: str,
        *path: str,
        params: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Mapping[str, Any]:
        import stripe  # noqa: PLC0415 - cold start.

        call = getattr(getattr(self._client.v1, resource), verb)
        options = {"idempotency_key": key} if key else {}
        try:
            answer = call(*path, params=dict(params or {}), options=options)
            answered: Mapping[str, Any] = json.loads(json.dumps(answer.to_dict()))
        except stripe.StripeError as error:
            status = error.http_status or _SERVER_ERROR
            if status in _NOT_NOW or error.code in _PASSING:
                facts = {"provider": self.name, "vendor_code": error.code}
                level = logging.WARNING if status == _TOO_MANY else logging.ERROR
                _LOG.log(level, "provider_not_now", extra=facts)
                raise NotNow(str(error.code or status)) from error
            # Only these say in Stripe's own words that the request was read and nothing was done.
            no = isinstance(error, stripe.InvalidRequestError | stripe.CardError)
            if not no or status in _UNCLEAR:
                facts = {"provider": self.name, "vendor_code": error.code}
                _LOG.warning("provider_unanswered", extra=facts)
                raise Unanswered from error
            raise Refused(str(error.code or status)) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # Behind a broken gateway anything may come.
            raise Unanswered from error
        one = answered.get("object") == resource.removesuffix("s") and isinstance(
            answered.get("id"), str
        )
        if not one and (verb, answered.get("object")) != ("list", "list"):
            raise Unanswered
        return answered

    @cached_property
    def _client(self) -> Any:
        import stripe  # noqa: PLC0415 - cold start.

        # The SDK writes bodies to the log at DEBUG.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        return stripe.StripeClient(
            self._key,
            base_addresses={"api": self._host},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=self._seconds),
        )


def _action(intent: Mapping[str, Any], order: Order) -> Action:
    if order.method == "card":
        return Action("card", {"client_secret": str(intent["client_secret"])})
    given = intent.get("next_action") or {}
    if order.method == "wechat_pay" and "wechat_pay_display_qr_code" in given:
        content = str(given["wechat_pay_display_qr_code"]["data"])
        return Action("qr_code", {"content": content, "expires_at": rfc3339(order.expires_at)})
    if order.method == "alipay" and "alipay_handle_redirect" in given:
        return Action("redirect", {"url": str(given["alipay_handle_redirect"]["url"])})
    return Action("none")


def _refund_states(
    refunds: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, ProviderRefundState]]:
    for one in refunds:
        refund_id = (one.get("metadata") or {}).get("refund_id")
        if refund_id:
            yield str(refund_id), _REFUND_STATES.get(str(one.get("status")), "pending")
