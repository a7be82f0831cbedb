from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.cases import service as cases
from chalicelib.cases.domain import CaseStatus
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.deliveries import handlers, storage
from chalicelib.deliveries.couriers.domain import Courier, choose
from chalicelib.deliveries.couriers.handlers import send_messages
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import Delivery, Direction
from chalicelib.identity.service import personal_data_requests
from chalicelib.supervision import storage as supervision
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.circuit_breaker import Health
from tests.appointments.world import HALL, at_once, clerk
from tests.deliveries.world import (
    Hired,
    ask,
    hire,
    keeper,
    new_area,
    new_case,
    parcel,
    report,
    send,
    stored,
)
from tests.support.cases import worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in
from tests.webhooks.receiver import Receiver


def follow(delivery: Delivery | str) -> None:
    """Give the room every event of a delivery, as the queue does."""
    delivery_id = delivery if isinstance(delivery, str) else delivery.delivery_id
    for entry in storage.load_entries(delivery_id):
        handlers.follow_up(of_entry(entry), datetime.now(UTC))


@pytest.mark.parametrize("since", ["the courier is paused", "the case has ended"])
def test_what_was_asked_for_is_replayed_where_nothing_can_be_asked_for_any_more(
    client: ApiClient, me: Citizen, hired: Hired, since: str
) -> None:
    case_id, named = new_case(me, CaseStatus.SUBMITTED), {"courier_id": hired.courier_id}
    first = ask(client, me, case_id, hired, "the-only-key", **named)
    assert first.status == 201, first.body
    if since == "the case has ended":
        path, token = f"/v1/cases/{case_id}/withdraw", me.token
    else:
        path, token = f"/v1/admin/couriers/{hired.courier_id}/pause", keeper(client, "admin")
    assert client.post(path, {}, token=token).status == 200
    assert ask(client, me, case_id, hired, "another-key", **named).status in (409, 422)
    again = ask(client, me, case_id, hired, "the-only-key", **named)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json()["delivery_id"] == first.json()["delivery_id"]


def test_a_result_goes_to_the_door(client: ApiClient, me: Citizen, hired: Hired) -> None:
    case_id = new_case(me)
    answer = ask(client, me, case_id, hired, "my-first-key")
    assert answer.status == 201, answer.body
    made = answer.json()
    assert made["status"] == "requested"
    assert made["address"]["name"] == "张**"
    assert made["address"]["phone"] == "138****1234"
    assert "401" not in made["address"]["detail"]
    again = ask(client, me, case_id, hired, "my-first-key")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == made
    assert send(hired).good == 1
    [got] = hired.inbox.got
    assert got.verified
    assert got.body["type"] == "delivery.requested"
    assert got.body["sequence"] == got.body["data"]["sequence"] == 1
    assert got.body["data"]["address"] == hired.address
    began = datetime.now(UTC) - timedelta(hours=3)
    for number, status in enumerate(
        ("accepted", "picked_up", "in_transit", "out_for_delivery", "attempt_failed")
    ):
        at = began + timedelta(minutes=number)
        told = report(client, hired, made["delivery_id"], status, at, tracking_number="EM1")
        assert (told.status, told.json()) == (200, {"result": "applied"})
        path = f"/v1/deliveries/{made['delivery_id']}"
        assert client.get(path, token=me.token).json()["status"] == status
    for status in ("out_for_delivery", "delivered"):
        assert report(client, hired, made["delivery_id"], status, note="门卫代收").status == 200
    shown = client.get(path, token=me.token).json()
    assert shown["status"] == "delivered"
    assert shown["tracking_number"] == "EM1"
    assert [event["status"] for event in shown["events"]][-1] == "delivered"
    assert shown["events"][-1]["note"] == "门卫代收"
    follow(made["delivery_id"])
    follow(made["delivery_id"])
    case = cases.load(case_id)
    assert case.status is CaseStatus.COMPLETED
    assert case.delivery_status == "delivered"


def test_two_requests_at_once_make_one(client: ApiClient, me: Citizen, hired: Hired) -> None:
    case_id = new_case(me)
    answers = []
    at_once(8, lambda _: answers.append(ask(client, me, case_id, hired)))
    assert sorted(a.status for a in answers) == [201] + [409] * 7
    assert {a.code for a in answers if a.status == 409} == {"delivery_in_progress"}


