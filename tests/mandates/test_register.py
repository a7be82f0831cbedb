"""The business register: one contract, of what stands in one process and of signed HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.core.id_documents import Document
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.mandates import providers
from chalicelib.mandates.providers import http_register
from chalicelib.mandates.providers.base import BusinessRegister, RegisterAsked
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister, Registered
from chalicelib.mandates.providers.http_register import HttpBusinessRegister
from infra.local.stand_ins.registers import Keys
from tests.mandates.world import credit_code
from tests.support.people import id_number
from tests.support.served import ServedRegisters

KEY = "shared"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedRegisters]:
    served = ServedRegisters(tmp_path, Keys(KEY, KEY))
    yield served
    served.stop()


CODE, NUMBER = credit_code(), id_number()


def connected(served: ServedRegisters, key: str = KEY) -> HttpBusinessRegister:
    return HttpBusinessRegister(f"{served.url}/business/ask", key.encode())


@pytest.fixture(params=["embedded", "http"])
def register(request: pytest.FixtureRequest, served: ServedRegisters) -> BusinessRegister:
    if request.param == "embedded":
        EmbeddedBusinessRegister.known[CODE] = Registered("宁波公司", "陈老板", NUMBER)
        return EmbeddedBusinessRegister()
    body = {"name": "宁波公司", "representative": {"name": "陈老板", "id_number": NUMBER}}
    assert served.ask("PUT", f"business/{CODE}", body)[0] == 200
    return connected(served)


def asked(code: str = CODE, name: str = "陈老板", number: str = NUMBER) -> RegisterAsked:
    claim = IdentityClaim(name, Document("resident_id", number))
    return RegisterAsked(code, claim, "citizen:c", "create")


def test_a_register_knows_who_represents_what(register: BusinessRegister) -> None:
    right = register.ask(asked())
    assert (right.outcome, right.name) == ("confirmed", "宁波公司")
    assert register.ask(asked(name="陈小姐")).outcome == "denied"
    assert register.ask(asked(number=id_number())).outcome == "denied"
    unknown = register.ask(asked(credit_code()))
    assert (unknown.outcome, unknown.name) == ("not_found", None)


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("contradicts", "denied"), ("unknown", "not_found"), ("normal", "confirmed")],
)
def test_the_stand_in_has_buttons(served: ServedRegisters, mode: str, outcome: str) -> None:
    body = {"name": "宁波公司", "representative": {"name": "陈老板", "id_number": NUMBER}}
    served.ask("PUT", f"business/{CODE}", body)
    assert served.ask("PUT", "business", {"mode": mode}) == (
        200,
        {"register_id": "business", "mode": mode},
    )
    register = connected(served)
    assert register.ask(asked()).outcome == outcome
    _, shown = served.ask("GET", "")
    assert {"register_id": "business", "mode": mode} in shown["registers"]
    [noted] = shown["asked"]
    assert (noted["credit_code"], noted["asked_by"], noted["purpose"]) == (
        CODE,
        "citizen:c",
        "create",
    )
    assert "陈老板" in served.ask("GET", "", accept="text/html")[1]


@pytest.mark.parametrize(
    "answer",
    [b"[]", b"{}", b'{"outcome":"confirmed","request_id":"another"}', b"no", b'{"outcome":"yes"}'],
)
def test_what_cannot_be_believed_is_an_absent_register(
    served: ServedRegisters, answer: bytes
) -> None:
    served.instead = answer
    with pytest.raises(ProviderUnavailable):
        connected(served).ask(asked())


def test_a_register_that_is_slow_down_or_knows_us_not_is_absent(
    served: ServedRegisters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_register, "_SECONDS", 0.2)
    for mode in ("slow", "down"):
        served.ask("PUT", "business", {"mode": mode})
        with pytest.raises(ProviderUnavailable):
            connected(served).ask(asked())
    served.ask("PUT", "business", {"mode": "normal"})
    with pytest.raises(ProviderUnavailable):
        connected(served, "another key").ask(asked())


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "business", {"mode": "mad"}, 400),
        ("PUT", "business/short", {"name": "x"}, 400),
        ("PUT", "business/CODE", {"name": "x"}, 400),
        ("PUT", "homes", {"mode": "normal"}, 404),
        ("GET", "business", None, 404),
    ],
)
def test_the_stand_in_refuses_what_it_does_not_know(
    served: ServedRegisters, method: str, path: str, body: object, status: int
) -> None:
    # The code is another one in each process, and so no part of the test's name.
    assert served.ask(method, path.replace("CODE", CODE), body)[0] == status


def test_which_register_is_asked_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    providers.business_register.cache_clear()
    assert isinstance(providers.business_register(), EmbeddedBusinessRegister)
    for chosen in ("http", ""):
        providers.business_register.cache_clear()
        settings = replace(SETTINGS, business_register=chosen, business_register_url="https://r")
        monkeypatch.setattr(providers, "SETTINGS", settings)
        if chosen:
            assert isinstance(providers.business_register(), HttpBusinessRegister)
        else:
            with pytest.raises(ProviderUnavailable):
                providers.business_register()
    providers.business_register.cache_clear()
