"""The registers' port: one contract, of what stands in one process and of signed HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from chalicelib.core.id_documents import Document
from chalicelib.core.settings import SETTINGS, SettingsError, read
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.registers import providers
from chalicelib.registers.domain import Answer
from chalicelib.registers.providers import http_register
from chalicelib.registers.providers.base import OfficeRegister, Question
from chalicelib.registers.providers.embedded import EmbeddedOfficeRegister, answer
from chalicelib.registers.providers.http_register import HttpOfficeRegister
from infra.local.engine import Engine
from infra.local.stand_ins.registers import Keys
from tests.registers.world import number
from tests.support.served import ServedRegisters

EVEN, ODD = number(), number(even=False)
BUSINESS = {"name": "宁波小店", "representative": {"name": "陈老板", "id_number": ODD}}
CODE = "91330203MA2AAAAA1X"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedRegisters]:
    served = ServedRegisters(tmp_path, Keys("b", "k"))
    yield served
    served.stop()


def connected(served: ServedRegisters, key: bytes = b"k") -> HttpOfficeRegister:
    return HttpOfficeRegister(served.url, key)


@pytest.fixture(params=["embedded", "http"])
def register(request: pytest.FixtureRequest, served: ServedRegisters) -> OfficeRegister:
    return EmbeddedOfficeRegister() if request.param == "embedded" else connected(served)


def claimed_by(who: str, kind: Any = "resident_id") -> IdentityClaim:
    return IdentityClaim("陈老板", Document(kind, who))


def question(
    claim: str = "owns_no_home",
    who: str = EVEN,
    register_id: str = "property",
    fields: tuple[str, ...] = (),
    kind: Any = "resident_id",
) -> Question:
    about = claimed_by(who, kind)
    return Question(register_id, claim, fields, about, "a-service", "citizen:c", "application")


@pytest.mark.parametrize(
    ("register_id", "claim", "even", "odd"),
    [
        ("households", "is_registered", "confirmed", "confirmed"),
        ("property", "owns_no_home", "confirmed", "denied"),
        ("property", "owns_home", "denied", "confirmed"),
        ("business", "runs_business", "confirmed", "denied"),
        ("social-insurance", "is_insured", "confirmed", "denied"),
        ("social-insurance", "has_record", "confirmed", "confirmed"),
        ("housing", "has_lease", "confirmed", "denied"),
        ("housing", "has_sale_contract", "confirmed", "confirmed"),
        ("marriages", "is_married", "denied", "confirmed"),
        ("marriages", "is_not_married", "confirmed", "denied"),
        ("births", "has_newborn", "confirmed", "confirmed"),
        ("drivers", "is_fit_to_drive", "confirmed", "confirmed"),
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


def test_every_value_that_a_service_asks_for_is_one_that_its_form_takes(engine: Engine) -> None:
    today, people = date(2027, 3, 1), [number(even=even) for even in (True, False)]
    for service in catalogue.current().services.values():
        for asked in service.questions:
            said = [answer(asked.claim, asked.fields, claimed_by(who), today) for who in people]
            given = [one.fields for one in said if one.outcome == "confirmed"]
            assert all(set(one) == set(asked.fields) for one in given), (service, asked)
            names = {
                rules["x-key"]: name
                for name, rules in forms.fields_of(service).items()
                if "x-key" in rules
            }
            for fields in given:
                form = {names[key]: value for key, value in fields.items()}
                wrong = {
                    one.pointer.removeprefix("/form/")
                    for one in forms.violations(service, form, today)
                }
                assert not wrong & form.keys(), (service.service_id, asked, wrong)


def test_both_parents_are_told_of_one_child_and_both_parties_of_one_home() -> None:
    woman, today = number(even=False, woman=True), date(2027, 3, 1)
    names = ("spouse_id_number", "marriage_certificate_number")
    hers = answer("is_married", names, claimed_by(woman), today).fields
    man = hers["spouse_id_number"]
    his = answer("is_married", names, claimed_by(man), today).fields
    assert his == {**hers, "spouse_id_number": woman}
    child = ("birth_certificate_number", "child_born_on", "mother_id_number", "father_id_number")
    told = [answer("has_newborn", child, claimed_by(one), today).fields for one in (woman, man)]
    assert told[0] == told[1]
    assert (told[0]["mother_id_number"], told[0]["father_id_number"]) == (woman, man)
    home = ("sale_role", "property_unit_number", "sale_other_party_id_number")
    sold = answer("has_sale_contract", home, claimed_by(EVEN), today).fields
    assert sold["sale_role"] == "buyer"
    seller = claimed_by(sold["sale_other_party_id_number"])
    assert answer("owns_home", home[1:2], seller, today).fields == {home[1]: sold[home[1]]}
    assert answer("has_sale_contract", home[:1], seller, today).fields == {"sale_role": "seller"}


def test_who_was_put_there_runs_that_business(served: ServedRegisters) -> None:
    assert served.ask("PUT", f"business/{CODE}", BUSINESS)[0] == 200
    asked = question("runs_business", ODD, "business", ("trade_name", "credit_code"))
    said = connected(served).ask(asked)
    assert said == Answer("confirmed", {"trade_name": "宁波小店", "credit_code": CODE})


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("contradicts", "denied"), ("unknown", "not_found"), ("normal", "confirmed")],
)
def test_each_register_has_its_buttons(served: ServedRegisters, mode: str, outcome: str) -> None:
    said = {"register_id": "property", "mode": mode}
    assert served.ask("PUT", "property", {"mode": mode}) == (200, said)
    assert connected(served).ask(question()).outcome == outcome
    households = question("is_registered", EVEN, "households")
    assert connected(served).ask(households).outcome == "confirmed"
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
def test_what_cannot_be_believed_is_an_absent_register(
    served: ServedRegisters, answer: bytes
) -> None:
    served.instead = answer
    with pytest.raises(ProviderUnavailable):
        connected(served).ask(question())


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
    served: ServedRegisters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_register, "_SECONDS", 0.2)
    for mode in ("slow", "down"):
        served.ask("PUT", "property", {"mode": mode})
        with pytest.raises(ProviderUnavailable):
            connected(served).ask(question())
    served.ask("PUT", "property", {"mode": "normal"})
    with pytest.raises(ProviderUnavailable):
        connected(served, b"another key").ask(question())


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
