"""Machines decide what is lodged: yes where the rules hold, a person where one does not."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.cases import handlers, storage
from chalicelib.cases.service import automated_decisions, evidence
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from chalicelib.catalogue.domain.rules import GENERAL, Rule, ruleset_of
from chalicelib.core import dependencies, events, expressions, history
from chalicelib.core.errors import TryAgain
from chalicelib.core.i18n import Text
from chalicelib.core.ids import new_id
from tests.cases.world import OLD, YOUNG, aged, decided, hear, post, shown
from tests.cases.world import events as told
from tests.mandates.world import person
from tests.support.cases import HALL, city_worker, form_of, lodge, pay_fee, take, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.faults import Crash, crash_after, lost_answer
from tests.support.meter import metered
from tests.support.people import Citizen, id_number

ELDER, MEDICAL, LICENCE = "elder-card", "medical-remote-filing", "driving-licence-renewal"


def broken(case: dict[str, Any]) -> list[str]:
    return [one["rule_id"] for one in case["decision"]["results"] if not one["passed"]]


@pytest.mark.parametrize("service", [ELDER, MEDICAL, LICENCE])
def test_a_machine_says_yes_to_what_keeps_the_rules(client: ApiClient, service: str) -> None:
    me = aged(client)
    case = decided(client, me, service)
    assert (case["status"], case["decision"]["outcome"]) == ("approved", "approved")
    assert case["decision"].keys() == {"ruleset_version", "outcome", "results", "at"}
    ruleset = catalogue.service(service).ruleset
    assert ruleset
    assert case["decision"]["ruleset_version"] == ruleset.version
    assert [one["rule_id"] for one in case["decision"]["results"]] == [
        one.rule_id for one in ruleset.rules
    ]
    assert told(case) == ["submitted", "approved"]
    yes = case["timeline"][1]
    assert yes["actor"] == "system:machine"
    assert yes["note"].startswith(ruleset.rules[0].text.en)
    assert (
        ruleset.rules[0].text.zh
        in shown(client, me, case["case_id"], "zh-CN")["timeline"][1]["note"]
    )


@pytest.mark.parametrize("service", [ELDER, MEDICAL, LICENCE])
def test_the_first_pass_of_the_worker_decides_in_few_round_trips(
    client: ApiClient, service: str
) -> None:
    """Between lodging and decision nothing is waited for: no timer, and no other event."""
    me = aged(client)
    case_id = lodge(client, me, service=service).json()["case_id"]
    [lodged] = storage.load_entries(case_id)
    with metered() as cost:
        handlers.follow_up(events.of_entry(lodged), dependencies.clock().now())
    assert shown(client, me, case_id)["status"] == "approved"
    told_ = f"{cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
    assert cost.trips <= 18, told_


def test_a_machine_refers_who_is_too_young_and_people_decide(client: ApiClient) -> None:
    me, desk = aged(client, YOUNG), worker(client)
    case = decided(client, me)
    assert (case["status"], case["decision"]["outcome"], broken(case)) == (
        "submitted",
        "referred",
        ["age"],
    )
    assert told(case) == ["submitted", "referred"]
    assert case["timeline"][1]["note"] == "The applicant is 60 or older"
    walk(client, desk, case["case_id"], "accept", "review", "approve", "issue")
    hear(case["case_id"])
    assert told(shown(client, me, case["case_id"]))[-1] == "issued"


ELSEWHERE = {"resident_kind": "elsewhere", "residence_permit_number": "330203198503070011"}
BREAKING: list[tuple[str, dict[str, Any], str]] = [
    (ELDER, ELSEWHERE, "registered-here"),
    (ELDER, {"application_type": "renewal", "old_card_number": "3302032016001234"}, "first-card"),
    (LICENCE, {"renewal_kind": "downgrade", "wanted_class": "C2"}, "only-expiry"),
    (LICENCE, {"licence_class": "A1"}, "small-vehicles"),
    (LICENCE, {"expires_on": "2036-01-01"}, "in-time"),
    (LICENCE, {"expires_on": "1999-01-01"}, "in-time"),
    (LICENCE, {"examined_on": "2020-01-01"}, "examined-lately"),
    (MEDICAL, {"filing_kind": "emergency", "hospital": "医院"}, "by-promise"),
    (MEDICAL, {"destination_code": "330100"}, "another-province"),
    (MEDICAL, {"starts_on": "2001-01-01"}, "soon"),
]


@pytest.mark.parametrize(("service", "change", "rule"), BREAKING, ids=lambda one: str(one)[:30])
def test_what_breaks_a_rule_is_never_approved(
    client: ApiClient, service: str, change: dict[str, Any], rule: str
) -> None:
    form = {**form_of(service), **change}
    if "ends_on" in form and "starts_on" in change:
        del form["ends_on"]
    case = decided(client, aged(client), service, form=form)
    assert (case["status"], broken(case)) == ("submitted", [rule])


@pytest.fixture
def rule_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rule of age hold for everybody, as if somebody had broken it."""
    service = catalogue.service(ELDER)
    assert service.ruleset
    rules = tuple(
        replace(one, expression="true") if one.rule_id == "age" else one
        for one in service.ruleset.rules
        if one not in GENERAL
    )
    off = replace(service, ruleset=ruleset_of(rules, forms.fields_of(service)))
    monkeypatch.setitem(catalogue.current().services, ELDER, off)


