"""One matter of several departments: each decides its part, and the case what they come to."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.cases import jobs, storage
from chalicelib.cases.domain import Case, deadlines
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import revisions
from chalicelib.core import dependencies, history
from chalicelib.core.ids import new_id
from tests.appointments.world import at_once
from tests.cases.world import (
    department_worker,
    events,
    form_of_all,
    go_on,
    open_alerts,
    post,
    take_part,
)
from tests.support.cases import lodge, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.meter import metered
from tests.support.people import Citizen

RESTAURANT = "open-a-restaurant"
FIRST = {"business-licence", "fire-safety", "drainage", "sign"}
NAMES = FIRST | {"food-licence", "staff-insurance"}
DEPARTMENTS = {
    "business-licence": "market-regulation",
    "drainage": "housing-construction",
    "fire-safety": "fire-rescue",
    "food-licence": "market-regulation",
    "sign": "urban-management",
    "staff-insurance": "human-resources",
}
ITEMS: dict[str, Any] = {"items": [{"pointer": "/form/seats", "detail": "与平面图不符"}]}
NOTE = {"note": "不符合条件"}


@pytest.fixture
def desks(client: ApiClient, morning: TestClock) -> dict[str, str]:
    """The staff of each part's department."""
    return {part: department_worker(name) for part, name in DEPARTMENTS.items()}


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return verified(client)


@pytest.fixture
def desk(client: ApiClient, morning: TestClock) -> str:
    return worker(client)


def restaurant(client: ApiClient, me: Citizen, **answers: Any) -> str:
    """Lodge a restaurant that needs all parts, but for what the answers say."""
    form = form_of_all(RESTAURANT) | {"has_sign": True, "hires_insured_staff": True} | answers
    if not form["has_sign"]:
        form = {name: form[name] for name in form if not name.startswith("sign_")}
    answer = lodge(client, me, service=RESTAURANT, form=form)
    assert answer.status == 201, answer.body
    return str(answer.json()["case_id"])


def shown(client: ApiClient, me: Citizen, case_id: str) -> dict[str, Any]:
    case: dict[str, Any] = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    return case


def states(case: dict[str, Any]) -> dict[str, str]:
    return {part["part_id"]: part["status"] for part in case["parts"]}


def press(
    client: ApiClient, desks: dict[str, str], case_id: str, part: str, step: str, **said: Any
) -> dict[str, Any]:
    answer = take_part(client, desks[part], case_id, part, step, **said)
    assert answer.status == 200, answer.body
    case: dict[str, Any] = answer.json()
    return case


