"""Which value fills which kind of a platform's field: the table against what notices say."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import service as catalogue
from chalicelib.core.events import Event
from chalicelib.core.i18n import Lang
from chalicelib.core.money import Money
from chalicelib.core.settings import SettingsError
from chalicelib.notifications import channels
from chalicelib.notifications.domain import SUBSCRIPTIONS, Notice, kinds
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.service import event_facts, wording
from chalicelib.payments.domain.payments import Payment, entry_facts, refund_facts
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from infra.local.engine import Engine
from infra.local.stand_ins import MESSAGE_TEMPLATES
from infra.local.stand_ins.wechat import _FITS
from tests.support.clock import MONDAY

LANGS: tuple[Lang, ...] = ("zh-CN", "en")
ACCEPTED = [
    (name, f"{kind}1", value)
    for name in SUBSCRIPTIONS
    for kind in kinds.KINDS
    for value in sorted(kinds.VALUES)
    if kinds.fits("wechat", name, f"{kind}1", value)
]
EVENTS = [(event, at) for event, one in TEMPLATES.items() for at in range(1, one.version + 1)]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive.


@pytest.fixture(autouse=True)
def _catalogue(engine: Engine) -> None:
    """The words come from the catalogue."""


def notice(event: str, version: int, facts: dict[str, str]) -> Notice:
    return Notice("id", "abcdefgh", event, "e.1", version, "abcdefgh1", facts, MONDAY)


@st.composite
def facts_of(draw: st.DrawFn, subscription: str) -> dict[str, str]:
    """What rooms can say with an event of a subscription, and nothing that they cannot."""
    services, offices = catalogue.current().services, catalogue.current().offices
    said = {"service": draw(st.sampled_from([*services, "", "gone"]))}
    said["office"] = draw(st.sampled_from([*offices, "gone"]))
    if subscription in ("appointment", "reminder", "queue"):
        said["start"] = draw(MOMENTS).isoformat()
    if subscription == "queue":
        said["ticket"] = draw(st.from_regex(r"[A-Z][0-9]{3,4}", fullmatch=True))
        said["counter"] = draw(st.text(min_size=1, max_size=20))
    if subscription == "payment":
        said["amount"] = str(draw(st.integers(0, 10**12 - 1)))
        said["currency"] = draw(st.sampled_from(["cny", "usd", "hkd"]))
    return said


@given(st.data())
def test_every_value_that_a_notice_makes_fits_the_kind_that_takes_it(data: st.DataObject) -> None:
    event, version = data.draw(st.sampled_from(EVENTS))
    subscription = TEMPLATES[event].subscription
    given = notice(event, version, data.draw(facts_of(subscription)))
    mine = {f"{field}{value}": value for name, field, value in ACCEPTED if name == subscription}
    for field, value in mine.items():
        kind = field.removesuffix(value).rstrip("1")
        for lang in LANGS:
            made = wording.fields(given, {f"{kind}1": value}, lang)[f"{kind}1"]
            assert re.fullmatch(_FITS[kind], made), (event, kind, value, made)
            whole = wording.fields(
                given, {"keyword1": value}, "zh-CN" if kind == "phrase" else lang
            )
            if kind not in ("thing", "time", "date", "const"):
                assert made == whole["keyword1"], "what is not a line of words is never cut"


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
def test_what_is_refused_the_platform_would_refuse_for_one_notice_at_least(name: str) -> None:
    facts = {"service": "id-card-renewal", "office": "hall-330200"}
    facts |= {"start": MONDAY.isoformat()} if name in ("appointment", "reminder", "queue") else {}
    facts |= {"ticket": "A012", "counter": "07"} if name == "queue" else {}
    facts |= {"amount": "1250", "currency": "cny"} if name == "payment" else {}
    events = [one for one in EVENTS if TEMPLATES[one[0]].subscription == name]
    # A notice names no person and no car, and a city lists the words of a const itself.
    for kind in set(kinds.KINDS) - {"name", "car_number", "const"}:
        for value in kinds.VALUES:
            made = [
                wording.fields(notice(*one, said), {"keyword1": value}, lang)["keyword1"]
                for one in events
                for said in (facts, {**facts, "counter": "七号窗"} if "counter" in facts else facts)
                for lang in LANGS
            ]
            taken = kinds.fits("wechat", name, f"{kind}1", value)
            assert taken or not all(re.fullmatch(_FITS[kind], text) for text in made), (kind, value)


@pytest.mark.parametrize(
    ("subscription", "field", "value"),
    [
        ("appointment", "phrase1", "title"),
        ("case", "phrase1", "service"),
        ("case", "time1", "start"),
        ("payment", "date1", "start"),
        ("delivery", "time4", "start"),
        ("appointment", "time1", "title"),
        ("queue", "character_string1", "counter"),
        ("case", "character_string1", "ticket"),
        ("case", "amount1", "amount"),
        ("payment", "amount1", "service"),
        ("payment", "number1", "amount"),
        ("queue", "number1", "ticket"),
        ("queue", "letter1", "ticket"),
        ("case", "phone_number1", "office"),
        ("case", "car_number1", "service"),
        ("case", "name1", "state"),
        ("case", "keyword1", "state"),
    ],
)
def test_a_template_that_the_platform_would_refuse_stops_the_start(
    subscription: str, field: str, value: str
) -> None:
    template = {"template_id": "x", "page": "p", "fields": {"thing9": "service", field: value}}
    with pytest.raises(SettingsError, match=rf"wechat/{subscription} cannot fill {field}"):
        channels.read({"wechat": {subscription: template}})


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"template_id": "x", "page": "p"},
        {"template_id": "x", "page": "p", "fields": ["thing1"]},
        {"template_id": "x", "page": None, "fields": {}},
        {"template_id": "x", "page": "p?id={case}", "fields": {}},
        {"template_id": "x", "page": "p?id={0}", "fields": {}},
        {"template_id": "x", "page": "p?id={", "fields": {}},
        {"template_id": "x", "page": "p", "fields": {"thing1": ["service"]}},
        {"template_id": "x", "page": "p", "fields": None},
        None,
    ],
)
def test_a_template_that_is_not_complete_is_named(broken: Any) -> None:
    with pytest.raises(SettingsError, match="wechat/case"):
        channels.read({"wechat": {"case": broken}})


def test_the_demonstrations_templates_are_taken() -> None:
    read = channels.read(json.loads(Path(MESSAGE_TEMPLATES).read_text()))
    assert read["wechat"]["payment"].fields["amount3"] == "amount"
    assert {name: set(one) for name, one in read.items()} == {
        "wechat": set(SUBSCRIPTIONS), "alipay": set(SUBSCRIPTIONS),
        "alibaba_sms": {*SUBSCRIPTIONS, "code"}, "tencent_sms": {*SUBSCRIPTIONS, "code"},
    }  # fmt: skip


@pytest.mark.parametrize(("cents", "back"), [(1250, 1250), (16000, 5), (100, 99)])
def test_a_payments_notice_tells_its_sum_and_a_refunds_what_went_back(
    cents: int, back: int
) -> None:
    payment = Payment(
        payment_id="abcdefghpayment1", kind="case", subject="abcdefghcase0001",
        service_id="passport-issue", office_id="hall-330200", amount=Money(cents),
        method="wechat_pay", client="web", provider="wechat", created_at=MONDAY,
        expires_at=MONDAY, received=cents,
    )  # fmt: skip
    refund = Refund("abcdefghpayment1r1", back, "asked", "x", MONDAY, RefundStatus.SUCCEEDED)
    whole = entry_facts(payment)
    part = {**whole, **refund_facts(payment.with_refund(refund), refund)}
    for type_, data, told in (
        ("payment.succeeded", whole, cents),
        ("payment.failed", whole, cents),
        ("payment.refund_succeeded", part, back),
        ("payment.refund_failed", part, back),
    ):
        event = Event(payment.payment_id, 3, type_, MONDAY.isoformat(), "system:x", data)
        made = notice(type_, 1, dict(event_facts.facts_of(event, "abcdefgh").facts))
        shown = wording.fields(made, {"amount1": "amount"}, "zh-CN")["amount1"]
        assert shown == f"¥{told // 100}.{told % 100:02}"
