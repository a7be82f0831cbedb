"""All stand-ins of one run, which share its clock, its messages and its money."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS
from infra.local import demonstration
from infra.local.secrets import public_pem_of
from infra.local.stand_ins import text_services
from infra.local.stand_ins.alipay import AlipayStandIn
from infra.local.stand_ins.base import StandIn
from infra.local.stand_ins.clock import ClockStandIn
from infra.local.stand_ins.courier import CourierStandIn
from infra.local.stand_ins.identity import IdentityMode, IdentityStandIn
from infra.local.stand_ins.issuer import IssuerStandIn
from infra.local.stand_ins.messages import MessageBook, MessagesStandIn
from infra.local.stand_ins.registers import Keys as RegisterKeys
from infra.local.stand_ins.registers import RegistersStandIn
from infra.local.stand_ins.stripe import StripeStandIn
from infra.local.stand_ins.subscriber import SubscriberStandIn
from infra.local.stand_ins.trades import Trades
from infra.local.stand_ins.wallet import WalletStandIn
from infra.local.stand_ins.wechat import WechatStandIn
from infra.local.stand_ins.wechat_pay import Keys, WechatPayStandIn


@dataclass(frozen=True)
class OutsideWorld:
    """What stands in for the outside of the run at `url`, whose files are in `data`."""

    url: str
    data: Path
    secrets: Mapping[str, Any]

    def stand_ins(self, run_due: Callable[[], None]) -> list[StandIn]:
        """Make all; `run_due` is told when somebody sets the clock."""
        trades = Trades(dependencies.clock().now, self.data / "trades.json")
        book = MessageBook(self.data / "messages.jsonl")
        return [
            ClockStandIn(self.data / "clock", run_due),
            MessagesStandIn(book),
            *self._hosts(book, trades),
            *money(trades, self.url, self.secrets),
            *text_services.services(self.secrets, dependencies.clock().now, _real_time, book),
            *self._offices(),
        ]

    def desks(self) -> demonstration.Desks:
        """Return where desks take messages, with their secrets."""
        return demonstration.Desks(
            f"{self.url}/stand-ins/courier/webhooks",
            str(self.secrets["stand_in_courier_secret"]),
            f"{self.url}/stand-ins/issuer/webhooks",
            str(self.secrets["stand_in_issuer_secret"]),
            f"{self.url}/stand-ins/subscriber/webhooks",
            str(self.secrets["stand_in_subscriber_secret"]),
        )

    def _hosts(self, book: MessageBook, trades: Trades) -> list[StandIn]:
        """Return the hosts of mini-programs and the identity authority, which share a mode."""
        now, mode, secrets = dependencies.clock().now, IdentityMode(), self.secrets
        return [
            WechatStandIn(
                SETTINGS.wechat_app_id, secrets["wechat_secret"], now, book=book, mode=mode
            ),
            AlipayStandIn(
                SETTINGS.alipay_app_id,
                public_pem_of(secrets["alipay_private_key"]),
                secrets["stand_in_alipay_private_key"],
                now,
                trades=trades,
                book=book,
                url=f"{self.url}/stand-ins/alipay",
                mode=mode,
            ),
            IdentityStandIn(SETTINGS.identity_url, str(secrets["identity_key"]), _real_time, mode),
        ]

    def _offices(self) -> list[StandIn]:
        """Return the registers, and the desks of a courier, an issuer and a subscriber."""
        now, desks, webhooks = dependencies.clock().now, self.desks(), f"{self.url}/v1/webhooks"
        keys = RegisterKeys(
            str(self.secrets["business_register_key"]), str(self.secrets["registers_key"])
        )
        return [
            RegistersStandIn(
                SETTINGS.registers_url, keys, _real_time, self.data / "registers.json"
            ),
            CourierStandIn(
                demonstration.COURIER,
                f"{webhooks}/couriers/{demonstration.COURIER}",
                desks.courier_secret,
                self.data / "courier.json",
                now,
            ),
            IssuerStandIn(
                demonstration.ISSUER,
                f"{webhooks}/issuers/{demonstration.ISSUER}",
                desks.issuer_secret,
                self.data / "issuer.json",
                now,
            ),
            SubscriberStandIn("", desks.subscriber_secret, self.data / "subscriber.json", now),
        ]


def _real_time() -> datetime:
    # The authority does not know that the product's clock was set.
    return datetime.now(UTC)


def money(trades: Trades, url: str, secrets: Mapping[str, Any]) -> list[StandIn]:
    """Return the wallet, and the stand-ins of the payment providers that are nothing else."""
    keys = Keys(
        SETTINGS.wechat_pay_merchant,
        public_pem_of(secrets["wechat_pay_private_key"]),
        secrets["wechat_pay_v3_key"],
        secrets["stand_in_wechat_pay_private_key"],
        SETTINGS.wechat_pay_public_key_id,
    )
    webhook = f"{url}/v1/webhooks/payments/stripe"
    return [
        WalletStandIn(trades),
        StripeStandIn(
            trades, secrets["stripe_key"], secrets["stripe_webhook_secret"], url, webhook
        ),
        WechatPayStandIn(trades, keys, f"{url}/stand-ins/wechat_pay"),
    ]
