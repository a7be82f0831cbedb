"""Cards through the whole service, against localstripe in its own process."""

from collections.abc import Iterator

import pytest

from chalicelib.core import dependencies
from chalicelib.payments import providers, storage
from chalicelib.payments.domain.payments import Payment
from infra.local.stand_ins.trades import Trades
from tests.payments import localstripe, outside
from tests.payments.paying import begun, case_of, refund, shown, start, yuan
from tests.support.cases import worker
from tests.support.client import ApiClient


@pytest.fixture(scope="module")
def running() -> Iterator[localstripe.LocalStripe]:
    with localstripe.running() as found:
        yield found


@pytest.fixture
def cards(
    money: Trades, running: localstripe.LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> Iterator[localstripe.LocalStripe]:
    """Stripe is localstripe for the whole service."""
    from chalicelib.payments.providers.stripe import Stripe

    secret = dependencies.secret("stripe_webhook_secret")
    running.send_events_to(f"{outside.URL}/v1/webhooks/payments/stripe", secret)
    made = Stripe(running.url, localstripe.KEY, [secret], outside.URL)
    monkeypatch.setitem(providers._MAKERS, "stripe", lambda: made)
    providers.provider.cache_clear()
    yield running
    providers.provider.cache_clear()


def kept(payment_id: str) -> Payment:
    found = storage.load(payment_id)
    assert found
    return found


def test_a_card_pays_and_gets_a_part_back(
    client: ApiClient, cards: localstripe.LocalStripe
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id)
    path = payment["payment_id"]
    assert cards.pay(payment["action"]["client_secret"])
    # Nobody looks: its signed event is what tells.
    outside.until(lambda: kept(path).finished)
    done = shown(client, me, path)
    assert (done["status"], done["amount_received"]) == ("succeeded", yuan(12000))
    desk = worker(client, "supervisor")
    assert refund(client, desk, path, 5000).json()["status"] == "succeeded"
    # localstripe would give back more than was paid; the service never asks for it.
    assert refund(client, desk, path, 7001).code == "refund_too_large"
    assert shown(client, me, path)["amount_refunded"] == yuan(5000)
    outside.work()
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert case["payment_status"] == "partly_refunded"


def test_a_declined_card_ends_the_payment_and_another_pays(
    client: ApiClient, cards: localstripe.LocalStripe
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id)
    secret = payment["action"]["client_secret"]
    assert not cards.pay(secret, localstripe.DECLINED_CARD)
    outside.until(lambda: kept(payment["payment_id"]).finished)
    assert kept(payment["payment_id"]).status == "failed"
    # Its intent is closed: the card form that is still open cannot pay any more.
    assert not cards.pay(secret)
    again = begun(client, me, case_id)
    assert cards.pay(again["action"]["client_secret"])
    outside.until(lambda: kept(again["payment_id"]).finished)
    assert start(client, me, case_id).code == "already_paid"
    assert kept(payment["payment_id"]).received == 0