def test_control_without_the_rule_the_young_are_approved(client: ApiClient, rule_off: None) -> None:
    # So that the tests above say something: it is the rule that refers.
    case = decided(client, aged(client, YOUNG))
    assert case["status"] == "approved"


def test_a_decision_is_replayed_by_its_own_version(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, desk = aged(client), worker(client)
    case = decided(client, me)
    service = catalogue.service(ELDER)
    other = Rule("age", Text("年满 150 周岁", "150 or older"), "applicant.age >= 150")
    monkeypatch.setitem(
        catalogue.current().services,
        ELDER,
        replace(service, ruleset=ruleset_of((other,), {})),
    )
    again = client.get(f"/v1/admin/decisions/{case['case_id']}", token=desk).json()
    assert again["same"] is True
    assert all(one["passed"] and one["again"] for one in again["results"])
    assert again["ruleset_version"] == case["decision"]["ruleset_version"]
    # By the new rules it is another version, and another answer.
    young = decided(client, aged(client))
    assert young["decision"]["ruleset_version"] != again["ruleset_version"]
    assert broken(young) == ["age"]


def test_facts_go_with_the_citizen(client: ApiClient) -> None:
    me, desk = aged(client, YOUNG), worker(client)
    case = decided(client, me)
    post(client, me, f"/v1/cases/{case['case_id']}/withdraw", {})
    assert client.delete("/v1/me", token=me.token).status in (200, 204)
    again = client.get(f"/v1/admin/decisions/{case['case_id']}", token=desk).json()
    assert (again["same"], {one["again"] for one in again["results"]}) == (None, {None})


def test_what_cannot_be_asked_is_referred(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TryAgain

    monkeypatch.setattr(evidence, "valid_types", away)
    case = decided(client, aged(client))
    assert (case["status"], broken(case)) == ("submitted", ["certificates-valid"])


def test_a_mistake_of_ours_is_no_register_that_is_away() -> None:
    def wrong() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        automated_decisions.available(wrong)
    assert automated_decisions.available(lambda: 3) == 3


def test_a_machine_waits_for_a_fee_that_comes_before_its_yes(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = catalogue.service(LICENCE)
    monkeypatch.setitem(
        catalogue.current().services,
        LICENCE,
        replace(service, fee_before="approve"),
    )
    me = aged(client)
    case = decided(client, me, LICENCE)
    assert (case["status"], case["decision"]) == ("submitted", None)
    pay_fee(case["case_id"])
    hear(case["case_id"])
    case = shown(client, me, case["case_id"])
    assert (case["status"], told(case)) == ("approved", ["submitted", "paid", "approved"])


def test_originals_are_for_people_to_see(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = catalogue.service(ELDER)
    papers = tuple(replace(one, original="show") for one in service.materials)
    monkeypatch.setitem(
        catalogue.current().services,
        ELDER,
        replace(service, materials=papers),
    )
    assert broken(decided(client, aged(client))) == ["no-originals"]


@pytest.mark.parametrize("step", ["claim", "accept", "precheck"])
def test_what_a_person_has_begun_is_the_persons(client: ApiClient, step: str) -> None:
    me = aged(client)
    case_id = lodge(client, me, service=ELDER).json()["case_id"]
    walk(client, worker(client), case_id, step)
    hear(case_id)
    assert shown(client, me, case_id)["decision"] is None


def test_no_machine_decides_where_there_are_no_rules(client: ApiClient) -> None:
    me = aged(client)
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    hear(case_id)
    case = shown(client, me, case_id)
    assert (case["decision"], told(case)) == (None, ["submitted"])
    assert post(client, me, f"/v1/cases/{case_id}/review-requests", {"reason": "x"}).status == 409


@pytest.mark.parametrize("calls", range(9))
def test_a_crash_while_deciding(client: ApiClient, calls: int) -> None:
    me = aged(client)
    case_id = lodge(client, me, service=ELDER).json()["case_id"]
    submitted = events.of_entry(storage.load_entries(case_id)[0])
    now = dependencies.clock().now()
    with suppress(Crash), crash_after(calls):
        handlers.follow_up(submitted, now)
    if not handlers.arrived(submitted):
        handlers.follow_up(submitted, now)
    whole(case_id, ["case.submitted", "case.approved"])
    assert handlers.arrived(submitted)


def test_a_lost_answer_and_many_at_once_decide_once(client: ApiClient) -> None:
    me = aged(client)
    first, second = (lodge(client, me, service=ELDER).json()["case_id"] for _ in range(2))
    with lost_answer("TransactWriteItems"):
        hear(first)
    whole(first, ["case.submitted", "case.approved"])
    submitted = events.of_entry(storage.load_entries(second)[0])
    now = dependencies.clock().now()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: handlers.follow_up(submitted, now), range(4)))
    whole(second, ["case.submitted", "case.approved"])


def whole(case_id: str, types: list[str]) -> None:
    case, entries = storage.load(case_id), storage.load_entries(case_id)
    assert case
    assert history.check(case_id, entries, case.head) is None
    assert [one.type for one in entries] == types


def check(client: ApiClient, who: Citizen | None, service: str, form: Any, **extra: Any) -> Answer:
    return client.post(
        f"/v1/services/{service}/checks",
        {"form": form, **extra},
        token=who.token if who else None,
        headers={"Accept-Language": "en"},
    )


def test_one_can_check_before_lodging_and_nothing_is_kept(client: ApiClient) -> None:
    form = form_of(ELDER)
    for who, outcome in (
        (aged(client), "approve"),
        (aged(client, YOUNG), "refer"),
        (None, "refer"),
    ):
        found = check(client, who, ELDER, form).json()
        assert found["outcome"] == outcome
        age = found["results"][0]
        assert age == {
            "rule_id": "age",
            "passed": outcome == "approve",
            "text": "The applicant is 60 or older",
        }
        if who:
            assert client.get("/v1/cases", token=who.token).json()["items"] == []
    assert check(client, None, MEDICAL, form_of(MEDICAL)).json()["outcome"] == "approve"
    assert check(client, None, "passport-issue", form_of("passport-issue")).json() == {
        "outcome": "refer",
        "results": [],
        "errors": [],
    }
    assert check(client, None, "none", {}).status == 404


def test_what_is_wrong_in_a_form_is_to_be_corrected_first(client: ApiClient) -> None:
    found = check(client, None, ELDER, {"resident_kind": "nowhere"}).json()
    assert found["outcome"] == "correct"
    assert "/form/resident_kind" in [one["pointer"] for one in found["errors"]]
    assert check(client, None, "passport-issue", {}).json()["outcome"] == "correct"


def test_a_member_of_the_family_is_checked_as_such(client: ApiClient) -> None:
    me = aged(client, YOUNG)
    assert check(client, None, ELDER, form_of(ELDER), for_member="x").status == 401
    assert check(client, me, ELDER, form_of(ELDER), for_member="x").status == 422
    body = {"name": "王奶奶", "id_number": id_number(years=OLD), "relation": "parent"}
    member = client.post("/v1/me/family", body, token=me.token).json()["member_id"]
    found = check(client, me, ELDER, form_of(ELDER), for_member=member).json()
    failed = [one["rule_id"] for one in found["results"] if not one["passed"]]
    # Old enough, and not asked yet.
    assert (found["outcome"], failed) == ("refer", ["applied-in-person"])
    assert check(client, me, LICENCE, form_of(LICENCE), for_member=member).status == 403
    # Lodged so, a person looks as well.
    case = decided(client, me, for_member=member)
    assert (case["status"], broken(case)) == ("submitted", ["applied-in-person"])


def test_who_died_is_peoples_to_decide(client: ApiClient) -> None:
    me = aged(client)
    case_id = lodge(client, me, service=ELDER).json()["case_id"]
    said, desks = {"reason": "死亡医学证明"}, [city_worker(client), city_worker(client)]
    path = f"/v1/admin/people/{me.citizen_id}/death"
    assert [client.post(path, said, token=one).status for one in desks] == [202, 200]
    hear(case_id)
    case = storage.load(case_id)
    assert case
    assert (case.status.value, case.decision) == ("submitted", None)
    # One who lives after all is decided as others are.
    assert [client.post(f"{path}/undo", said, token=one).status for one in desks] == [202, 200]
    hear(case_id)
    case = storage.load(case_id)
    assert case
    assert case.status.value == "approved"


@pytest.mark.parametrize("how", ["disputed", "died"])
def test_a_member_who_never_agreed_or_died_is_peoples_to_decide(
    client: ApiClient, how: str
) -> None:
    me, parent = aged(client, YOUNG), id_number(years=OLD)
    body = {"name": "王奶奶", "id_number": parent, "relation": "parent"}
    member = client.post("/v1/me/family", body, token=me.token).json()["member_id"]
    them = person(client, parent, "王奶奶")
    [mandate] = client.get("/v1/me/mandates?side=principal", token=them.token).json()["items"]
    path = f"/v1/me/mandates/{mandate['mandate_id']}"
    assert client.post(f"{path}/accept", {}, token=them.token).status == 200
    case_id = lodge(client, me, service=ELDER, for_member=member).json()["case_id"]
    if how == "disputed":
        assert client.post(f"{path}/dispute", {}, token=them.token).status == 200
    else:
        died = f"/v1/admin/people/{them.citizen_id}/death"
        for _ in range(2):
            client.post(died, {"reason": "死亡医学证明"}, token=city_worker(client))
    hear(case_id)
    case = storage.load(case_id)
    assert case
    assert (case.status.value, case.decision) == ("submitted", None)


def test_a_certificate_of_nobody_is_not_valid(client: ApiClient) -> None:
    given = [{"material_id": "id-card", "certificate_id": "none"}]
    for who in (None, aged(client)):
        found = check(client, who, MEDICAL, form_of(MEDICAL), materials=given).json()
        failed = [one["rule_id"] for one in found["results"] if not one["passed"]]
        assert (found["outcome"], failed) == ("refer", ["certificates-valid"])


def test_what_a_rule_wants_corrected_is_told_before_and_at_lodging(client: ApiClient) -> None:
    form = {**form_of(MEDICAL), "ends_on": "2040-01-01"}
    found = check(client, None, MEDICAL, form).json()
    assert found["outcome"] == "correct"
    assert [(one["pointer"], one["code"]) for one in found["errors"]] == [
        ("/form/ends_on", "rule_not_met")
    ]
    refused = lodge(client, aged(client), service=MEDICAL, form=form)
    assert (refused.status, refused.code) == (422, "incomplete")
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/form/ends_on", "rule_not_met")


def test_a_citizen_may_ask_for_a_person(client: ApiClient) -> None:
    me, other, key = aged(client), aged(client), new_id()
    case_id = lodge(client, me, service=ELDER).json()["case_id"]
    path, body = f"/v1/cases/{case_id}/review-requests", {"reason": "请人工办理"}
    asked = post(client, me, path, body, key)
    assert asked.status == 200
    assert asked.json()["review_asked_at"]
    assert asked.json()["timeline"][-1]["note"] == "请人工办理"
    again = post(client, me, path, body, key)
    assert again.headers["idempotency-replayed"] == "true"
    assert post(client, me, path, {"reason": "另外"}, key).status == 422
    assert post(client, me, path, {"reason": ""}).status == 422
    assert post(client, other, path, body).status == 404
    # Asked again it is asked once.
    assert told(post(client, me, path, {"reason": "还是"}).json()) == ["submitted", "review_asked"]
    hear(case_id)
    case = shown(client, me, case_id)
    assert (case["status"], broken(case)) == ("submitted", ["no-person-asked-for"])
    post(client, me, f"/v1/cases/{case_id}/withdraw", {})
    assert post(client, me, path, {"reason": "x"}).code == "wrong_status"


def test_what_a_clerk_enters_another_person_decides(client: ApiClient) -> None:
    desk = worker(client)
    body = {
        "person": {"name": "王奶奶", "id_number": id_number(years=OLD)},
        "service_id": MEDICAL,
        "office_id": HALL,
        "form": form_of(MEDICAL),
        "materials": [],
    }
    service = catalogue.service(MEDICAL)
    free = replace(service, materials=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue.current().services, MEDICAL, free)
        made = client.post(
            "/v1/admin/cases", body, token=desk, headers={"Idempotency-Key": new_id()}
        )
    assert made.status == 201, made.body
    case_id = made.json()["case_id"]
    hear(case_id)
    found = client.get(f"/v1/admin/cases/{case_id}", token=desk).json()
    assert (found["status"], broken(found)) == ("submitted", ["applied-in-person"])
    walk(client, desk, case_id, "accept", "review")
    assert take(client, desk, case_id, "approve").code == "second_person_needed"


def test_a_machine_never_looks_at_free_text(client: ApiClient) -> None:
    me = aged(client)
    case_id = lodge(client, me, service=ELDER).json()["case_id"]
    seen: list[dict[str, Any]] = []

    def look(_: str, facts: dict[str, Any]) -> bool:
        seen.append(facts)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expressions, "holds", look)
        hear(case_id)
    assert seen
    assert "residence_address" not in seen[0]["form"]
    assert "emergency_contact" not in seen[0]["form"]


def test_lodging_twice_shows_what_the_machine_made_of_it(client: ApiClient) -> None:
    me, key = aged(client), new_id()
    case_id = lodge(client, me, key, service=ELDER).json()["case_id"]
    hear(case_id)
    again = lodge(client, me, key, service=ELDER)
    assert (again.json()["status"], again.headers["idempotency-replayed"]) == ("approved", "true")
    assert datetime.fromisoformat(again.json()["decision"]["at"])
    assert client.get("/v1/me/export", token=me.token).json()["cases"][0]["decision"]
