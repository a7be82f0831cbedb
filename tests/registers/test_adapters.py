"""The registers' port: one contract, of what stands in one process and of signed HTTP."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.id_documents import Document
from chalicelib.core.settings import SETTINGS, SettingsError, read
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.registers import providers
from chalicelib.registers.domain import Answer
from chalicelib.registers.providers import http_register
from chalicelib.registers.providers.base import OfficeRegister, Question
from chalicelib.registers.providers.embedded import EmbeddedOfficeRegister
from chalicelib.registers.providers.http_register import HttpOfficeRegister
from infra.local.stand_ins.base import Asked, Cut
from infra.local.stand_ins.registers import Keys, RegistersStandIn
from tests.registers.world import number

EVEN, ODD = number(), number(even=False)
BUSINESS = {"name": "宁波小店", "representative": {"name": "陈老板", "id_number": ODD}}
CODE = "91330203MA2AAAAA1X"


class Served:
    """The stand-in, served on 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    asked = Asked("POST", self.path.removeprefix("/"), {}, headers, body)
                    answer = served.stand_in.answer(asked)
                except Cut:
                    self.close_connection = True
                    return
                content = served.instead or answer.body
                self.send_response(answer.status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.instead = b""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        file, now = folder / "registers.json", lambda: datetime.now(UTC)
        self.stand_in = RegistersStandIn(self.url, Keys("b", "k"), now, file, slow_seconds=0.5)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, method: str, path: str, body: object = None, accept: str = "") -> Any:
        asked = Asked(method, path, {}, {"accept": accept}, json.dumps(body).encode())
        answer = self.stand_in.answer(asked)
        is_json = "json" in answer.content_type
        return answer.status, json.loads(answer.body) if is_json else answer.body.decode()

    def register(self, key: bytes = b"k") -> HttpOfficeRegister:
        return HttpOfficeRegister(self.url, key)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture(params=["embedded", "http"])
def register(request: pytest.FixtureRequest, served: Served) -> OfficeRegister:
    return EmbeddedOfficeRegister() if request.param == "embedded" else served.register()


def question(
    claim: str = "owns_no_home",
    who: str = EVEN,
    register_id: str = "property",
    fields: tuple[str, ...] = (),
    kind: Any = "resident_id",
) -> Question:
    claimed = IdentityClaim("陈老板", Document(kind, who))
    return Question(register_id, claim, fields, claimed, "a-service", "citizen:c", "application")


@pytest.mark.parametrize(
    ("register_id", "claim", "even", "odd"),
    [
        ("households", "is_registered", "confirmed", "confirmed"),
        ("property", "owns_no_home", "confirmed", "denied"),
        ("property", "owns_home", "denied", "confirmed"),
        ("business", "runs_business", "confirmed", "denied"),
        ("social-insurance", "is_insured", "confirmed", "denied"),
    ],
)
def test_what_is_said_follows_from_the_number(
    register: OfficeRegister, register_id: str, claim: str, even: str, odd: str
) -> None:
    for who, outcome in ((EVEN, even), (ODD, odd)):
        assert register.ask(question(claim, who, register_id)) == Answer(outcome)  # type: ignore[arg-type]
    stranger = register.ask(question(claim, "E12345678", register_id, kind="passport"))
    assert stranger == Answer("not_found")


def test_only_values_that_are_asked_for_are_given(register: OfficeRegister) -> None:
    names = ("employer", "employer_code", "no_such")
    said = register.ask(question("is_insured", EVEN, "social-insurance", names))
    assert set(said.fields) == {"employer", "employer_code"}
    assert register.ask(question("is_insured", EVEN, "social-insurance", names)) == said
    denied = register.ask(question("is_insured", ODD, "social-insurance", names))
    assert denied.fields == {}