def test_all_departments_work_at_once_and_the_last_one_approves(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    assert set(states(shown(client, me, case_id)).values()) == {"waiting"}
    accepted = take(client, desk, case_id, "accept").json()
    assert states(accepted) == dict.fromkeys(NAMES - FIRST, "waiting") | dict.fromkeys(
        FIRST, "open"
    )
    assert accepted["status"] == "accepted"
    assert [part["part_id"] for part in accepted["parts"]][:2] == [
        "business-licence",
        "food-licence",
    ]
    for part in ("fire-safety", "sign", "drainage"):
        assert press(client, desks, case_id, part, "approve")["status"] == "under_review"
    assert take(client, desk, case_id, "issue").code == "parts_open"
    opened = press(client, desks, case_id, "business-licence", "approve")
    assert (states(opened)["food-licence"], states(opened)["staff-insurance"]) == ("open", "open")
    assert press(client, desks, case_id, "staff-insurance", "approve")["status"] == "under_review"
    done = press(client, desks, case_id, "food-licence", "approve")
    assert done["status"] == "approved"
    walk(client, desk, case_id, "issue", "complete")
    seen = shown(client, me, case_id)
    assert events(seen)[-3:] == ["approved", "issued", "completed"]
    assert [e["part_id"] for e in seen["timeline"] if e["event"] == "case.part_approved"] == [
        "fire-safety", "sign", "drainage", "business-licence", "staff-insurance", "food-licence",
    ]  # fmt: skip
    case = storage.load(case_id)
    assert case
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None


def test_what_the_form_does_not_need_is_no_part(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me, has_sign=False, hires_insured_staff=False)
    assert states(take(client, desk, case_id, "accept").json())["sign"] == "not_needed"
    answer = take_part(client, desks["sign"], case_id, "sign", "approve")
    assert (answer.status, answer.code, answer.json()["current"]) == (
        409, "wrong_status", "not_needed",
    )  # fmt: skip
    for part in ("fire-safety", "drainage", "business-licence"):
        press(client, desks, case_id, part, "approve")
    assert press(client, desks, case_id, "food-licence", "approve")["status"] == "approved"


def test_corrections_are_gathered_and_asked_once(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    press(client, desks, case_id, "fire-safety", "request-correction", **ITEMS)
    plan = {"items": [{"pointer": "/materials/floor-plan", "detail": "请标注隔油池"}]}
    press(client, desks, case_id, "drainage", "request-correction", **plan)
    press(client, desks, case_id, "sign", "approve")
    seen = shown(client, me, case_id)
    assert (seen["status"], seen["corrections"], seen["paused_at"]) == ("under_review", [], None)
    early = post(client, me, f"/v1/cases/{case_id}/corrections", {"form": {"seats": 40}})
    assert (early.status, early.code) == (409, "wrong_status")
    press(client, desks, case_id, "business-licence", "approve")
    press(client, desks, case_id, "food-licence", "claim")
    assert shown(client, me, case_id)["corrections"] == []
    press(client, desks, case_id, "staff-insurance", "approve")
    press(client, desks, case_id, "food-licence", "reject", **NOTE)
    seen = shown(client, me, case_id)
    assert {one["pointer"] for one in seen["corrections"]} == {
        "/form/seats", "/materials/floor-plan",
    }  # fmt: skip
    assert events(seen).count("correction_requested") == 1
    assert seen["status"] == "under_review"
    assert seen["paused_at"]
    change = {
        "form": {"seats": 41},
        "materials": [{"material_id": "floor-plan", "upload_id": "upload-new"}],
    }
    answer = post(client, me, f"/v1/cases/{case_id}/corrections", change)
    assert answer.status == 200, answer.body
    fixed = answer.json()
    assert {p: s for p, s in states(fixed).items() if s == "open"} == {
        "fire-safety": "open", "drainage": "open",
    }  # fmt: skip
    assert (fixed["corrections"], fixed["paused_at"], fixed["status"]) == ([], None, "under_review")


def test_a_working_day_after_the_first_the_others_are_not_waited_for(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], morning: TestClock
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    press(client, desks, case_id, "fire-safety", "request-correction", **ITEMS)
    morning.advance(timedelta(hours=23, minutes=55).total_seconds())
    jobs.watch_deadlines(dependencies.clock().now())
    assert stored(case_id).corrections == 0
    morning.advance(600)
    for _ in range(2):
        jobs.watch_deadlines(dependencies.clock().now())
    asked = stored(case_id)
    assert (asked.corrections, asked.gather_at, asked.waits_for_correction) == (1, None, True)
    assert asked.paused_at
    morning.advance(timedelta(days=2).total_seconds())
    fixed = post(
        client, go_on(client, me), f"/v1/cases/{case_id}/corrections", {"form": {"seats": 41}}
    )
    assert fixed.status == 200, fixed.body
    # What had not looked yet was not hurried: its own limit runs on.
    assert asked.part("drainage") == stored(case_id).part("drainage")
    before, after = asked.part("fire-safety"), stored(case_id).part("fire-safety")
    assert before
    assert after
    assert before.promised_at
    # The clock runs while a slow machine works.
    waited = deadlines.moved(before.promised_at, timedelta(days=3, minutes=5))
    assert after.promised_at is not None
    assert timedelta(0) <= after.promised_at - waited < timedelta(minutes=1)


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_a_rejected_part_comes_before_the_lead_who_alone_rejects(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    lead, boss = desks["business-licence"], worker(client, "supervisor")
    walk(client, desk, case_id, "accept")
    press(client, desks, case_id, "sign", "reject", **NOTE)
    assert take(client, lead, case_id, "reject", **NOTE).code == "parts_open"
    assert open_alerts(client, boss, case_id) == {}
    press(client, desks, case_id, "fire-safety", "reject", **NOTE)
    assert set(open_alerts(client, boss, case_id)) == {"part_rejected"}
    assert take(client, desk, case_id, "reject", **NOTE).status == 403
    assert take(client, desks["drainage"], case_id, "reject", **NOTE).status == 403
    assert take(client, lead, case_id, "approve").code == "parts_open"
    assert take(client, lead, case_id, "reject").json()["errors"][0]["pointer"] == "/note"
    done = take(client, lead, case_id, "reject", **NOTE).json()
    assert done["status"] == "rejected"
    assert states(done) == dict.fromkeys(NAMES, "not_needed") | {
        "sign": "rejected", "fire-safety": "rejected",
    }  # fmt: skip
    assert open_alerts(client, boss, case_id) == {}
    assert listed(client, desks["drainage"], "housing-construction", case_id) == []


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_supervisors_are_told_once_of_a_department_that_is_late(
    client: ApiClient, me: Citizen, desk: str, morning: TestClock
) -> None:
    case_id, boss = restaurant(client, me), worker(client, "supervisor")
    walk(client, desk, case_id, "accept")
    limits = {one.part_id: one.promised_at for one in stored(case_id).parts if one.promised_at}
    first = min(limits.values())
    jobs.watch_deadlines(first - timedelta(seconds=1))
    assert "part_missed" not in open_alerts(client, boss, case_id)
    morning.advance((first - dependencies.clock().now()).total_seconds())
    boss = worker(client, "supervisor")
    version = stored(case_id).version
    for _ in range(2):
        jobs.watch_deadlines(first)
    alert = open_alerts(client, boss, case_id)["part_missed"]
    late = sorted(part for part, limit in limits.items() if limit == first)
    assert (sorted(alert["facts"]["parts"].split()), alert["times"]) == (late, 1)
    assert stored(case_id).version == version
    refused = client.post(
        "/v1/admin/alerts/clear", {"subject_id": case_id, "code": "part_missed"}, token=boss
    )
    assert refused.code == "alert_stands"
    morning.advance(1)
    seen = client.get(f"/v1/admin/cases/{case_id}", token=boss).json()["handled_parts"]
    assert sorted(part["part_id"] for part in seen if part["overdue"]) == late
    desks = {part: department_worker(DEPARTMENTS[part]) for part in late}
    for part in late:
        done = press(client, desks, case_id, part, "approve")
    assert not any(part["overdue"] for part in done["handled_parts"])
    assert "part_missed" not in open_alerts(client, boss, case_id)


def test_an_optional_part_holds_up_nothing(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me, hires_insured_staff=False)
    walk(client, desk, case_id, "accept")
    press(client, desks, case_id, "sign", "reject", **NOTE)
    for part in ("business-licence", "fire-safety", "drainage", "food-licence"):
        done = press(client, desks, case_id, part, "approve")
    assert (done["status"], states(done)["sign"]) == ("approved", "rejected")


def test_a_department_sees_its_own_fields_and_papers_and_who_looked_is_shown(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    press(client, desks, case_id, "fire-safety", "claim", note="已约现场检查")
    path = f"/v1/admin/cases/{case_id}"
    seen = client.get(path, token=desks["sign"]).json()
    assert set(seen["form"]) <= {
        "shop_name", "premises_address", "contact_phone", "has_sign", "sign_text",
        "sign_width_cm", "sign_height_cm",
    }  # fmt: skip
    assert seen["materials"] == []
    assert [entry["note"] for entry in seen["timeline"]] == [None] * len(seen["timeline"])
    fire = client.get(path, token=desks["fire-safety"]).json()
    assert {one["material_id"] for one in fire["materials"]} == {"premises-proof", "floor-plan"}
    assert fire["timeline"][-1]["note"] == "已约现场检查"
    assert {p["part_id"]: p["claimed_by"] for p in fire["handled_parts"]}["fire-safety"]
    whole = client.get(path, token=desk).json()
    assert len(whole["materials"]) == 3
    assert client.get(f"{path}/materials/id-card", token=desks["sign"]).status == 404
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert sorted((look["department"] for look in looks), key=str) == [
        None, "fire-rescue", "urban-management",
    ]  # fmt: skip


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_each_departments_list_has_its_open_parts(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], morning: TestClock
) -> None:
    case_id = restaurant(client, me)
    fire = desks["fire-safety"]
    assert listed(client, fire, "fire-rescue", case_id) == []
    walk(client, desk, case_id, "accept")
    [item] = listed(client, fire, "fire-rescue", case_id)
    assert (item["part_id"], item["status"], item["overdue"]) == ("fire-safety", "open", False)
    assert listed(client, desk, "fire-rescue", case_id) == [item]
    path = "/v1/admin/cases?department_id="
    assert client.get(f"{path}urban-management", token=fire).status == 404
    press(client, desks, case_id, "fire-safety", "approve")
    assert listed(client, fire, "fire-rescue", case_id) == []
    other = lodge(client, me).json()["case_id"]
    cases = {one["case_id"] for one in pages(client, fire, "/v1/admin/cases?limit=100")}
    assert case_id in cases
    assert other not in cases
    press(client, desks, case_id, "business-licence", "approve")
    [food] = listed(client, desks["food-licence"], "market-regulation", case_id)
    morning.advance(timedelta(days=30).total_seconds())
    late = department_worker("market-regulation")
    [item] = listed(client, late, "market-regulation", case_id)
    assert (item["part_id"], item["overdue"], food["overdue"]) == ("food-licence", True, False)


@pytest.mark.parametrize("part", sorted(NAMES))
def test_a_part_is_its_departments_alone(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], part: str
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    own = DEPARTMENTS[part]
    for other in sorted({*DEPARTMENTS.values(), "civil-affairs"} - {own}):
        assert take_part(client, department_worker(other), case_id, part, "claim").status == 404
    for stranger in (desk, worker(client, "admin"), department_worker(own, hall="hall-330203")):
        assert take_part(client, stranger, case_id, part, "approve").status == 404
    assert (
        take_part(client, department_worker(own, "auditor"), case_id, part, "claim").status == 403
    )
    assert take_part(client, me.token, case_id, part, "claim").status == 403
    assert take_part(client, desks[part], case_id, "no-such-part", "claim").status == 404
    wanted = 200 if part in FIRST else 409
    assert take_part(client, desks[part], case_id, part, "approve").status == wanted
    assert take_part(client, desks[part], case_id, part, "approve").code == "wrong_status"


@pytest.mark.parametrize(
    ("step", "pointer"), [("reject", "/note"), ("request-correction", "/items")]
)
def test_a_department_says_why(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], step: str, pointer: str
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    answer = take_part(client, desks["sign"], case_id, "sign", step, note="  ")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_part_before_its_time_and_after_the_end_is_refused(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    early = take_part(client, desks["sign"], case_id, "sign", "approve")
    assert (early.code, early.json()["current"]) == ("wrong_status", "submitted")
    walk(client, desk, case_id, "accept")
    assert post(client, me, f"/v1/cases/{case_id}/withdraw", {}).status == 200
    late = take_part(client, desks["sign"], case_id, "sign", "approve")
    assert (late.code, late.json()["current"]) == ("wrong_status", "withdrawn")
    assert listed(client, desks["sign"], "urban-management", case_id) == []


def test_who_works_on_a_part_keeps_it_and_a_stale_view_is_told(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    seen = take(client, desk, case_id, "accept").json()["version"]
    press(client, desks, case_id, "fire-safety", "claim")
    other, boss = (department_worker("fire-rescue", role) for role in ("clerk", "supervisor"))
    assert take_part(client, other, case_id, "fire-safety", "approve").code == "already_claimed"
    stale = take_part(client, boss, case_id, "fire-safety", "approve", version=seen)
    assert (stale.code, stale.json()["current"]) == ("stale_version", "open")
    # What others do with their parts makes nobody's view of this one stale.
    assert take_part(client, desks["sign"], case_id, "sign", "approve", version=seen).status == 200
    ahead = take_part(client, boss, case_id, "fire-safety", "approve", version=99)
    assert ahead.code == "stale_version"
    press(client, desks, case_id, "fire-safety", "release")
    assert take_part(client, other, case_id, "fire-safety", "approve").status == 200


def test_two_departments_at_the_same_instant_both_succeed(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str]
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    names, answers = sorted(FIRST), list[Answer]()
    at_once(
        4,
        lambda number: answers.append(
            take_part(client, desks[names[number]], case_id, names[number], "approve")
        ),
    )
    assert [answer.status for answer in answers] == [200] * 4
    assert {states(shown(client, me, case_id))[name] for name in names} == {"approved"}


def test_one_part_by_two_persons_is_decided_once(client: ApiClient, me: Citizen, desk: str) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    both, answers = [department_worker("fire-rescue") for _ in range(2)], list[Answer]()
    at_once(
        2,
        lambda number: answers.append(
            take_part(client, both[number], case_id, "fire-safety", "approve")
        ),
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert events(shown(client, me, case_id)).count("part_approved") == 1


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_the_last_part_is_decided(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], calls: int
) -> None:
    case_id, key = restaurant(client, me, has_sign=False, hires_insured_staff=False), new_id()
    walk(client, desk, case_id, "accept")
    for part in ("business-licence", "fire-safety", "drainage"):
        press(client, desks, case_id, part, "approve")

    def decide() -> Answer:
        return take_part(client, desks["food-licence"], case_id, "food-licence", "approve", key)

    with crash_after(calls), contextlib.suppress(Crash):
        decide()
    done = decide()
    assert (done.status, done.json()["status"]) == (200, "approved")
    assert decide().headers["idempotency-replayed"] == "true"
    seen = events(shown(client, me, case_id))
    assert (seen.count("part_approved"), seen.count("approved")) == (4, 1)
    case = stored(case_id)
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None


@pytest.mark.parametrize("step", ["claim", "approve", "request-correction"])
def test_what_a_step_of_a_department_costs(
    client: ApiClient, me: Citizen, desk: str, desks: dict[str, str], step: str
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    # The first act moves the case to the reviewed ones, the first correction its time to look.
    press(client, desks, case_id, "sign", "request-correction", **ITEMS)
    said = ITEMS if step == "request-correction" else {}
    with metered() as cost:
        press(client, desks, case_id, "fire-safety", step, **said)
    assert cost.wcu <= 7
    assert cost.rcu <= 1
    assert cost.trips <= 2


def test_progress_names_the_parts(client: ApiClient, me: Citizen, desk: str) -> None:
    case_id = restaurant(client, me, has_sign=False)
    made = take(client, desk, case_id, "accept").json()
    path = f"/v1/progress/{made['receipt_number']}?code={made['progress_code']}"
    with metered() as cost:
        parts = client.get(path).json()["parts"]
    assert (cost.trips, cost.rcu) == (1, 1)
    assert [(one["name"], one["department"], one["status"]) for one in parts][:2] == [
        ("营业执照", "市场监管", "open"),
        ("食品经营许可", "市场监管", "waiting"),
    ]
    assert set(parts[0]) == {"name", "department", "status"}


def test_a_correction_before_acceptance_decides_which_parts_there_are(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "request-correction")
    signs = ("sign_text", "sign_width_cm", "sign_height_cm")
    change = {"form": {"has_sign": False, **dict.fromkeys(signs)}}
    fixed = post(client, me, f"/v1/cases/{case_id}/corrections", change)
    assert fixed.status == 200, fixed.body
    assert states(fixed.json())["sign"] == "not_needed"
    assert states(fixed.json())["drainage"] == "waiting"


def stored(case_id: str) -> Case:
    case = storage.load(case_id)
    assert case
    return case


def pages(client: ApiClient, token: str, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(f"{path}{cursor}", token=token).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def listed(client: ApiClient, token: str, department: str, case_id: str) -> list[dict[str, Any]]:
    path = f"/v1/admin/cases?department_id={department}&limit=100"
    return [one for one in pages(client, token, path) if one["case_id"] == case_id]


@pytest.mark.parametrize("loses", ["its parts", "the part", "the guide"])
def test_a_department_that_loses_a_service_ends_what_it_has_begun(
    client: ApiClient,
    me: Citizen,
    desk: str,
    desks: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    loses: str,
) -> None:
    case_id = restaurant(client, me)
    walk(client, desk, case_id, "accept")
    path = f"/v1/admin/cases/{case_id}"
    before = client.get(path, token=desks["fire-safety"]).json()
    service, known = catalogue.service(RESTAURANT), catalogue.current()
    rest = (
        [one for one in service.parts if one.part_id != "fire-safety"]
        if loses == "the part"
        else []
    )
    services = {**known.services, RESTAURANT: replace(service, parts=tuple(rest), revision="next")}
    if loses == "the guide":
        del services[RESTAURANT]
    changed = replace(known, services=services)
    monkeypatch.setattr(catalogue, "current", lambda: changed)
    monkeypatch.setattr(revisions, "_loaded", lambda *_: service)
    seen = client.get(path, token=desks["fire-safety"])
    assert seen.status == 200, seen.body
    if loses == "the guide":
        assert (seen.json()["form"], seen.json()["materials"]) == ({}, [])
    else:
        assert seen.json()["form"] == before["form"]
        assert seen.json()["materials"] == before["materials"]
    listed = client.get(
        "/v1/admin/cases?department_id=fire-rescue&limit=100", token=desks["fire-safety"]
    )
    assert case_id in {one["case_id"] for one in listed.json()["items"]}
    assert take_part(client, desks["fire-safety"], case_id, "fire-safety", "approve").status == 200
    # Nobody else's department sees it for that.
    assert client.get(path, token=department_worker("civil-affairs")).status == 404
    assert (
        client.get(path, token=department_worker("fire-rescue", hall="hall-330203")).status == 404
    )
