"""At most one trip: originals fetched or brought once, and waited for where the service says so."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases import jobs, service, storage
from chalicelib.cases.domain import DeliveryUpdate, originals
from chalicelib.cases.domain.originals import NOTED, Noted, Original, OriginalStatus
from chalicelib.core import history
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.deliveries import handlers
from chalicelib.deliveries.service import creation, proof
from chalicelib.notifications import service as notifications
from chalicelib.notifications.service.wording import worded
from tests.cases.world import department_worker, events, open_alerts, post, take_part
from tests.support.cases import HALL, lodge, second_person, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen

ADDRESS = {
    "name": "林晓",
    "phone": "13800138000",
    "division_code": "330203",
    "detail": "解放南路 1 号",
}
PASSPORT = {"id-card", "household-register", "application-form"}


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return verified(client)


@pytest.fixture
def desk(client: ApiClient, morning: TestClock) -> str:
    return worker(client)


def note(
    client: ApiClient, token: str, case_id: str, key: str | None = None, **states: str
) -> Answer:
    items = [
        {"material_id": name.replace("_", "-"), "status": status} for name, status in states.items()
    ]
    return send(client, token, case_id, items, key)


def send(
    client: ApiClient, token: str, case_id: str, items: list[Any], key: str | None = None
) -> Answer:
    path = f"/v1/admin/cases/{case_id}/originals"
    headers = {"Idempotency-Key": key or new_id()}
    return client.post(path, {"items": items}, token=token, headers=headers)


def lodged(client: ApiClient, me: Citizen, service_id: str = "passport-issue", **extra: Any) -> str:
    answer = lodge(client, me, service=service_id, **extra)
    assert answer.status == 201, answer.body
    return str(answer.json()["case_id"])


def states(case: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["material_id"], one["status"]) for one in case["originals"]}


def report(case_id: str, status: str, event: int = 1, direction: Any = "to_office") -> None:
    update = DeliveryUpdate("parcel", status, f"parcel.{event}", direction)
    service.note_delivery(case_id, update, MONDAY)


def follow(case_id: str) -> None:
    """Let the deliveries' worker do what the case's entries ask for, each twice."""
    for entry in storage.load_entries(case_id):
        event = of_entry(entry)
        for _ in range(2):
            handlers.follow_up(event, MONDAY)
        assert handlers.arrived(event)


def test_the_guide_tells_which_originals_and_when(client: ApiClient) -> None:
    def told(name: str) -> tuple[str, dict[str, str]]:
        guide = client.get(f"/v1/services/{name}").json()
        return guide["originals"], {m["material_id"]: m["original"] for m in guide["materials"]}

    when, papers = told("property-transfer")
    assert (when, papers["property-certificate"]) == ("at_handover", "keep")
    when, papers = told("passport-issue")
    assert (when, papers["id-card"], papers["photo"]) == ("before_decision", "show", "none")
    assert set(told("elder-card")[1].values()) == {"none"}


def test_nothing_is_decided_before_the_originals_are_checked(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id = lodged(client, me, handover="visit")
    assert states(take(client, desk, case_id, "claim").json()) == {
        (p, "expected") for p in PASSPORT
    }
    walk(client, desk, case_id, "accept", "review")
    refused = take(client, second_person(case_id), case_id, "approve")
    assert (refused.status, refused.code) == (409, "originals_missing")
    assert set(refused.json()["materials"]) == PASSPORT
    assert open_alerts(client, worker(client, "supervisor"), case_id) == {}
    done = note(client, desk, case_id, id_card="checked", household_register="received")
    assert done.status == 200, done.body
    assert take(client, second_person(case_id), case_id, "approve").code == "originals_missing"
    note(client, desk, case_id, household_register="checked", application_form="checked")
    walk(client, desk, case_id, "approve")
    back = note(client, desk, case_id, id_card="returned").json()
    assert ("id-card", "returned") in states(back)
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert events(shown)[-3:] == ["originals_checked", "approved", "originals_returned"]
    case = storage.load(case_id)
    assert case
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None


@pytest.mark.parametrize("handover", [None, "none"])
def test_who_hands_nothing_over_waits_for_nothing_unless_it_is_asked_for(
    client: ApiClient, me: Citizen, desk: str, handover: str | None
) -> None:
    said = {"handover": handover} if handover else {}
    case_id = lodged(client, me, **said)
    walk(client, desk, case_id, "accept", "review", "approve")
    asked = lodged(client, me, **said)
    walk(client, desk, asked, "precheck", "accept", "review")
    assert take(client, second_person(asked), asked, "approve").code == "originals_missing"


def test_a_precheck_is_made_once_and_changes_no_status(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id, key = lodged(client, me, handover="visit"), new_id()
    first = take(client, desk, case_id, "precheck", key, note="齐全").json()
    assert (first["status"], first["version"]) == ("submitted", 2)
    assert first["prechecked_at"]
    again = take(client, desk, case_id, "precheck", key, note="齐全")
    assert again.headers["idempotency-replayed"] == "true"
    assert take(client, desk, case_id, "precheck").code == "wrong_status"
    late = lodged(client, me)
    walk(client, desk, late, "accept", "review")
    assert take(client, desk, late, "precheck").json()["current"] == "under_review"


@pytest.mark.parametrize(
    ("service_id", "extra", "pointer"),
    [
        ("passport-issue", {"handover": "courier"}, "/pickup_address"),
        ("passport-issue", {"handover": "visit", "pickup_address": ADDRESS}, "/pickup_address"),
        ("passport-issue", {"pickup_address": ADDRESS}, "/pickup_address"),
        ("elder-card", {"handover": "visit"}, "/handover"),
        ("elder-card", {"handover": "courier", "pickup_address": ADDRESS}, "/handover"),
        ("passport-issue", {"handover": "pigeon"}, "/handover"),
        ("passport-issue", {"handover": "courier", "pickup_address": {**ADDRESS, "phone": "1"}},
         "/pickup_address/phone"),
    ],
)  # fmt: skip
def test_a_wrong_way_of_handing_over_is_told_at_its_place(
    client: ApiClient, me: Citizen, service_id: str, extra: dict[str, Any], pointer: str
) -> None:
    refused = lodge(client, me, service=service_id, **extra)
    assert refused.status == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("items", "pointer"),
    [
        ([], "/items"),
        ([{"material_id": "photo", "status": "checked"}], "/items/0/material_id"),
        ([{"material_id": "id-card", "status": "expected"}], "/items/0/status"),
        ([{"material_id": "id-card", "status": "arrived"}], "/items/0/status"),
        ([{"material_id": "id-card", "status": s} for s in ("received", "checked")],
         "/items/0/material_id"),
    ],
)  # fmt: skip
def test_what_is_no_original_is_told_at_its_place(
    client: ApiClient, me: Citizen, desk: str, items: list[Any], pointer: str
) -> None:
    case_id = lodged(client, me)
    refused = send(client, desk, case_id, items)
    assert refused.status == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_who_notes_originals(client: ApiClient, me: Citizen, desk: str) -> None:
    case_id, key = lodged(client, me, "open-a-restaurant"), new_id()
    for token, status in (
        (worker(client, "auditor"), 403),
        (worker(client, hall="hall-330203"), 404),
        (department_worker("fire-rescue"), 403),
        (department_worker("civil-affairs"), 404),
        (department_worker("market-regulation"), 200),
    ):
        assert note(client, token, case_id, id_card="received").status == status
    first = note(client, desk, case_id, key, id_card="mismatch")
    again = note(client, desk, case_id, key, id_card="mismatch")
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert note(client, desk, case_id, id_card="received").code == "wrong_status"
    post(client, me, f"/v1/cases/{case_id}/withdraw", {})
    assert note(client, desk, case_id, premises_proof="received").code == "wrong_status"
    assert note(client, desk, case_id, id_card="returned").status == 200


@pytest.mark.parametrize("reports", [
    ["picked_up", "in_transit", "delivered"],
    ["delivered", "picked_up", "in_transit"],
    ["in_transit", "delivered", "delivered"],
    ["accepted", "attempt_failed", "delivered", "out_for_delivery"],
])  # fmt: skip
def test_a_courier_brings_originals_whatever_the_order_of_reports(
    client: ApiClient, me: Citizen, desk: str, reports: list[str]
) -> None:
    late = lodged(client, me)
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    for number, status in enumerate(reports):
        report(case_id, status, number + 1)
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert states(shown) == {(paper, "arrived") for paper in PASSPORT}
    assert events(shown).count("originals_arrived") == 1
    path = f"/v1/admin/cases?office_id={HALL}&status=submitted&limit=100"
    listed = [one["case_id"] for one in client.get(path, token=desk).json()["items"]]
    assert listed.index(case_id) < (listed.index(late) if late in listed else len(listed))
    report(case_id, "delivered", 9, "to_citizen")
    assert note(client, desk, case_id, **dict.fromkeys(("id_card",), "checked")).status == 200


def test_originals_are_on_their_way_from_the_pick_up(client: ApiClient, me: Citizen) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    seen = []
    for number, status in enumerate(("requested", "pickup_scheduled", "picked_up")):
        report(case_id, status, number + 1)
        shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
        seen.append(dict(states(shown))["id-card"])
    assert seen == ["expected", "expected", "on_the_way"]
    brought = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    report(brought, "delivered", 1, "to_citizen")
    shown = client.get(f"/v1/cases/{brought}", token=me.token).json()
    assert {status for _, status in states(shown)} == {"expected"}


def test_the_pick_up_is_ordered_by_itself_once_it_is_time(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    early = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    brings = lodged(client, me, handover="visit")
    at_the_end = lodged(client, me, "property-transfer", handover="courier", pickup_address=ADDRESS)
    for case_id in (early, brings, at_the_end):
        walk(client, desk, case_id, "precheck")
        follow(case_id)
    assert [bool(creation.current(one, "to_office")) for one in (early, brings, at_the_end)] == [
        True, False, False,
    ]  # fmt: skip
    walk(client, desk, at_the_end, "accept")
    for part, department in (("deed-tax", "taxation"), ("registration", "natural-resources")):
        token = department_worker(department)
        assert take_part(client, token, at_the_end, part, "approve").status == 200
    follow(at_the_end)
    parcel = creation.current(at_the_end, "to_office")
    assert parcel
    # Whoever fetches originals is told the code that their citizen's page shows.
    shown = client.get(f"/v1/deliveries/{parcel.delivery_id}", token=me.token).json()
    assert shown["proof_code"] == proof.code_of(parcel.delivery_id)
    follow(at_the_end)
    assert creation.current(at_the_end, "to_office") == parcel
    walk(client, desk, at_the_end, "issue")
    refused = take(client, desk, at_the_end, "complete")
    assert (refused.code, refused.json()["current"]) == ("originals_missing", "issued")
    report(at_the_end, "delivered", 1, "to_citizen")
    case = storage.load(at_the_end)
    assert case
    assert case.status.value == "issued"
    papers = {one.material_id.replace("-", "_"): "checked" for one in case.originals}
    assert note(client, desk, at_the_end, **papers).status == 200
    walk(client, desk, at_the_end, "complete")


@pytest.mark.parametrize("reports", [
    ["picked_up", "lost"],
    ["lost"],
    # Words that overtook each other, and came again.
    ["lost", "picked_up", "lost"],
])  # fmt: skip
def test_originals_lost_on_their_way_are_told_and_a_visit_is_offered(
    client: ApiClient, me: Citizen, reports: list[str]
) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    order = {"picked_up": 1, "lost": 2}
    for again, status in enumerate(reports):
        number = order[status] + (3 if again == len(reports) - 1 and status == "lost" else 0)
        report(case_id, status, number)
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert states(shown) == {(paper, "expected") for paper in PASSPORT}
    assert events(shown).count("originals_lost") == 1
    assert shown["visit_by"]
    assert shown["paused_at"]
    event = next(
        of_entry(entry)
        for entry in storage.load_entries(case_id)
        if entry.type == "case.originals_lost"
    )
    notifications.on_event(event, MONDAY)
    [notice] = notifications.inbox(me.citizen_id, None, 5).items
    assert "Please book a time to come by" in worded(notice, "en").body
    report(case_id, "delivered", 9)
    found = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert (found["visit_by"], found["paused_at"]) == (None, None)


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_supervisors_hear_of_originals_that_nobody_looked_at_within_a_working_day(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    report(case_id, "delivered")
    boss, due = worker(client, "supervisor"), MONDAY + timedelta(days=1)
    jobs.watch_deadlines(due - timedelta(seconds=1))
    assert open_alerts(client, boss, case_id) == {}
    for _ in range(2):
        jobs.watch_deadlines(due)
    assert [one["times"] for one in open_alerts(client, boss, case_id).values()] == [1]
    notes = dict.fromkeys(("id_card", "household_register"), "received")
    assert note(client, desk, case_id, **notes).status == 200
    assert set(open_alerts(client, boss, case_id)) == {"originals_unchecked"}
    assert note(client, desk, case_id, application_form="checked").status == 200
    assert open_alerts(client, boss, case_id) == {}


def returned(case_id: str) -> Any:
    return creation.returning(case_id)


@pytest.mark.parametrize("step", ["withdraw", "decline", "reject"])
def test_what_a_courier_brought_in_vain_a_courier_brings_back(
    client: ApiClient, me: Citizen, desk: str, step: str
) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    report(case_id, "delivered")
    follow(case_id)
    assert returned(case_id) is None
    if step == "withdraw":
        assert post(client, me, f"/v1/cases/{case_id}/withdraw", {}).status == 200
    elif step == "decline":
        walk(client, desk, case_id, "decline")
    else:
        walk(client, desk, case_id, "accept", "review", "reject")
    follow(case_id)
    parcel = returned(case_id)
    assert (parcel.direction, parcel.released, parcel.proof_needed, parcel.ended) == (
        "to_citizen", True, True, False,
    )  # fmt: skip
    # Late and repeated words of the end call nothing off.
    follow(case_id)
    assert returned(case_id) == parcel
    # What the office has given back meanwhile is not owed again.
    note(client, desk, case_id, **dict.fromkeys(("id_card", "household_register"), "returned"))
    assert service.load(case_id).owes_originals
    note(client, desk, case_id, application_form="returned")
    assert not service.load(case_id).owes_originals


def test_what_is_on_its_way_when_a_case_ends_goes_back_once_it_has_come(
    client: ApiClient, me: Citizen
) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    report(case_id, "picked_up", 1)
    assert post(client, me, f"/v1/cases/{case_id}/withdraw", {}).status == 200
    follow(case_id)
    assert returned(case_id) is None
    report(case_id, "delivered", 2)
    follow(case_id)
    assert returned(case_id).released


def brought_and_checked(client: ApiClient, me: Citizen, desk: str, **extra: Any) -> str:
    """Return a case that was approved with the originals that a courier brought."""
    by_courier = {"handover": "courier", "pickup_address": ADDRESS}
    case_id = lodged(client, me, "residence-permit", **by_courier, **extra)
    report(case_id, "delivered")
    walk(client, desk, case_id, "accept", "review")
    papers = {name.replace("-", "_"): "checked" for name, _ in states(seen(client, me, case_id))}
    assert note(client, desk, case_id, **papers).status == 200
    walk(client, second_person(case_id), case_id, "approve")
    return case_id


def seen(client: ApiClient, me: Citizen, case_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    return shown


@pytest.mark.parametrize("wish", [{}, {"delivery": {**ADDRESS, "detail": "别处 2 号"}}])
def test_originals_travel_back_with_the_result_in_one_parcel(
    client: ApiClient, me: Citizen, desk: str, wish: dict[str, Any]
) -> None:
    case_id = brought_and_checked(client, me, desk, **wish)
    walk(client, desk, case_id, "issue")
    follow(case_id)
    parcel = creation.current(case_id, "to_citizen")
    assert parcel
    assert (parcel.released, parcel.proof_needed) == (True, True)
    detail = client.get(f"/v1/admin/deliveries/{parcel.delivery_id}", token=desk).json()["address"]
    assert detail["detail"] == (wish or {"delivery": ADDRESS})["delivery"]["detail"]
    for _ in range(2):
        report(case_id, "delivered", 5, "to_citizen")
    ways = [one["direction"] for one in seen(client, me, case_id)["timeline"]]
    assert [one for one in ways if one] == ["to_office", "to_citizen"]
    shown = seen(client, me, case_id)
    assert (shown["status"], {status for _, status in states(shown)}) == ("completed", {"returned"})
    assert events(shown).count("originals_returned") == 1
    follow(case_id)
    assert returned(case_id) is None


def test_a_result_that_was_handed_over_at_once_leaves_the_originals_to_a_courier(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id = brought_and_checked(client, me, desk)
    walk(client, desk, case_id, "issue", "complete")
    follow(case_id)
    assert creation.current(case_id, "to_citizen") is None
    assert returned(case_id).released
    ordered = brought_and_checked(client, me, desk)
    walk(client, desk, ordered, "issue")
    follow(ordered)
    walk(client, desk, ordered, "complete")
    follow(ordered)
    parcel = creation.current(ordered, "to_citizen")
    # The parcel holds their originals still: nobody calls it off.
    assert parcel
    assert (parcel.ended, returned(ordered)) == (False, None)


def test_a_result_leaves_once_the_originals_are_checked_at_its_hand_over(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    by_courier = {"handover": "courier", "pickup_address": ADDRESS, "delivery": ADDRESS}
    case_id = lodged(client, me, "property-transfer", **by_courier)
    walk(client, desk, case_id, "accept")
    for part, department in (("deed-tax", "taxation"), ("registration", "natural-resources")):
        take_part(client, department_worker(department), case_id, part, "approve")
    walk(client, desk, case_id, "issue")
    follow(case_id)
    # The pick-up that was ordered at the approval still comes, and the result waits for it.
    assert creation.current(case_id, "to_office")
    assert creation.current(case_id, "to_citizen") is None
    report(case_id, "delivered")
    papers = {one: "checked" for one, _ in states(seen(client, me, case_id))}
    *first, last = [{"material_id": one, "status": "checked"} for one in papers]
    for items, is_sent in ((first, False), ([last], True)):
        assert send(client, desk, case_id, items).status == 200
        follow(case_id)
        assert bool(creation.current(case_id, "to_citizen")) is is_sent
    report(case_id, "delivered", 5, "to_citizen")
    shown = seen(client, me, case_id)
    kept = {"property-certificate": "checked", "sale-contract": "checked"}
    assert dict(states(shown)) == {**dict.fromkeys(papers, "returned"), **kept}
    assert shown["status"] == "completed"
    assert returned(case_id) is None


@pytest.mark.parametrize("said", [{"handover": "visit"}, {"handover": "none"}, {}])
def test_what_no_courier_brought_none_brings_back(
    client: ApiClient, me: Citizen, desk: str, said: dict[str, Any]
) -> None:
    case_id = lodged(client, me, **said)
    note(client, desk, case_id, id_card="received")
    assert post(client, me, f"/v1/cases/{case_id}/withdraw", {}).status == 200
    follow(case_id)
    assert returned(case_id) is None


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_originals_are_handled(
    client: ApiClient, me: Citizen, desk: str, calls: int
) -> None:
    case_id = lodged(client, me, handover="courier", pickup_address=ADDRESS)
    path, (first, second) = f"/v1/admin/cases/{case_id}/transfer", (new_id(), new_id())
    body, headers = {"office_id": "hall-330203", "note": "移交"}, {"Idempotency-Key": new_id()}
    acts: list[Callable[[], Answer]] = [
        lambda: take(client, desk, case_id, "precheck", first),
        lambda: note(client, desk, case_id, second, id_card="received"),
        lambda: client.post(path, body, token=desk, headers=headers),
    ]
    for act in acts:
        with suppress(Crash), crash_after(calls):
            act()
        assert act().status == 200
        assert act().headers["idempotency-replayed"] == "true"
    said = events(seen(client, me, case_id))
    assert said == ["submitted", "prechecked", "originals_received", "transferred"]
    case = storage.load(case_id)
    assert case
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None
    assert [one.status for one in case.originals].count("on_the_way") == 1


def test_a_department_waits_for_the_originals_of_its_papers(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    case_id = lodged(client, me, "birth-registration", handover="visit")
    walk(client, desk, case_id, "accept")
    police = department_worker("public-security")
    refused = take_part(client, police, case_id, "household", "approve")
    assert (refused.code, refused.json()["materials"]) == (
        "originals_missing", ["birth-certificate", "household-register"],
    )  # fmt: skip
    note(client, desk, case_id, birth_certificate="checked", household_register="checked")
    assert take_part(client, police, case_id, "household", "approve").status == 200


def test_trips_are_asked_at_the_rating_and_reported(client: ApiClient, me: Citizen) -> None:
    made = []
    for trips in (0, 1, None):
        case_id = lodged(client, me, "elder-card")
        post(client, me, f"/v1/cases/{case_id}/withdraw", {})
        said = {} if trips is None else {"trips_made": trips}
        rated = post(client, me, f"/v1/cases/{case_id}/rating", {"score": 4, **said})
        made.append(rated.status)
    assert made == [200] * 3
    day = MONDAY.date()
    boss = worker(client, "supervisor")
    path = f"/v1/admin/reports/trips?office_id={HALL}&from={day}&to={day}"
    rows = client.get(path, token=boss).json()["items"]
    mine = [one for one in rows if one["service_id"] == "elder-card"]
    assert [(one["promised_trips"], one["answers"], one["mean_trips_made"]) for one in mine] == [
        (0, 2, 0.5)
    ]


@pytest.mark.parametrize("trips", [-1, 10, 1.5, "one"])
def test_trips_that_cannot_be_are_refused(client: ApiClient, me: Citizen, trips: object) -> None:
    case_id = lodged(client, me)
    refused = post(client, me, f"/v1/cases/{case_id}/rating", {"score": 4, "trips_made": trips})
    assert refused.json()["errors"][0]["pointer"] == "/trips_made"


ALLOWED: dict[Noted, str] = {
    "received": "expected on_the_way arrived",
    "checked": "expected on_the_way arrived received mismatch",
    "mismatch": "expected on_the_way arrived received",
    "returned": "arrived received checked mismatch",
}
STATES = [one for literal in get_args(OriginalStatus) for one in (get_args(literal) or (literal,))]


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", NOTED)
def test_what_can_be_noted_of_an_original(before: OriginalStatus, after: Noted) -> None:
    old = Original("a", before, checked=before == "checked")
    found = originals.noted([old], {"a": after})
    if before == after:
        assert found == (old,)
    elif before in ALLOWED[after].split():
        is_checked = after == "checked" or (before, after) == ("checked", "returned")
        assert found == (Original("a", after, is_checked),)
    else:
        assert found is None


@given(st.lists(st.sampled_from(["picked_up", "in_transit", "delivered", "lost", "accepted"])))
def test_a_couriers_reports_end_the_same_in_any_order(reports: list[str]) -> None:
    papers: tuple[Original, ...] = (Original("a"), Original("b", "checked", checked=True))
    for status in reports:
        papers = originals.carried(papers, status)
    wanted = "expected"
    if {"picked_up", "in_transit"} & set(reports):
        wanted = "on_the_way"
    if "delivered" in reports:
        wanted = "arrived"
    assert papers == (Original("a", wanted), Original("b", "checked", checked=True))  # type: ignore[arg-type]
    assert originals.unchecked(papers) == ["a"]
    assert originals.unchecked(papers, {"b"}) == []