def test_who_was_put_there_runs_that_business(served: Served) -> None:
    assert served.ask("PUT", f"business/{CODE}", BUSINESS)[0] == 200
    asked = question("runs_business", ODD, "business", ("trade_name", "credit_code"))
    said = served.register().ask(asked)
    assert said == Answer("confirmed", {"trade_name": "宁波小店", "credit_code": CODE})


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("contradicts", "denied"), ("unknown", "not_found"), ("normal", "confirmed")],
)
def test_each_register_has_its_buttons(served: Served, mode: str, outcome: str) -> None:
    said = {"register_id": "property", "mode": mode}
    assert served.ask("PUT", "property", {"mode": mode}) == (200, said)
    assert served.register().ask(question()).outcome == outcome
    households = question("is_registered", EVEN, "households")
    assert served.register().ask(households).outcome == "confirmed"
    _, shown = served.ask("GET", "")
    assert said in shown["registers"]
    noted = shown["asked"][0]
    assert (noted["register_id"], noted["claim"]) == ("property", "owns_no_home")
    assert (noted["service_id"], noted["asked_by"], noted["purpose"]) == (
        "a-service",
        "citizen:c",
        "application",
    )
    # Who was asked about is not shown.
    assert EVEN not in json.dumps(shown)
    assert "social-insurance" in served.ask("GET", "", accept="text/html")[1]


@pytest.mark.parametrize(
    "answer",
    [
        *(b"[]", b"{}", b"no", b'{"outcome":"yes"}'),
        b'{"outcome":"confirmed","request_id":"another"}',
    ],
)
def test_what_cannot_be_believed_is_an_absent_register(served: Served, answer: bytes) -> None:
    served.instead = answer
    with pytest.raises(ProviderUnavailable):
        served.register().ask(question())


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"employer": "甬江", "income": 9}, {"employer": "甬江"}),
        ({"employer": "x" * 201}, {}),
        ({"employer": ""}, {}),
        ({"employer": {"a": 1}}, {}),
        ({"employer": 7}, {"employer": 7}),
        ({"employer": True}, {"employer": True}),
    ],
)
def test_of_the_values_those_that_were_asked_for_are_taken(fields: Any, taken: Any) -> None:
    said = {"request_id": "r", "outcome": "confirmed", "fields": fields}
    asked = question("is_insured", EVEN, "social-insurance", ("employer",))
    assert http_register._read(said, "r", asked) == Answer("confirmed", taken)
    denied = http_register._read({**said, "outcome": "denied"}, "r", asked)
    assert denied == Answer("denied")
    with pytest.raises(ProviderUnavailable):
        http_register._read({**said, "fields": [1]}, "r", asked)


def test_a_register_that_is_slow_down_or_knows_us_not_is_absent(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_register, "_SECONDS", 0.2)
    for mode in ("slow", "down"):
        served.ask("PUT", "property", {"mode": mode})
        with pytest.raises(ProviderUnavailable):
            served.register().ask(question())
    served.ask("PUT", "property", {"mode": "normal"})
    with pytest.raises(ProviderUnavailable):
        served.register(b"another key").ask(question())


def test_which_registers_are_asked_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {"embedded": EmbeddedOfficeRegister, "http": HttpOfficeRegister}
    for chosen in ("embedded", "http", ""):
        providers.office_register.cache_clear()
        settings = replace(SETTINGS, registers=chosen, registers_url="https://r")
        monkeypatch.setattr(providers, "SETTINGS", settings)
        if chosen:
            assert isinstance(providers.office_register(), kinds[chosen])
        else:
            with pytest.raises(ProviderUnavailable):
                providers.office_register()
    providers.office_register.cache_clear()


@pytest.mark.parametrize(
    "wrong",
    [
        {"REGISTERS": "http"},
        {"REGISTERS": "paper"},
        {"REGISTERS": "embedded"},
        {"REGISTERS": "http", "REGISTERS_URL": "http://registers.example"},
    ],
)
def test_settings_that_no_real_stage_may_have(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read(wrong)
