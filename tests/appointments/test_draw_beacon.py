"""The public source of random values: which one is named, and what is believed of an answer."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments.draws import providers
from chalicelib.appointments.draws.providers.drand import DrandBeacon
from chalicelib.core import http_client
from chalicelib.core.settings import SettingsError, read
from chalicelib.identity.domain import ProviderUnavailable

CHAIN = "52" * 32
CLOSES = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
GENESIS = 1_692_803_367
INFO = {"period": 3, "genesis_time": GENESIS, "hash": CHAIN}
SIGNATURE = "ab" * 48
RANDOMNESS = hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the relay answers, by the end of the address."""
    known: dict[str, Any] = {"info": INFO}

    def get(url: str, _: Mapping[str, str], __: float) -> str:
        found = known.get(url.partition(f"{CHAIN}/")[2])
        if found is None:
            raise http_client.RequestError(404)
        return json.dumps(found)

    monkeypatch.setattr(http_client, "get", get)
    return known


def test_the_named_round_is_the_first_one_a_quarter_of_an_hour_after_closing(
    answers: dict[str, Any],
) -> None:
    beacon = DrandBeacon(f"https://relay/{CHAIN}")
    named = beacon.named(CLOSES)
    wanted = CLOSES + timedelta(minutes=15)
    assert wanted <= named.known_from < wanted + timedelta(seconds=3)
    number = (int(named.known_from.timestamp()) - GENESIS) // 3 + 1
    assert named.name == f"drand {CHAIN} round {number}"
    # It is not there before its time.
    with pytest.raises(ProviderUnavailable):
        beacon.value(named.name)
    whole = {"round": number, "randomness": RANDOMNESS, "signature": SIGNATURE}
    answers[f"public/{number}"] = whole
    assert beacon.value(named.name) == RANDOMNESS
    for wrong in ({"round": number + 1}, {"randomness": "00"}, {"signature": "xyz"}):
        answers[f"public/{number}"] = {**whole, **wrong}
        with pytest.raises(ProviderUnavailable):
            beacon.value(named.name)
    for name in ("stand-in", named.name.replace("52", "53")):
        with pytest.raises(ProviderUnavailable):
            beacon.value(name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": 0},
        {"period": "3"},
        {"genesis_time": None},
        {"hash": "x"},
        {"genesis_time": 2**40},
    ],
)
def test_a_chain_that_cannot_be_is_not_used(answers: dict[str, Any], wrong: Any) -> None:
    answers["info"] = {**INFO, **wrong}
    with pytest.raises(ProviderUnavailable):
        DrandBeacon(f"https://relay/{CHAIN}").named(CLOSES)


def test_the_settings_name_the_beacon(monkeypatch: pytest.MonkeyPatch) -> None:
    for environment in (
        {"DRAW_BEACON": "dice"},
        {"DRAW_BEACON": "drand"},
        {"DRAW_BEACON": "embedded"},
        {"DRAW_BEACON": "drand", "DRAW_BEACON_URL": "http://relay.example/chain"},
    ):
        with pytest.raises(SettingsError):
            read(environment)
    settings = read({"DRAW_BEACON": "drand", "DRAW_BEACON_URL": "https://relay.example/chain/"})
    monkeypatch.setattr(providers, "SETTINGS", settings)
    providers.beacon.cache_clear()
    assert isinstance(providers.beacon(), DrandBeacon)
    providers.beacon.cache_clear()