def test_a_result_that_is_not_ready_waits(client: ApiClient, me: Citizen, hired: Hired) -> None:
    case_id = new_case(me, CaseStatus.SUBMITTED)
    made = ask(client, me, case_id, hired).json()
    assert made["waiting_for_result"]
    assert send(hired).good == 0
    assert report(client, hired, made["delivery_id"], "accepted").status == 404


def test_cancelling_before_pick_up(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    path = f"/v1/deliveries/{delivery.delivery_id}"
    for _ in range(2):
        answer = client.post(f"{path}/cancel", {}, token=me.token)
        assert (answer.status, answer.json()["status"]) == (200, "cancelled")
    send(hired)
    assert hired.inbox.types == ["delivery.requested", "delivery.cancelled"]
    assert [got.body["sequence"] for got in hired.inbox.got] == [1, 2]
    # The case may be given another one now.
    again = ask(client, me, delivery.case_id, hired)
    assert again.status == 201
    assert again.json()["delivery_id"] != delivery.delivery_id


def test_after_pick_up_nothing_is_changed(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    report(client, hired, delivery.delivery_id, "picked_up")
    path = f"/v1/deliveries/{delivery.delivery_id}"
    assert client.post(f"{path}/cancel", {}, token=me.token).code == "wrong_status"
    changed = client.patch(f"{path}/address", hired.address | {"name": "王"}, token=me.token)
    assert changed.code == "wrong_status"


def test_another_address(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    path = f"/v1/deliveries/{delivery.delivery_id}/address"
    fresh = hired.address | {"detail": "解放南路 99 号"}
    assert client.patch(path, fresh, token=me.token).status == 200
    send(hired)
    assert hired.inbox.got[-1].body["type"] == "delivery.address_changed"
    assert hired.inbox.got[-1].body["data"]["address"] == fresh
    far = hired.address | {"division_code": new_area()}
    assert client.patch(path, far, token=me.token).code == "no_courier"
    wrong = client.patch(path, fresh | {"phone": "none"}, token=me.token)
    assert [e["pointer"] for e in wrong.json()["errors"]] == ["/phone"]


def test_refusals(client: ApiClient, me: Citizen, hired: Hired) -> None:
    case_id = new_case(me)
    assert ask(client, log_in(client), case_id, hired).status == 404
    assert ask(client, me, new_case(me, service_id="housing-fund-rent-withdrawal"), hired).code == (
        "not_deliverable"
    )
    nowhere = hired.address | {"division_code": new_area()}
    assert ask(client, me, case_id, hired, address=nowhere).code == "no_courier"
    unknown = ask(client, me, case_id, hired, courier_id="nobody")
    assert [e["pointer"] for e in unknown.json()["errors"]] == ["/courier_id"]
    over = ask(client, me, new_case(me, CaseStatus.COMPLETED), hired, "the-same-key")
    assert over.code == "wrong_status"
    # What was refused made nothing, and left the key free.
    assert ask(client, me, case_id, hired, "the-same-key").status == 201
    other = ask(client, me, new_case(me), hired, "the-same-key")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    # Also where it would be refused by another key.
    again = ask(client, me, new_case(me, CaseStatus.COMPLETED), hired, "the-same-key")
    assert again.code == "idempotency_key_reused"
    assert ask(client, me, case_id, hired).code == "delivery_in_progress"


def test_the_wish_of_the_application_is_fulfilled(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    from chalicelib.core.events import Event

    address = hired.address | {"division_code": hired.area[:6]}
    case_id = new_case(me, delivery=address)
    issued = Event(case_id, 5, "case.issued", "2026-12-01T09:00:00+08:00", "staff:x", {})
    for _ in range(2):
        handlers.follow_up(issued, datetime.now(UTC))
    [made] = client.get(f"/v1/deliveries?case_id={case_id}", token=me.token).json()["items"]
    assert made["status"] == "requested"
    # Nobody serves six digits of an area of twelve: staff see it and choose.
    found = stored(made["delivery_id"])
    assert found.courier_id is None
    assert found.flag == "no_courier"


def test_the_own_parcels_come_newest_first_over_all_pages(
    client: ApiClient, morning: TestClock, hired: Hired
) -> None:
    me, made = log_in(client), []
    for _ in range(7):
        made.append(parcel(client, me, hired).delivery_id)
        morning.advance(2)
    found, path = [], "/v1/deliveries?limit=2"
    while path:
        page = client.get(path, token=me.token).json()
        found += [one["delivery_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        path = f"/v1/deliveries?limit=2&cursor={cursor}" if cursor else ""
    assert found == made[::-1]


def test_a_message_goes_out_as_its_event_is_seen(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery = parcel(client, me, hired)
    for entry in storage.load_entries(delivery.delivery_id):
        send_messages(of_entry(entry), datetime.now(UTC))
        send_messages(of_entry(entry), datetime.now(UTC))
    assert hired.inbox.types == ["delivery.requested"]


def test_staff_see_exceptions_first(client: ApiClient, me: Citizen, hired: Hired) -> None:
    well, ill = parcel(client, me, hired), parcel(client, me, hired)
    report(client, hired, ill.delivery_id, "exception", note="破损")
    desk = clerk(client)
    board = f"/v1/admin/deliveries?office_id={well.office_id}&limit=100"
    listed = client.get(board, token=desk).json()["items"]
    flags = [item["flag"] for item in listed]
    assert flags == sorted(flags, key=lambda flag: flag is None)
    assert {well.delivery_id, ill.delivery_id} <= {item["delivery_id"] for item in listed}
    path = f"/v1/admin/deliveries/{ill.delivery_id}"
    shown = client.get(path, token=desk).json()
    assert shown["address"] == hired.address
    follow(ill)
    [alert] = supervision.alerts_of(ill.delivery_id)
    assert (alert.code, alert.cleared_at) == ("parcel_exception", None)
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert looks[0]["what"] == f"delivery:{ill.delivery_id}"
    solved = client.post(f"{path}/resolve", {"status": "lost"}, token=desk)
    assert (solved.status, solved.json()["status"], solved.json()["flag"]) == (200, "lost", None)
    assert client.get(path, token=clerk(client, "hall-330100")).status == 404
    follow(ill)
    # Late and doubled events raise nothing anew.
    assert {a.code for a in supervision.alerts_of(ill.delivery_id) if not a.cleared_at} == set()


def test_an_unknown_key_makes_another(client: ApiClient, me: Citizen, hired: Hired) -> None:
    first = parcel(client, me, hired)
    report(client, hired, first.delivery_id, "refused")
    assert stored(first.delivery_id).flag == "refused"
    assert ask(client, me, first.case_id, hired, new_id()).status == 201


def test_what_is_held_is_given_out_and_erased(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    held = client.get("/v1/me/export", token=me.token).json()["deliveries"]
    assert [one["address"] for one in held] == [hired.address]
    still = client.delete("/v1/me", token=me.token)
    assert (still.status, delivery.delivery_id in still.json()["open"]) == (409, True)
    report(client, hired, delivery.delivery_id, "delivered", note="门卫代收")
    assert client.delete("/v1/me", token=me.token).status in (204, 409)
    personal_data_requests.destroy_key(me.citizen_id, datetime.now(UTC))
    shown = client.get(f"/v1/admin/deliveries/{delivery.delivery_id}", token=clerk(client))
    assert shown.status == 200
    assert shown.json()["address"]["detail"] == ""
    assert shown.json()["events"][0]["note"] is None
    late = report(client, hired, delivery.delivery_id, "lost", note="门卫代收")
    assert (late.status, late.json()["result"]) == (200, "kept")
    assert send(hired).good == 0


@pytest.mark.fresh_index("sends what became due after the list was first asked")
def test_a_parcel_that_nobody_takes_on_is_given_to_another(
    client: ApiClient, me: Citizen, hired: Hired, receiver: Receiver, admin: str
) -> None:
    other = hire(client, receiver, admin, division_codes=[hired.area])
    delivery = parcel(client, me, hired, courier=hired)
    send(hired)
    desk, path = clerk(client), f"/v1/admin/deliveries/{delivery.delivery_id}/assign"
    unable = client.post(path, {"courier_id": "nobody"}, token=desk)
    assert [e["pointer"] for e in unable.json()["errors"]] == ["/courier_id"]
    for _ in range(2):
        given = client.post(path, {"courier_id": other.courier_id}, token=desk)
        assert (given.status, given.json()["courier_id"]) == (200, other.courier_id)
    send(hired)
    send(other)
    assert hired.inbox.types == ["delivery.requested", "delivery.cancelled"]
    assert other.inbox.types == ["delivery.requested"]
    assert report(client, hired, delivery.delivery_id, "picked_up").status == 404
    assert report(client, other, delivery.delivery_id, "picked_up").status == 200
    back = client.post(path, {"courier_id": hired.courier_id}, token=desk)
    assert back.code == "wrong_status"
    follow(delivery)
    loads = [OUTBOX.load_health(one.courier_id).load for one in (hired, other)]
    assert loads == [0, 1]


def test_a_courier_is_the_city_s_or_a_hall_s_and_changed_by_whose_it_is(
    client: ApiClient, receiver: Receiver, me: Citizen, admin: str, hired: Hired
) -> None:
    supervisor, clerk_ = keeper(client, "supervisor"), keeper(client, "clerk")
    far_admin = keeper(client, "admin", "hall-330205")
    far_supervisor = keeper(client, "supervisor", "hall-330205")
    own = hire(client, receiver, supervisor, office_id=HALL)
    case_id = new_case(me)
    delivery_id = ask(client, me, case_id, own).json()["delivery_id"]
    calls: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("PATCH", "", {"name": "新名"}),
        ("POST", "/rotate-secret", {}),
        ("POST", "/ping", {}),
        ("POST", "/pause", {}),
        ("POST", "/resume", {}),
        ("POST", f"/messages/msg_{delivery_id}_1/replay", {}),
        ("POST", "/recover", {"since": "2026-01-01T00:00:00Z"}),
    )

    def answers_of(courier: Hired, token: str) -> set[int]:
        path = f"/v1/admin/couriers/{courier.courier_id}"
        ways = {"PATCH": client.patch, "POST": client.post}
        return {ways[way](path + rest, body, token=token).status for way, rest, body in calls}

    assert answers_of(own, far_admin) == answers_of(own, far_supervisor) == {404}
    assert answers_of(own, clerk_) == answers_of(hired, supervisor) == {403}
    assert answers_of(own, supervisor) <= {200, 202}
    assert answers_of(hired, far_admin) <= {200, 202, 404}
    assert (
        client.get(f"/v1/admin/couriers/{own.courier_id}/messages", token=far_admin).status == 404
    )

    def listed(token: str) -> dict[str, str | None]:
        items = client.get("/v1/admin/couriers", token=token).json()["items"]
        return {one["courier_id"]: one["office_id"] for one in items}

    assert listed(supervisor)[own.courier_id] == HALL
    assert listed(supervisor)[hired.courier_id] is None
    assert hired.courier_id in listed(far_admin)
    assert own.courier_id not in listed(far_admin)
    for courier, auditors_hall, status in (
        (own, HALL, 200),
        (own, "hall-330205", 404),
        (hired, "hall-330205", 200),
    ):
        path = f"/v1/admin/audit/{courier.courier_id}"
        auditor = keeper(client, "auditor", auditors_hall)
        answers = [client.get(path + rest, token=auditor).status for rest in ("", "/verify")]
        assert answers == [status] * 2
    body = {
        "name": "x",
        "endpoint": f"{receiver.origin}/x",
        "division_codes": [new_area()],
        "services": ["to_citizen"],
    }
    for office_id, token, expected in (
        (None, supervisor, 403),
        ("hall-330205", supervisor, 404),
        ("hall-330205", admin, 404),
        ("no-such-hall", admin, 404),
    ):
        made = client.post("/v1/admin/couriers", {**body, "office_id": office_id}, token=token)
        assert made.status == expected


def test_a_hall_s_courier_carries_for_no_other_hall() -> None:
    both = frozenset[Direction]({"to_citizen"})
    now = datetime.now(UTC)
    city = Courier("a", "a", "", "", (), division_codes=("33",), services=both)
    theirs = Courier(
        "b", "b", "", "", (), division_codes=("330203",), services=both, office_id="theirs"
    )
    for office_id, expected in (("theirs", theirs), ("ours", city)):
        assert choose([city, theirs], {}, office_id, "to_citizen", "330203", now) is expected
    assert choose([theirs], {}, "ours", "to_citizen", "330203", now) is None


def test_the_courier_with_less_to_do_gets_the_parcel() -> None:
    def courier(
        name: str, codes: tuple[str, ...], state: AccountState = AccountState.ACTIVE
    ) -> Courier:
        both = frozenset[Direction]({"to_citizen"})
        return Courier(name, name, "", "", (), state, division_codes=codes, services=both)

    now = datetime.now(UTC)
    ours = [courier("a", ("33",)), courier("b", ("33",)), courier("c", ("3302",)), courier("d", ())]
    broken = {"c": Health(5, now + timedelta(minutes=1), now)}
    wishes: tuple[tuple[dict[str, Health], str, str | None], ...] = (
        ({}, "330203", "c"),
        (broken, "330203", "a"),
        ({**broken, "a": Health(load=2), "b": Health(load=1)}, "330203", "b"),
        ({}, "110101", None),
    )
    for health, area, expected in wishes:
        chosen = choose(ours, health, HALL, "to_citizen", area, now)
        assert (chosen.courier_id if chosen else None) == expected
    assert choose(ours, {}, HALL, "to_office", "330203", now) is None
    assert (
        choose([courier("p", ("33",), AccountState.PAUSED)], {}, HALL, "to_citizen", "33", now)
        is None
    )


def test_the_report_tells_times_and_failures(client: ApiClient, me: Citizen, hired: Hired) -> None:
    began = datetime.now(UTC) - timedelta(hours=2)
    for end in ("delivered", "returned"):
        delivery = parcel(client, me, hired)
        report(client, hired, delivery.delivery_id, "picked_up", began)
        report(client, hired, delivery.delivery_id, end, began + timedelta(hours=1))
        follow(delivery)
    path = "/v1/admin/reports/deliveries"
    rows = client.get(path, token=worker(client, "auditor")).json()["items"]
    [row] = [row for row in rows if row["courier_id"] == hired.courier_id]
    assert (row["requested"], row["delivered"], row["returned"]) == (2, 1, 1)
    assert (row["hours_on_the_way"], row["failed_share"]) == (1.0, 0.5)
    far = client.get(path, token=worker(client, "auditor", "hall-330100")).json()["items"]
    assert hired.courier_id not in {row["courier_id"] for row in far}


@pytest.mark.parametrize(
    ("endings", "refused", "types"),
    [
        # What is not flagged has nothing to clear.
        ([None], [], []),
        (["lost"], [], ["delivery.lost"]),
        (["lost", "lost"], [], ["delivery.lost"]),
        (["lost", None], [], ["delivery.lost"]),
        (["lost", "delivered"], ["wrong_status"], ["delivery.lost"]),
        (["in_transit"], ["wrong_status"], []),
        (["cancelled"], [], ["delivery.cancelled"]),
    ],
)
def test_staff_end_by_hand_what_its_courier_does_not(
    client: ApiClient,
    me: Citizen,
    hired: Hired,
    endings: list[str | None],
    refused: list[str],
    types: list[str],
) -> None:
    delivery, desk = parcel(client, me, hired), clerk(client)
    path = f"/v1/admin/deliveries/{delivery.delivery_id}/resolve"
    answers = [client.post(path, {"status": one}, token=desk) for one in endings]
    assert [answer.code for answer in answers if answer.status != 200] == refused
    entries = storage.load_entries(delivery.delivery_id)
    assert [one.type for one in entries if one.type != "delivery.requested"] == types


def test_a_parcel_that_waits_for_its_result_is_given_to_another_unasked(
    client: ApiClient, me: Citizen, hired: Hired, receiver: Receiver, admin: str
) -> None:
    made = ask(client, me, new_case(me, CaseStatus.SUBMITTED), hired).json()
    other = hire(client, receiver, admin, division_codes=[hired.area])
    path = f"/v1/admin/deliveries/{made['delivery_id']}/assign"
    for _ in range(2):
        given = client.post(path, {"courier_id": other.courier_id}, token=clerk(client))
        assert given.status == 200, given.body
    assert stored(made["delivery_id"]).courier_id == other.courier_id
    # Neither courier hears of it before there is something to bring.
    assert (send(hired).good, send(other).good) == (0, 0)


def test_an_address_that_is_the_same_is_no_change(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery = parcel(client, me, hired)
    path = f"/v1/deliveries/{delivery.delivery_id}/address"
    assert client.patch(path, hired.address, token=me.token).status == 200
    assert stored(delivery.delivery_id).version == delivery.version
