"""One run: tables and queues, demonstration data, server and functions, in this order."""

import threading
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import app
from chalicelib.core import dependencies, tables
from chalicelib.core.settings import SETTINGS
from chalicelib.opendata.service import datasets, publication
from infra.local import demonstration, resources, timers
from infra.local.city.past import Past
from infra.local.functions import Functions
from infra.local.gate import Gate
from infra.local.secrets import public_pem_of
from infra.local.server import Server, Site
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
from infra.local.stand_ins.trades import Trades
from infra.local.stand_ins.wallet import WalletStandIn
from infra.local.stand_ins.wechat import WechatStandIn
from infra.local.stand_ins.wechat_pay import Keys, WechatPayStandIn

_WELCOME = """
  {url}/            what citizens see
  {url}/staff/      the staff's pages
  {url}/open/       open data, and how well the offices do
  {url}/stand-ins/  the outside world: wallets, a courier's desk, messages, the clock
  {url}/docs        the reference of the API at {url}/v1/

  Citizens: any name of a-z, 0-9 and -; the same name is the same person
            (POST /v1/login {{"platform": "demo", "code": "lin"}})
  Staff:    {staff}; password {password}
            (POST /v1/staff/login)
"""


class Run:
    """Everything but the engine, which runs already."""

    def __init__(self, port: int, data: Path, secrets: Mapping[str, Any]) -> None:
        """Take the port; raises OSError when it is taken."""
        self._server = Server(port)
        self._url = f"http://127.0.0.1:{port}"
        self._functions = Functions()
        now = dependencies.clock().now
        trades = Trades(now, data / "trades.json")
        book = MessageBook(data / "messages.jsonl")
        self._courier_secret = str(secrets["stand_in_courier_secret"])
        self._issuer_secret = str(secrets["stand_in_issuer_secret"])
        mode = IdentityMode()
        key = str(secrets["identity_key"])
        courier = CourierStandIn(
            demonstration.COURIER,
            f"{self._url}/v1/webhooks/couriers/{demonstration.COURIER}",
            self._courier_secret,
            data / "courier.json",
            now,
        )
        issuer = IssuerStandIn(
            demonstration.ISSUER,
            f"{self._url}/v1/webhooks/issuers/{demonstration.ISSUER}",
            self._issuer_secret,
            data / "issuer.json",
            now,
        )
        self._past = Past(data / "city.jsonl", data / "clock")
        self._site = Site(
            app,
            [
                ClockStandIn(data / "clock", self._functions.run_due),
                MessagesStandIn(book),
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
                    url=f"{self._url}/stand-ins/alipay",
                    mode=mode,
                ),
                IdentityStandIn(SETTINGS.identity_url, key, _real_time, mode),
                RegistersStandIn(
                    SETTINGS.registers_url,
                    RegisterKeys(
                        str(secrets["business_register_key"]), str(secrets["registers_key"])
                    ),
                    _real_time,
                    data / "registers.json",
                ),
                *money(trades, self._url, secrets),
                *text_services.services(secrets, now, _real_time, book),
                courier,
                issuer,
            ],
        )
        self._gate = Gate(self._site)
        self._is_listening = False

    def make_tables(self) -> None:
        """Make the tables and all else of the engine that is not there yet."""
        for table in tables.Table.registry.values():
            tables.create(table)
        resources.create()

    def live(
        self,
        progress: Callable[[int, int], None],
        is_stopped: Callable[[], bool],
        seconds: float,
        *,
        wanted: bool,
    ) -> str:
        """Give a fresh run its past, if one is wanted; say in a line what came of it.

        What takes longer than so many `seconds` is left out.
        """
        if not self._past.is_due(wanted=wanted, fresh=timers.noted("generate_slots") is None):
            return ""
        # The outside world must be there.
        self._listen()
        return self._past.play(
            self._site,
            lambda: demonstration.open_offices(self._desks()),
            progress,
            is_stopped,
            seconds,
        )

    def prepare(self, progress: Callable[[int, int], None]) -> None:
        """Make the demonstration data that are not there yet."""
        demonstration.load(progress, self._desks())
        now = dependencies.clock().now()
        # The slots were made with it, which takes as long again.
        timers.note("generate_slots", now)
        if not datasets.modified():
            publication.publish(now)

    def start(self) -> None:
        """Let everybody in, and see that everything answers."""
        self._listen()
        self._gate.open()
        for path in ("/v1/ready", "/docs", "/stand-ins/clock"):
            with urllib.request.urlopen(f"{self._url}{path}", timeout=30) as answer:
                answer.read()
        self._functions.start()

    def stop(self) -> None:
        """Answer what was asked and stop."""
        self._functions.stop()
        self._server.shutdown()
        self._server.server_close()

    def _listen(self) -> None:
        if not self._is_listening:
            threading.Thread(target=self._server.serve, args=(self._gate,), daemon=True).start()
        self._is_listening = True

    def _desks(self) -> demonstration.Desks:
        return demonstration.Desks(
            f"{self._url}/stand-ins/courier/webhooks",
            self._courier_secret,
            f"{self._url}/stand-ins/issuer/webhooks",
            self._issuer_secret,
        )

    def welcome(self) -> str:
        """Return what a person needs to begin."""
        names = (*demonstration.STAFF, f"{demonstration.OF_DEPARTMENT}<department_id>")
        staff = ", ".join(names)
        return _WELCOME.format(url=self._url, staff=staff, password=demonstration.PASSWORD)


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
