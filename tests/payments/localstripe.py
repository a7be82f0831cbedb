"""localstripe as tests use it: an account, and people with cards."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.engine import free_port

ROOT = Path(__file__).parent.parent.parent
GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000341"
KEY = "sk_test_localstripe"


@dataclass(frozen=True)
class LocalStripe:
    """An account at localstripe."""

    url: str

    def post(self, path: str, body: dict[str, object]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers)

    def send_events_to(self, url: str, secret: str) -> None:
        told = self.post("/_config/webhooks/onetrip", {"url": url, "secret": secret})
        assert told.status_code == 200

    def pay(self, client_secret: str, card: str = GOOD_CARD) -> bool:
        """Do what the card form does with an intent's secret; tell whether it was taken."""
        intent = f"/v1/payment_intents/{client_secret.partition('_secret_')[0]}"
        given = {"number": card, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        method = self.post("/v1/payment_methods", {"type": "card", "card": given}).json()["id"]
        assert self.post(intent, {"payment_method": method}).status_code == 200
        return self.post(f"{intent}/confirm", {}).status_code == 200


@contextmanager
def running() -> Iterator[LocalStripe]:
    """Run localstripe until the block ends."""
    port = free_port()
    words = [sys.executable, "-m", "tests.payments.localstripe_process", str(port)]
    with subprocess.Popen(words, cwd=ROOT) as process:
        try:
            found = LocalStripe(f"http://127.0.0.1:{port}")
            _wait_for(found)
            yield found
        finally:
            process.kill()


def _wait_for(found: LocalStripe) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(found.url)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "localstripe does not answer"
            time.sleep(0.1)
        else:
            return
