"""The table of steps: what is not in it is refused, whoever presses, however many at once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.cases import jobs, storage
from chalicelib.cases.domain import ENDED, STEPS, CaseStatus, StepName
from chalicelib.catalogue import service as catalogue
from chalicelib.core import history
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from chalicelib.supervision import service as supervision
from chalicelib.supervision import storage as supervision_storage
from chalicelib.supervision.domain import Alert
from tests.appointments.world import at_once
from tests.cases.world import events, move, open_alerts, post
from tests.support.cases import HALL, SERVICE, form_of, lodge, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, log_in, log_in_staff, new_code

STAFF_STEPS = st.tuples(st.just("supervisor"), st.sampled_from(sorted(STEPS)))
CITIZEN_STEPS = st.tuples(
    st.just("citizen"), st.sampled_from(["corrections", "withdraw", "rating"])
)
# Who only looks, who works elsewhere, and another citizen.
STRANGERS = {"auditor": 403, "far_supervisor": 404, "other": 403}
STRANGE_STEPS = st.tuples(st.sampled_from(sorted(STRANGERS)), st.sampled_from(sorted(STEPS)))
# The contract's own words, written down again: from where each step goes to where.
WAY = {
    "accept": ("submitted", "accepted"),
    "decline": ("submitted", "declined"),
    "request-correction": ("submitted", "correction_requested"),
    "review": ("accepted", "under_review"),
    "approve": ("under_review", "approved"),
    "reject": ("under_review", "rejected"),
    "issue": ("approved", "issued"),
    "complete": ("issued", "completed"),
    "corrections": ("correction_requested", "submitted"),
}
OPEN = {"submitted", "accepted", "under_review", "approved"}
WITHDRAWABLE = {"submitted", "correction_requested", "accepted", "under_review"}
BODIES: dict[str, dict[str, Any]] = {
    "corrections": {"materials": [{"material_id": "id-card", "upload_id": "upload-id-card"}]},
    "rating": {"score": 4},
    "decline": {"note": "材料不符"},
    "reject": {"note": "不符合条件"},
    "request-correction": {"items": [{"pointer": "/form", "detail": "补充"}]},
}


@pytest.fixture(scope="module")
def desks(engine: object) -> dict[str, str]:
    client = ApiClient()
    return {
        "supervisor": worker(client, "supervisor"),
        "second": worker(client, "supervisor"),
        "auditor": worker(client, "auditor"),
        "far_supervisor": worker(client, "supervisor", "hall-330203"),
        "other": log_in(client).token,
    }


@pytest.fixture(scope="module")
def me(engine: object) -> Citizen:
    return verified(ApiClient())


def expected(status: str, step: str, *, rated: bool, prechecked: bool) -> str | None:
    """Return the status after a step, or None where it must be refused."""
    if step in ("claim", "release"):
        return status if status in OPEN else None
    if step == "withdraw":
        return "withdrawn" if status in {*WITHDRAWABLE, "withdrawn"} else None
    if step == "rating":
        return status if CaseStatus(status) in ENDED and not rated else None
    if step == "precheck":
        return status if status in ("submitted", "accepted") and not prechecked else None
    if step == "check-authority":
        # Who agreed before is not asked again.
        return None
    before, after = WAY[step]
    return after if status == before else None


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.one_of(STAFF_STEPS, STAFF_STEPS, CITIZEN_STEPS, STRANGE_STEPS), min_size=1, max_size=14
    )
)
def test_random_sequences_keep_to_the_table(
    desks: dict[str, str], me: Citizen, steps: list[tuple[str, str]]
) -> None:
    client = ApiClient()
    case = lodge(client, me).json()
    case_id, status, rated = case["case_id"], "submitted", False
    for who, step in steps:
        before = storage.load(case_id)
        assert before
        prechecked = before.prechecked_at is not None
        wanted = expected(status, step, rated=rated, prechecked=prechecked)
        wanted = None if who in STRANGERS else wanted
        # Who accepts does not approve.
        desk = "second" if (who, step) == ("supervisor", "approve") else who
        answer = press(client, me, desks.get(desk, me.token), case_id, step)
        after = storage.load(case_id)
        assert after
        if wanted is None:
            assert answer.status == STRANGERS.get(who, 409), (status, who, step, answer.body)
            assert (after.status, after.version) == (status, before.version)
        else:
            assert answer.status == 200, (status, step, answer.body)
            assert after.status == wanted
            status, rated = wanted, rated or step == "rating"
    last = storage.load(case_id)
    assert last
    assert history.check(case_id, storage.load_entries(case_id), last.head) is None


def press(client: ApiClient, me: Citizen, token: str, case_id: str, step: str) -> Answer:
    body = BODIES.get(step, {})
    if step in STEPS:
        return take(client, token, case_id, step, **body)
    return post(client, me, f"/v1/cases/{case_id}/{step}", body)


@pytest.mark.parametrize("step", ["accept", "claim"])
def test_many_press_at_once_and_one_wins(client: ApiClient, step: str) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    desks = [worker(client) for _ in range(8)]
    answers: list[Answer] = []
    at_once(8, lambda number: answers.append(take(client, desks[number], case_id, step)))
    assert len([answer for answer in answers if answer.status == 200]) == 1
    lost = {answer.code for answer in answers if answer.status == 409}
    # Who came when it was over meets what stands; who pressed at once was slower.
    assert lost <= {"stale_version", "wrong_status", "already_claimed"}
    steps = [e for e in storage.load_entries(case_id) if e.type != "case.submitted"]
    assert len(steps) == 1


def test_the_slower_of_two_is_told_the_new_state(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    first, second = worker(client), worker(client)
    assert take(client, first, case_id, "accept", version=1).status == 200
    late = take(client, second, case_id, "decline", version=1, note="x")
    assert (late.status, late.code) == (409, "stale_version")
    assert (late.json()["current"], late.json()["version"]) == ("accepted", 2)


def test_the_same_key_takes_a_step_once(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    desk, key = worker(client), new_id()
    first = take(client, desk, case_id, "accept", key)
    second = take(client, desk, case_id, "accept", key)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json() == second.json()
    assert take(client, desk, case_id, "accept", key, note="x").code == "idempotency_key_reused"


@pytest.mark.parametrize("role", ["clerk", "supervisor", "admin"])
@pytest.mark.parametrize("by_version", [True, False])
def test_who_accepts_does_not_approve(client: ApiClient, role: str, *, by_version: bool) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    first, second = worker(client, role), worker(client)
    walk(client, first, case_id, "accept", "review")
    said: dict[str, Any] = {"version": 3} if by_version else {}
    for _ in range(2):
        refused = take(client, first, case_id, "approve", **said)
        assert (refused.status, refused.code, refused.json()["current"]) == (
            409, "second_person_needed", "under_review",
        )  # fmt: skip
    # A refusal for want of a second person is no fault of staff: no alert.
    assert open_alerts(client, worker(client, "supervisor"), case_id) == {}
    assert take(client, second, case_id, "approve", **said).status == 200


def test_who_only_reviews_or_claims_may_approve(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    first, second = worker(client), worker(client)
    walk(client, first, case_id, "accept")
    for step in ("claim", "review", "approve", "issue"):
        assert take(client, second, case_id, step).status == 200


def test_a_service_can_do_without_a_second_person(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue.current()
    alone = replace(known.services[SERVICE], separation=False)
    changed = replace(known, services={**known.services, SERVICE: alone})
    case_id = lodge(client, verified(client)).json()["case_id"]
    monkeypatch.setattr(catalogue, "current", lambda: changed)
    desk = worker(client)
    for step in ("accept", "review", "approve"):
        assert take(client, desk, case_id, step).status == 200


def test_a_reason_where_one_is_needed(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    case = lodge(client, me).json()
    for step, pointer in (("decline", "/note"), ("request-correction", "/items")):
        answer = take(client, desk, case["case_id"], step, note="  ")
        assert answer.json()["errors"][0]["pointer"] == pointer
    take(client, desk, case["case_id"], "decline", note="不属于本部门职权")
    seen = client.get(f"/v1/cases/{case['case_id']}", token=me.token).json()
    assert seen["timeline"][-1]["note"] == "不属于本部门职权"


def remarks(*pointers: str) -> list[dict[str, str]]:
    return [{"pointer": one, "detail": "请核对"} for one in pointers]


def test_what_is_to_be_corrected_is_somewhere_in_the_case(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    case_id = lodge(client, me).json()["case_id"]
    named = ["/form/purpose", "/form/nothing", "/materials/house", "/delivery", "form/purpose"]
    refused = take(client, desk, case_id, "request-correction", items=remarks(*named))
    assert (refused.status, refused.code) == (422, "invalid_request")
    told = [(one["pointer"], one["code"]) for one in refused.json()["errors"]]
    assert told == [(f"/items/{place}/pointer", "unknown") for place in (1, 2, 3, 4)]
    optional = min(form_of(SERVICE, only_required=False).keys() - form_of(SERVICE).keys())
    # A field that was left out, one within another, and the whole may be named.
    left_out = [
        {"pointer": one, "detail": "请核对"} for one in (f"/form/{optional}/0", "/form", "")
    ]
    assert take(client, desk, case_id, "request-correction", items=left_out).status == 200


def test_what_the_guide_no_longer_asks_for_may_be_corrected(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue.current()
    less = replace(known.services[SERVICE], form='{"properties": {}}', materials=())
    case_id = lodge(client, verified(client)).json()["case_id"]
    changed = replace(known, services={**known.services, SERVICE: less})
    monkeypatch.setattr(catalogue, "current", lambda: changed)
    items = [
        {"pointer": one, "detail": "请核对"}
        for one in ("/form/purpose", "/materials/id-card", "/form/x")
    ]
    desk = worker(client)
    refused = take(client, desk, case_id, "request-correction", items=items)
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/items/2/pointer"]
    assert take(client, desk, case_id, "request-correction", items=items[:2]).status == 200


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_a_step_out_of_order_or_by_the_wrong_role_leaves_a_trace(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    boss, desk, auditor = (worker(client, r) for r in ("supervisor", "clerk", "auditor"))
    for _ in range(2):
        answer = take(client, desk, case_id, "issue")
        assert (answer.code, answer.json()["current"]) == ("wrong_status", "submitted")
    assert take(client, auditor, case_id, "accept").status == 403
    seen = open_alerts(client, boss, case_id)
    assert set(seen) == {"step_out_of_order", "step_by_wrong_role"}
    assert seen["step_out_of_order"]["times"] == 2
    assert seen["step_out_of_order"]["facts"]["step"] == "issue"
    assert {alert["kind"] for alert in seen.values()} == {"order"}
    walk(client, desk, case_id, "accept")
    assert open_alerts(client, boss, case_id) == {}
    kept = supervision_storage.alerts_of(case_id)
    assert len(kept) == 2
    assert all(alert.cleared_at for alert in kept)


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_asking_twice_for_corrections_is_told_until_the_decision(client: ApiClient) -> None:
    me, desk, boss = verified(client), worker(client), worker(client, "supervisor")
    case_id = lodge(client, me).json()["case_id"]
    for times in range(3):
        walk(client, desk, case_id, "request-correction")
        seen = open_alerts(client, boss, case_id)
        assert set(seen) == ({"correction_asked_again"} if times else set())
        answer = post(client, me, f"/v1/cases/{case_id}/corrections", BODIES["corrections"])
        assert answer.status == 200
    [alert] = open_alerts(client, boss, case_id).values()
    assert (alert["kind"], alert["level"], alert["times"]) == ("content", "yellow", 2)
    assert alert["facts"]["corrections"] == "3"
    walk(client, desk, case_id, "accept", "review")
    assert len(open_alerts(client, boss, case_id)) == 1
    walk(client, desk, case_id, "reject")
    assert open_alerts(client, boss, case_id) == {}


def test_another_halls_case_is_not_found(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    far = worker(client, "supervisor", "hall-330203")
    assert take(client, far, case_id, "accept").status == 404
    assert client.get(f"/v1/admin/cases/{case_id}", token=far).status == 404
    assert client.get(f"/v1/admin/cases?office_id={HALL}", token=far).status == 404
    assert client.get(f"/v1/admin/alerts?office_id={HALL}", token=far).status == 404
    assert supervision_storage.alerts_of(case_id) == []


def test_a_look_is_recorded_and_the_citizen_sees_it(client: ApiClient) -> None:
    me, name = verified(client), new_code()
    made = lodge(client, me).json()
    staff.add_staff(name, "onetrip-demo", frozenset({"clerk"}), frozenset({HALL}))
    token = log_in_staff(client, name)
    seen = client.get(f"/v1/admin/cases/{made['case_id']}", token=token).json()
    assert seen["applicant"]["name"] == "王小明"
    [look] = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert (look["staff_id"], look["what"]) == (name, f"case:{made['case_id']}")
    assert (look["department"], look["office_id"]) == (None, HALL)
    assert (look["who"], look["role"]) == (name, "clerk")
    assert (look["subject_type"], look["subject_id"]) == ("case", made["case_id"])


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_the_work_list_shows_what_is_overdue_first(client: ApiClient, morning: TestClock) -> None:
    me, hall = verified(client), f"hall-{new_id(5)}"
    slow, quick = (lodge(client, me, service=s).json() for s in ("passport-issue", "elder-card"))
    for made in (slow, quick):
        move(made["case_id"], hall)
    desk = worker(client, hall=hall)

    def listed(query: str) -> list[tuple[str, bool]]:
        items = client.get(f"/v1/admin/cases?{query}", token=desk).json()["items"]
        return [(item["case_id"], item["overdue"]) for item in items]

    assert listed("") == [(quick["case_id"], False), (slow["case_id"], False)]
    assert listed("due=today") == [(quick["case_id"], False)]
    assert listed("due=2027-03-10") == [(quick["case_id"], False), (slow["case_id"], False)]
    assert listed("due=overdue") == []
    morning.advance(timedelta(hours=9).total_seconds())
    desk = worker(client, hall=hall)
    assert listed("due=overdue") == [(quick["case_id"], True)]
    walk(client, desk, quick["case_id"], "accept", "review", "approve", "issue")
    assert listed("status=issued") == [(quick["case_id"], True)]
    assert listed("") == [(slow["case_id"], False)]


def test_pages_of_the_work_list_hold_each_case_once(client: ApiClient, morning: TestClock) -> None:
    me, hall = verified(client), f"hall-{new_id(5)}"
    made = {lodge(client, me).json()["case_id"] for _ in range(7)}
    for case_id in made:
        move(case_id, hall)
    desk = worker(client, hall=hall)
    for case_id in sorted(made)[:3]:
        walk(client, desk, case_id, "accept")
    seen, cursor = [], ""
    while True:
        page = client.get(f"/v1/admin/cases?limit=2{cursor}", token=desk).json()
        seen += [item["case_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_what_was_cleared_can_be_read_with_who_cleared_it(client: ApiClient) -> None:
    hall, desk_name = f"hall-{new_id(5)}", new_code()
    staff.add_staff(desk_name, "onetrip-demo", frozenset({"clerk"}), frozenset({hall}))
    desk, boss = log_in_staff(client, desk_name), worker(client, "supervisor", hall)
    made = []
    for _ in range(5):
        case_id = lodge(client, verified(client)).json()["case_id"]
        move(case_id, hall)
        assert take(client, desk, case_id, "issue").code == "wrong_status"
        made.append(case_id)
    assert {a["subject_id"] for a in listed_alerts(client, boss)} == set(made)
    for case_id in made:
        walk(client, desk, case_id, "accept")
    assert listed_alerts(client, boss) == []
    cleared = listed_alerts(client, boss, "&state=cleared")
    assert sorted(alert["subject_id"] for alert in cleared) == sorted(made)
    times = [alert["cleared_at"] for alert in cleared]
    assert times == sorted(times, reverse=True)
    assert {alert["cleared_by"] for alert in cleared} == {f"staff:{desk_name}"}
    assert {alert["facts"]["step"] for alert in cleared} == {"issue"}


def listed_alerts(client: ApiClient, token: str, query: str = "") -> list[dict[str, Any]]:
    """Return all alerts of all pages of two."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/admin/alerts?limit=2{query}{cursor}", token=token).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_a_supervisor_clears_what_no_step_answers(client: ApiClient, morning: TestClock) -> None:
    me, desk, boss = verified(client), worker(client), worker(client, "supervisor")
    case_id = lodge(client, me).json()["case_id"]
    post(client, me, f"/v1/cases/{case_id}/withdraw", {})
    for _ in range(2):
        assert take(client, desk, case_id, "accept").code == "wrong_status"
        assert set(open_alerts(client, boss, case_id)) == {"step_out_of_order"}
        wanted = {"subject_id": case_id, "code": "step_out_of_order"}
        far = worker(client, "supervisor", "hall-330203")
        assert client.post("/v1/admin/alerts/clear", wanted, token=far).status == 404
        done = client.post("/v1/admin/alerts/clear", wanted, token=boss).json()
        assert done["cleared_by"].startswith("staff:")
        assert client.post("/v1/admin/alerts/clear", wanted, token=boss).json() == done
        assert open_alerts(client, boss, case_id) == {}
    case = storage.load(case_id)
    assert case
    assert case.alerts == frozenset()
    supervision.raise_alert(Alert(case_id, "fee_differs", "fee", HALL, MONDAY))
    fee = {"subject_id": case_id, "code": "fee_differs"}
    assert client.post("/v1/admin/alerts/clear", fee, token=boss).status == 200
    nothing = {"subject_id": case_id, "code": "none"}
    assert client.post("/v1/admin/alerts/clear", nothing, token=boss).status == 404


def test_a_time_limit_is_not_cleared_by_hand(client: ApiClient, morning: TestClock) -> None:
    made = lodge(client, verified(client)).json()
    jobs.watch_deadlines(datetime.fromisoformat(made["due_at"]) + timedelta(days=1))
    boss = worker(client, "supervisor")
    wanted = {"subject_id": made["case_id"], "code": "law_missed"}
    answer = client.post("/v1/admin/alerts/clear", wanted, token=boss)
    assert (answer.status, answer.code) == (409, "alert_stands")
    assert "law_missed" in open_alerts(client, boss, made["case_id"])


def test_the_events_of_each_step_are_named(client: ApiClient) -> None:
    names: dict[StepName, str] = {name: step.event for name, step in STEPS.items()}
    assert names["request-correction"] == "case.correction_requested"
    me, desk = verified(client), worker(client)
    case_id = lodge(client, me).json()["case_id"]
    walk(client, desk, case_id, "accept", "review", "reject")
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert events(shown) == ["submitted", "accepted", "reviewed", "rejected"]
