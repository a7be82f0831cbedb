"""People over machines: the sample, their word on it, and the switch."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.cases import handlers, storage
from chalicelib.cases.domain import machine as switch
from chalicelib.cases.service import automated_decisions
from chalicelib.cases.storage._records import HistoryRecord, MachineRecord
from chalicelib.core import dependencies, events, history
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.supervision import service as supervision
from tests.cases.world import (
    YOUNG,
    aged,
    decided,
    department_worker,
    hear,
    open_alerts,
    post,
    shown,
)
from tests.support.cases import HALL, city_worker, form_of, lodge, take, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import new_code

ELDER, LICENCE = "elder-card", "driving-licence-renewal"
PATH = f"/v1/admin/services/{ELDER}/machine"


@pytest.fixture(autouse=True)
def untouched(engine: object) -> Iterator[None]:
    """Leave the machine as if nobody had ever touched it."""
    yield
    for record in HistoryRecord.query(f"M#{ELDER}", HistoryRecord.sk.startswith("E#")):
        record.delete()
    MachineRecord(f"M#{ELDER}", "machine").delete()


def put(client: ApiClient, token: str, *, enabled: bool) -> Answer:
    return client.put(PATH, {"enabled": enabled, "reason": "规则有误"}, token=token)


def word(
    client: ApiClient, token: str, case_id: str, verdict: str, key: str | None = None
) -> Answer:
    body = {"verdict": verdict, "note": "不是本人照片" if verdict == "disagreed" else None}
    return client.post(
        f"/v1/admin/decisions/{case_id}/verdict",
        body,
        token=token,
        headers={"Idempotency-Key": key or new_id()},
    )


def listed(client: ApiClient, token: str, query: str = "") -> dict[str, dict[str, object]]:
    found = client.get(f"/v1/admin/decisions?limit=100&{query}", token=token)
    assert found.status == 200, found.body
    return {one["case_id"]: one for one in found.json()["items"]}


def test_a_switch_is_off_at_once_and_on_by_two_persons(client: ApiClient) -> None:
    one, two = worker(client, "supervisor"), worker(client, "supervisor")
    off = put(client, one, enabled=False)
    assert (off.status, off.json()["enabled"], off.json()["pending"]) == (200, False, None)
    assert put(client, two, enabled=False).json() == off.json()
    asked = put(client, one, enabled=True)
    assert (asked.status, asked.json()["enabled"]) == (202, False)
    assert asked.json()["pending"]["reason"] == "规则有误"
    assert put(client, one, enabled=True).code == "second_person_needed"
    [elder] = [
        each
        for each in client.get("/v1/admin/machines", token=one).json()["items"]
        if each["service_id"] == ELDER
    ]
    assert elder == asked.json()
    on = put(client, two, enabled=True)
    assert (on.status, on.json()["enabled"], on.json()["pending"]) == (200, True, None)
    assert put(client, one, enabled=True).json() == on.json()
    types = [one.type for one in storage.load_machine_entries(ELDER)]
    assert types == ["machine.switched_off", "machine.on_asked", "machine.switched_on"]
    audit = client.get(
        f"/v1/admin/audit/machine:{ELDER}/verify", token=city_worker(client, "auditor")
    )
    assert audit.json()["whole"] is True
    for path in ("machine:none", "machine:none/verify"):
        none = client.get(f"/v1/admin/audit/{path}", token=city_worker(client, "auditor"))
        assert none.status == 404


def test_a_word_for_off_ends_one_for_on(client: ApiClient) -> None:
    one, two = worker(client, "supervisor"), worker(client, "supervisor")
    put(client, one, enabled=False)
    assert put(client, one, enabled=True).status == 202
    for _ in range(2):
        off = put(client, two, enabled=False)
        assert (off.status, off.json()["enabled"], off.json()["pending"]) == (200, False, None)
    assert put(client, two, enabled=True).status == 202
    types = [one.type for one in storage.load_machine_entries(ELDER)][-4:]
    assert types == [
        "machine.switched_off",
        "machine.on_asked",
        "machine.switched_off",
        "machine.on_asked",
    ]
    assert put(client, one, enabled=True).json()["enabled"] is True


def test_who_may_switch_and_what(client: ApiClient) -> None:
    boss = worker(client, "supervisor")
    for path in ("/v1/admin/services/none/machine", "/v1/admin/services/passport-issue/machine"):
        body = {"enabled": False, "reason": "x"}
        assert client.put(path, body, token=boss).status == 404
    assert client.put(PATH, {"enabled": False, "reason": ""}, token=boss).status == 422
    assert client.put(PATH, {"enabled": False}, token=boss).status == 422
    other = department_worker("traffic-police", "supervisor")
    assert put(client, other, enabled=False).status == 403
    theirs = department_worker("civil-affairs", "supervisor")
    assert put(client, theirs, enabled=False).status == 200


def test_what_is_lodged_while_it_is_off_stays_peoples(
    client: ApiClient, morning: TestClock
) -> None:
    one, two, me = worker(client, "supervisor"), worker(client, "supervisor"), aged(client)
    put(client, one, enabled=False)
    case = decided(client, me)
    assert (case["status"], case["decision"]) == ("submitted", None)
    checks = client.post(f"/v1/services/{ELDER}/checks", {"form": case["form"]}, token=me.token)
    assert checks.json()["outcome"] == "refer"
    morning.advance(60)
    put(client, one, enabled=True)
    put(client, two, enabled=True)
    hear(case["case_id"])
    assert shown(client, me, case["case_id"])["decision"] is None
    assert decided(client, me)["status"] == "approved"


def test_a_rule_that_corrects_refuses_nothing_while_it_is_off(client: ApiClient) -> None:
    path, medical = "/v1/admin/services/medical-remote-filing/machine", "medical-remote-filing"
    me, one = aged(client), worker(client, "supervisor")
    form = {**form_of(medical), "ends_on": "2040-01-01"}
    client.put(path, {"enabled": False, "reason": "x"}, token=one)
    try:
        assert lodge(client, me, service=medical, form=form).status == 201
    finally:
        MachineRecord(f"M#{medical}", "machine").delete()
    assert lodge(client, me, service=medical, form=form).status == 422


def test_one_in_so_many_goes_to_a_person_as_well() -> None:
    ids = [new_id(20) for _ in range(3000)]
    share = sum(automated_decisions.is_sampled(one) for one in ids) / len(ids)
    assert 1 / 100 < share < 1 / 30
    assert automated_decisions.is_sampled(ids[0]) == automated_decisions.is_sampled(ids[0])


def test_the_sample_is_listed_for_its_hall(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automated_decisions, "SETTINGS", replace(SETTINGS, machine_sample=1))
    desk, far = worker(client), worker(client, hall="hall-330281")
    yes = decided(client, aged(client))["case_id"]
    no = decided(client, aged(client, YOUNG))["case_id"]
    found = listed(client, desk)
    assert (found[yes]["outcome"], found[yes]["sampled"], found[yes]["verdict"]) == (
        "approved",
        True,
        None,
    )
    # A referral goes to people in any case.
    assert (found[no]["outcome"], found[no]["sampled"]) == ("referred", False)
    referred = listed(client, desk, "outcome=referred")
    assert no in referred
    assert yes not in referred
    assert yes in listed(client, desk, f"service_id={ELDER}&sampled=true")
    assert yes not in listed(client, desk, f"service_id={LICENCE}")
    assert not listed(client, far).keys() & {yes, no}
    assert client.get("/v1/admin/decisions?outcome=maybe", token=desk).status == 400
    assert client.get(f"/v1/admin/decisions/{yes}", token=far).status == 404
    first = client.get("/v1/admin/decisions?limit=1", token=desk).json()
    second = client.get(
        f"/v1/admin/decisions?limit=1&cursor={first['next_cursor']}", token=desk
    ).json()
    assert [first["items"][0]["case_id"], second["items"][0]["case_id"]] == [*found][:2]


def test_a_person_agrees_once(client: ApiClient) -> None:
    desk, far, key = worker(client), worker(client, hall="hall-330281"), new_id()
    yes = decided(client, aged(client))["case_id"]
    assert word(client, far, yes, "agreed").status == 404
    assert word(client, desk, yes, "maybe").status == 422
    done = word(client, desk, yes, "agreed", key)
    assert done.status == 200, done.body
    assert word(client, desk, yes, "agreed", key).headers["idempotency-replayed"] == "true"
    assert word(client, desk, yes, "disagreed").code == "wrong_status"
    assert listed(client, desk, "verdict=agreed")[yes]["sampled"] is True
    no = decided(client, aged(client, YOUNG))["case_id"]
    assert word(client, desk, no, "agreed").code == "wrong_status"
    nobodys = lodge(client, aged(client), service="passport-issue").json()["case_id"]
    assert word(client, desk, nobodys, "agreed").status == 404


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_who_disagrees_says_why_and_the_hall_is_alerted(client: ApiClient) -> None:
    desk, boss = worker(client), worker(client, "supervisor")
    case_id = decided(client, aged(client))["case_id"]
    path = f"/v1/admin/decisions/{case_id}/verdict"
    assert client.post(path, {"verdict": "disagreed"}, token=desk).status == 422
    assert word(client, desk, case_id, "disagreed").status == 200
    assert "machine_disagreed" in open_alerts(client, boss, case_id)
    # No step answers it; a supervisor does.
    assert take(client, desk, case_id, "issue").status == 200
    assert "machine_disagreed" in open_alerts(client, boss, case_id)
    cleared = {"subject_id": case_id, "code": "machine_disagreed"}
    assert client.post("/v1/admin/alerts/clear", cleared, token=boss).status == 200
    assert "machine_disagreed" not in open_alerts(client, boss, case_id)


def test_three_disagreements_in_a_week_switch_it_off(client: ApiClient) -> None:
    desk, me = worker(client), aged(client)
    ids = [decided(client, aged(client))["case_id"] for _ in range(3)]
    for number, case_id in enumerate(ids):
        assert storage.load_machine(ELDER).enabled, number
        assert word(client, desk, case_id, "disagreed").status == 200
        hear(case_id)
    machine = storage.load_machine(ELDER)
    assert (machine.enabled, len(machine.disagreements)) == (False, 3)
    alert = supervision.find_alert(f"machine:{ELDER}", switch.SWITCHED_OFF)
    assert alert
    assert (alert.kind, alert.office_id, alert.facts["disagreements"]) == ("integrity", None, "3")
    assert decided(client, me)["decision"] is None
    types = [one.type for one in storage.load_machine_entries(ELDER)]
    assert types == ["machine.disagreed"] * 3 + ["machine.switched_off"]
    assert (
        history.check(machine.subject_id, storage.load_machine_entries(ELDER), machine.head) is None
    )


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_counting_counts_once(client: ApiClient, calls: int) -> None:
    desk = worker(client)
    case_id = decided(client, aged(client))["case_id"]
    word(client, desk, case_id, "disagreed")
    said = events.of_entry(storage.load_entries(case_id)[-1])
    assert said.type == "case.decision_reviewed"
    assert not handlers.arrived(said)
    now = dependencies.clock().now()
    with suppress(Crash), crash_after(calls):
        handlers.follow_up(said, now)
    for _ in range(2):
        handlers.follow_up(said, now + timedelta(seconds=1))
    assert handlers.arrived(said)
    assert len(storage.load_machine(ELDER).disagreements) == 1
    assert len(storage.load_machine_entries(ELDER)) == 1


def test_who_agrees_counts_for_nothing(client: ApiClient) -> None:
    case_id = decided(client, aged(client))["case_id"]
    word(client, worker(client), case_id, "agreed")
    hear(case_id)
    assert storage.load_machine(ELDER).version == 0


def test_a_case_that_was_asked_about_is_in_the_sample(client: ApiClient) -> None:
    me, desk = aged(client), worker(client)
    case_id = decided(client, me)["case_id"]
    asked = post(client, me, f"/v1/cases/{case_id}/review-requests", {"reason": "请核对"})
    assert (asked.status, asked.json()["status"]) == (200, "approved")
    assert listed(client, desk, "sampled=true")[case_id]["verdict"] is None


def test_staff_of_a_department_see_and_judge_their_own(client: ApiClient) -> None:
    case_id = decided(client, aged(client))["case_id"]
    other, theirs = department_worker("traffic-police"), department_worker("civil-affairs")
    assert case_id not in listed(client, other)
    assert word(client, other, case_id, "agreed").status == 404
    assert word(client, theirs, case_id, "agreed").status == 200
    who = Staff(new_code(), frozenset({"auditor"}), frozenset({HALL}))
    auditor = dependencies.tokens().issue(who, dependencies.clock().now())
    assert case_id in listed(client, auditor)
    assert word(client, auditor, case_id, "agreed").status == 403
