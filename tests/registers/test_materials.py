"""Look-ups that stand for papers: in lodging and corrections, checked again, and prefilled."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from chalicelib.catalogue.domain.rules import ruleset_of
from chalicelib.core.ids import new_id
from chalicelib.registers.domain import Answer
from tests.cases.world import department_worker, hear, post, take_part
from tests.identity.joining_world import city_staff
from tests.registers.world import (
    NO_HOME,
    PROOFS,
    PROPERTY,
    RENT,
    Register,
    known_to_registers,
    lodge_with,
    made,
    number,
    register_of_ours,
)
from tests.support.cases import form_of, take, walk, worker
from tests.support.client import Answer as Reply
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import Citizen, childs_number, log_in, log_in_again, new_code


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Any:
    with register_of_ours(monkeypatch) as ours:
        yield ours


def wrong(answer: Reply) -> tuple[str, str]:
    assert (answer.status, answer.code) == (422, "incomplete"), answer.body
    [error] = answer.json()["errors"]
    return error["pointer"], error["code"]


def told(client: ApiClient, who: Citizen, service: str, query: str = "") -> Any:
    answer = client.get(f"/v1/services/{service}/prefill{query}", token=who.token)
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize("service", PROOFS)
def test_the_services_that_ask_for_proofs_take_a_look_up(
    client: ApiClient, morning: TestClock, service: str
) -> None:
    me, desk = known_to_registers(client), worker(client)
    register_id, material = PROOFS[service]
    assert told(client, me, service)["materials"][material] == {"register_id": register_id}
    lookup = made(client, me, service, register_id)
    known = told(client, me, service)
    assert known["materials"][material] == {"lookup_id": lookup["lookup_id"]}
    given = {"material_id": material, "lookup_id": lookup["lookup_id"]}
    case = lodge_with(client, me, service, material, lookup["lookup_id"])
    assert case.status == 201, case.body
    assert given in case.json()["materials"]
    handled = client.get(f"/v1/admin/cases/{case.json()['case_id']}", token=desk).json()
    [seen] = handled["lookups"]
    assert (seen["lookup_id"], seen["outcome"]) == (lookup["lookup_id"], "confirmed")
    assert seen["fields"] == lookup["fields"]
    assert given in handled["materials"]
    exported = client.get("/v1/me/export", token=me.token).json()["cases"]
    assert [one["lookups"] for one in exported] == [[given]]


def test_a_service_without_an_upload(client: ApiClient, morning: TestClock) -> None:
    me, desk = known_to_registers(client), worker(client)
    papers = {"id-card": "households", NO_HOME: "property"}
    materials = [
        {"material_id": one, "lookup_id": made(client, me, RENT, asked)["lookup_id"]}
        for one, asked in papers.items()
    ]
    body = {"service_id": RENT, "form": form_of(RENT), "materials": materials}
    case = post(client, me, "/v1/cases", {**body, "office_id": "hall-330200"})
    assert case.status == 201, case.body
    walk(client, desk, case.json()["case_id"], "accept", "review", "approve")
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    reasons = [one["reason"] for one in looks if one["staff_id"].startswith("register:")]
    assert reasons == ["lookup_for_decision"] * 2 + ["lookup"] * 2


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("stale", "lookup_expired"),
        ("another's", "lookup_expired"),
        ("unknown", "lookup_expired"),
        ("about the child", "lookup_expired"),
        ("another service", "wrong_lookup"),
        ("another register", "wrong_lookup"),
        ("denied", "lookup_not_confirmed"),
        ("not found", "lookup_not_confirmed"),
    ],
)
def test_what_does_not_hold_stands_for_nothing(
    client: ApiClient, morning: TestClock, register: Register, kind: str, code: str
) -> None:
    me = known_to_registers(client)
    if kind in ("denied", "not found"):
        register.says = Answer("denied" if kind == "denied" else "not_found")
    who = known_to_registers(client) if kind == "another's" else me
    asked = {"another service": ("id-card-replacement", "households")}.get(kind, (RENT, "property"))
    asked = (RENT, "households") if kind == "another register" else asked
    more = {}
    if kind == "about the child":
        body = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
        more["for_member"] = client.post("/v1/me/family", body, token=me.token).json()["member_id"]
    lookup_id = made(client, who, *asked, **more)["lookup_id"]
    if kind == "stale":
        morning.advance(24 * 3600)
        me = log_in_again(client, me)
    given = "x" * 22 if kind == "unknown" else lookup_id
    refused = lodge_with(client, me, RENT, NO_HOME, given)
    assert wrong(refused) == (f"/materials/{NO_HOME}", code)
    known = told(client, me, RENT)["materials"]
    assert (known[NO_HOME] == {"lookup_id": lookup_id}) == (kind == "unknown")
    assert checked(client, me, given) == ("correct", [(f"/materials/{NO_HOME}", code)], True)
    assert checked(client, None, given) == ("refer", [], True)


@pytest.mark.parametrize("kind", ["my own", "about the child"])
def test_a_check_hears_a_look_up_about_the_applicant_alone(
    client: ApiClient, morning: TestClock, register: Register, kind: str
) -> None:
    """As it would be lodged: for oneself by what was asked about oneself, for a child likewise."""
    me = known_to_registers(client)
    body = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
    child = client.post("/v1/me/family", body, token=me.token).json()["member_id"]
    more = {"for_member": child} if kind == "about the child" else {}
    lookup_id = made(client, me, RENT, PROPERTY, **more)["lookup_id"]
    wrong_at = ("correct", [(f"/materials/{NO_HOME}", "lookup_expired")], True)
    outcome, errors, failed = checked(client, me, lookup_id, **more)
    assert (errors, failed, outcome != "correct") == ([], False, True)
    other = {} if more else {"for_member": child}
    assert checked(client, me, lookup_id, **other) == wrong_at


def checked(
    client: ApiClient, who: Citizen | None, lookup_id: str, **more: str
) -> tuple[str, list[tuple[str, str]], bool]:
    """Return what a check says, and whether the rule about look-ups failed."""
    service = catalogue.current().services[RENT]
    given = [{"material_id": NO_HOME, "lookup_id": lookup_id}]
    body = {"form": form_of(RENT), "materials": given, **more}
    with pytest.MonkeyPatch.context() as patch:
        ruleset = ruleset_of((), forms.fields_of(service))
        patch.setitem(catalogue.current().services, RENT, replace(service, ruleset=ruleset))
        path = f"/v1/services/{RENT}/checks"
        said = client.post(path, body, token=who.token if who else None).json()
    failed = [one["rule_id"] for one in said["results"] if not one["passed"]]
    errors = [(one["pointer"], one["code"]) for one in said["errors"]]
    return said["outcome"], errors, "lookups-confirmed" in failed


def test_a_look_up_about_a_child_is_for_the_child(client: ApiClient, morning: TestClock) -> None:
    me = known_to_registers(client)
    body = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
    child = client.post("/v1/me/family", body, token=me.token).json()["member_id"]
    service, (register_id, material) = "id-card-replacement", PROOFS["id-card-replacement"]
    lookup = made(client, me, service, register_id, for_member=child)["lookup_id"]
    assert told(client, me, service)["materials"][material] == {"register_id": register_id}
    known = told(client, me, service, f"?for_member={child}")
    assert known["materials"][material] == {"lookup_id": lookup}
    assert lodge_with(client, me, service, material, lookup, for_member=child).status == 201
    assert wrong(lodge_with(client, me, service, material, lookup))[1] == "lookup_expired"


def test_a_look_up_about_a_number_that_was_wrong_is_about_another(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    register.says = Answer("confirmed", {"monthly_rent_yuan": 1900})
    code, desk = new_code(), worker(client)
    me = known_to_registers(client, code=code)
    lookup_id = made(client, me)["lookup_id"]
    case_id = lodge_with(client, me, RENT, NO_HOME, lookup_id).json()["case_id"]
    walk(client, desk, case_id, "request-correction")
    assert told(client, me, RENT)["materials"][NO_HOME] == {"lookup_id": lookup_id}
    body = {"name": "王小明", "id_number": number(), "reason": "凭公安机关证明"}
    for role in ("clerk", "supervisor"):
        path = f"/v1/admin/people/{me.citizen_id}/correct"
        assert client.post(path, body, token=city_staff(role)).status in (202, 200)
    me = log_in(client, code)
    assert told(client, me, RENT)["materials"][NO_HOME] == {"register_id": "property"}
    where = (f"/materials/{NO_HOME}", "lookup_expired")
    assert wrong(lodge_with(client, me, RENT, NO_HOME, lookup_id)) == where
    given = {"materials": [{"material_id": NO_HOME, "lookup_id": lookup_id}]}
    assert wrong(post(client, me, f"/v1/cases/{case_id}/corrections", given)) == where
    anew = made(client, me)["lookup_id"]
    assert lodge_with(client, me, RENT, NO_HOME, anew).status == 201
    given["materials"][0]["lookup_id"] = anew
    assert post(client, me, f"/v1/cases/{case_id}/corrections", given).status == 200


def test_an_entry_gives_one_thing(client: ApiClient, morning: TestClock) -> None:
    me = known_to_registers(client)
    for both in ({"upload_id": "upload-new"}, {"certificate_id": "x"}):
        one = {"material_id": NO_HOME, "lookup_id": "x", **both}
        body = {"service_id": RENT, "form": form_of(RENT), "materials": [one]}
        answer = post(client, me, "/v1/cases", body)
        assert [e["code"] for e in answer.json()["errors"]] == ["one_of"]


def test_a_correction_takes_one(client: ApiClient, morning: TestClock) -> None:
    me, desk = known_to_registers(client), worker(client)
    first = made(client, me)["lookup_id"]
    case_id = lodge_with(client, me, RENT, NO_HOME, first).json()["case_id"]
    walk(client, desk, case_id, "request-correction")
    # What was given a day ago is not asked for again: only what is given anew must be fresh.
    morning.advance(2 * 24 * 3600)
    me = log_in_again(client, me)
    desk = worker(client)
    path = f"/v1/cases/{case_id}/corrections"
    stale = {"materials": [{"material_id": NO_HOME, "lookup_id": first}]}
    assert wrong(post(client, me, path, stale))[1] == "lookup_expired"
    rent = {"form": {"monthly_rent_yuan": 1900}}
    assert post(client, me, path, rent).status == 200
    walk(client, desk, case_id, "request-correction")
    anew, key = made(client, me)["lookup_id"], new_id()
    given = {"materials": [{"material_id": NO_HOME, "lookup_id": anew}]}
    done = post(client, me, path, given, key)
    assert [m["lookup_id"] for m in done.json()["materials"] if "lookup_id" in m] == [anew]
    again = post(client, me, path, given, key)
    assert again.headers["idempotency-replayed"] == "true"
    walk(client, desk, case_id, "request-correction")
    file = {"materials": [{"material_id": NO_HOME, "upload_id": f"upload-{NO_HOME}"}]}
    back = post(client, me, path, file).json()
    assert all("upload_id" in one for one in back["materials"])
    walk(client, desk, case_id, "accept", "review", "approve")


@pytest.mark.parametrize("says", ["denied", "not_found", None])
def test_the_register_is_asked_again_for_the_decision(
    client: ApiClient, morning: TestClock, register: Register, says: Any
) -> None:
    me, desk = known_to_registers(client), worker(client)
    lookup_id = made(client, me)["lookup_id"]
    case_id = lodge_with(client, me, RENT, NO_HOME, lookup_id).json()["case_id"]
    walk(client, desk, case_id, "accept", "review")
    register.says = Answer(says) if says else None
    second = worker(client, "supervisor")
    decided = take(client, second, case_id, "approve")
    assert [one.purpose for one in register.asked] == ["application", "decision"]
    if says is None:
        # A register that is away holds nothing up.
        assert decided.status == 200
        return
    assert (decided.status, decided.code) == (409, "lookup_expired")
    assert decided.json()["current"] == "under_review"
    register.says = Answer("confirmed")
    assert take(client, second, case_id, "approve").status == 200


def test_a_department_that_decides_its_part_asks_again(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    me = known_to_registers(client)
    service, material = "birth-registration", "household-register"
    lookup_id = made(client, me, service, "households")["lookup_id"]
    made_case = lodge_with(client, me, service, material, lookup_id)
    assert made_case.status == 201, made_case.body
    case_id = made_case.json()["case_id"]
    lead = department_worker("public-security", "supervisor")
    assert take(client, lead, case_id, "accept").status == 200
    register.says = Answer("denied")
    second = department_worker("public-security", "supervisor")
    refused = take_part(client, second, case_id, "household", "approve")
    assert (refused.status, refused.code) in {(409, "lookup_expired"), (409, "originals_missing")}


def test_what_a_register_says_is_filled_in_and_not_changed_here(
    client: ApiClient, morning: TestClock
) -> None:
    me = known_to_registers(client)
    lookup = made(client, me, "residence-permit", "social-insurance")
    known = told(client, me, "residence-permit")["form"]
    assert known["employer"] == {
        "value": lookup["fields"]["employer"],
        "source": "register",
        "as_of": "2027-03-01",
        "editable": False,
    }
    # It was asked for one service, and fills in no other form.
    assert "employer" not in told(client, me, "passport-issue")["form"]
    morning.advance(24 * 3600)
    me = log_in_again(client, me)
    assert "employer" not in told(client, me, "residence-permit")["form"]


def test_what_prefill_and_a_look_up_cost(client: ApiClient, morning: TestClock) -> None:
    me = known_to_registers(client)
    for _ in range(3):
        made(client, me, "residence-permit", "social-insurance")
    with metered() as cost:
        told(client, me, "residence-permit")
    assert (cost.wcu, cost.trips) == (0, 1), cost
    assert cost.rcu <= 6, cost
    with metered() as cost:
        made(client, me, "residence-permit", "social-insurance")
    assert cost.wcu <= 18, cost
    assert cost.rcu <= 6, cost
    assert cost.trips <= 9, cost


@pytest.mark.parametrize(
    ("says", "status"),
    [
        (Answer("confirmed"), "approved"),
        (Answer("denied"), "submitted"),
        (Answer("not_found"), "submitted"),
        # Who is away says nothing, and a person decides.
        (None, "submitted"),
    ],
)
def test_a_machine_asks_the_register_again(
    client: ApiClient, register: Register, says: Answer | None, status: str
) -> None:
    service = catalogue.service(RENT)
    me = known_to_registers(client)
    case = lodge_with(client, me, RENT, NO_HOME, made(client, me)["lookup_id"]).json()
    register.says = says
    with pytest.MonkeyPatch.context() as patch:
        ruleset = ruleset_of((), forms.fields_of(service))
        patch.setitem(catalogue.current().services, RENT, replace(service, ruleset=ruleset))
        hear(case["case_id"])
    shown = client.get(f"/v1/cases/{case['case_id']}", token=me.token).json()
    failed = [one["rule_id"] for one in shown["decision"]["results"] if not one["passed"]]
    assert (shown["status"], bool(failed)) == (status, status != "approved")
    assert failed in ([], ["lookups-confirmed"])
    assert register.asked[-1].purpose == "decision"
