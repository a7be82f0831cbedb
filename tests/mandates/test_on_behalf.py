"""Acting by a mandate: every act and look in every state, and whose it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.cases import storage as cases
from chalicelib.cases.uploads import storage as uploads
from chalicelib.cases.uploads.providers import bucket
from chalicelib.core.events import of_entry
from chalicelib.deliveries import storage as deliveries
from chalicelib.identity import service as identity
from chalicelib.mandates.storage import list_made
from chalicelib.notifications import service as notifications
from chalicelib.payments import storage as payments
from chalicelib.payments.service import receipts
from tests.appointments.world import HALLS, ask, slot_at
from tests.deliveries.world import Hired
from tests.mandates.acting_world import BOOKED, KINDS, LODGED, MINUTES, Acting
from tests.mandates.world import EVERYTHING, person
from tests.support.cases import application, city_worker, form_of, have_papers
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, id_number, log_in_again


@pytest.fixture
def acting(client: ApiClient, morning: TestClock, hired: Hired) -> Acting:
    return Acting(client, hired)


def stranger(acting: Acting) -> Citizen:
    return person(acting.client)


def state(name: str) -> Callable[[Acting], None]:
    return lambda acting: acting.edit(state=name)


def without(action: str) -> Callable[[Acting], None]:
    return lambda acting: acting.edit(actions={one for one in EVERYTHING if one != action})


# How the mandate is, and what then an act answers, a list, and one thing that was made by it.
STATES: dict[str, tuple[Callable[[Acting], None], int, int, int]] = {
    "active": (lambda _: None, 201, 200, 200),
    "offered": (state("offered"), 403, 403, 403),
    "declined": (state("declined"), 403, 403, 403),
    "revoked": (state("revoked"), 403, 403, 403),
    "frozen": (state("frozen"), 403, 403, 403),
    "expired": (lambda acting: acting.edit(until="2027-02-28"), 403, 403, 403),
    "wrong service": (
        lambda acting: acting.edit(services={"marriage-registration"}),
        403,
        200,
        200,
    ),
    "no read": (without("read"), 201, 403, 403),
}


def test_what_is_made_for_another_is_not_among_ones_own(acting: Acting) -> None:
    # Notes of the keys stand where one's own would be.
    client, agent = acting.client, acting.agent
    for kind, made in acting.made.items():
        listed = client.get(f"/v1/{kind}", token=agent.token)
        assert (listed.status, listed.json()["items"]) == (200, [])
        own = agent.citizen_id + made[len(agent.citizen_id) :]
        assert client.get(f"/v1/{kind}/{own}", token=agent.token).status == 404
    assert client.get("/v1/me/export", token=agent.token).status == 200


@pytest.mark.parametrize("how", STATES)
def test_every_act_and_look_in_every_state(acting: Acting, how: str) -> None:
    change, does, lists, shows = STATES[how]
    change(acting)
    for action, kind in KINDS.items():
        done = acting.act(action, None, **_other(action))
        again = {"collect": "delivery_in_progress", "pay": "already_paid"}
        if does == 201 and action in again:
            # There is one already.
            assert (done.status, done.code) == (409, again[action])
        else:
            assert done.status == does, (action, done.body)
        if done.status == 403:
            expected = {"service_id": _service(action)} if how == "wrong service" else None
            assert done.code == "mandate_missing"
            assert done.json()["missing"] == (expected or {"status": "active"})
        listed, shown = acting.list_made(kind), acting.show(kind)
        assert (listed.status, shown.status) == (lists, shows), (kind, listed.body)
        if lists == 403:
            lacking = {"action": "read"} if how == "no read" else {"status": "active"}
            assert listed.json()["missing"] == lacking
        # The principal sees what was done, whatever became of the mandate.
        assert acting.show(kind, acting.principal).status == 200
        ids = [
            next(iter(one.values()))
            for one in acting.list_made(kind, acting.principal).json()["items"]
        ]
        assert acting.made[kind] in ids


def _other(action: str) -> dict[str, str]:
    """Return what makes an act another than the first of its kind."""
    return {"service": "residence-permit"} if action == "book" else {}


def _service(action: str) -> str:
    return "residence-permit" if action == "book" else LODGED


@pytest.mark.parametrize("action", KINDS)
def test_an_act_needs_its_own_right(acting: Acting, action: str) -> None:
    without(action)(acting)
    refused = acting.act(action)
    assert (refused.status, refused.code) == (403, "mandate_missing")
    assert refused.json()["missing"] == {"action": action}


def test_a_stranger_does_and_sees_nothing(acting: Acting) -> None:
    other, unknown = stranger(acting), {"mandate_id": "0" * 20}
    for action, kind in KINDS.items():
        for on_behalf in (acting.on_behalf, unknown, {"mandate_id": "x"}):
            refused = acting.act(action, other, on_behalf_of=on_behalf)
            assert (refused.status, refused.json()["missing"]) == (403, {"status": "active"})
        assert acting.list_made(kind, other).status == 403
        assert acting.show(kind, other).status == 404
    # Nor does the agent without saying for whom.
    assert acting.act("pay", on_behalf_of=None).status == 404
    assert acting.act("collect", on_behalf_of=None).status == 404


def test_what_is_done_is_the_principals_and_counts_for_them_alone(acting: Acting) -> None:
    principal, agent = acting.principal, acting.agent
    person_of = {
        who: identity.me(who.citizen_id).profile.person or "" for who in (principal, agent)
    }
    assert appointments.load_guard(person_of[principal]).services == {BOOKED}
    assert appointments.load_guard(person_of[agent]).services == frozenset()
    for kind in ("appointments", "cases", "deliveries", "payments"):
        client = acting.client
        assert client.get(f"/v1/{kind}", token=agent.token).json()["items"] == []
        [own] = client.get(f"/v1/{kind}", token=principal.token).json()["items"]
        assert acting.made[kind] in own.values()
    for kind in ("appointments", "cases"):
        to_agent, to_principal = (acting.show(kind, who).json() for who in (agent, principal))
        assert (to_agent["for_name"], to_agent["by_name"]) == ("林奶奶", None)
        assert (to_principal["for_name"], to_principal["by_name"]) == (None, "林**")
        for shown in (to_agent, to_principal):
            assert shown["on_behalf_of"]["mandate_id"] == acting.mandate_id
    timeline = acting.show("cases", principal).json()["timeline"]
    assert timeline[0]["actor"] == f"citizen:{agent.citizen_id}"


def test_who_acts_changes_what_they_made_while_they_may(acting: Acting) -> None:
    client, token = acting.client, acting.agent.token
    appointment, case = (f"/v1/{k}/{acting.made[k]}" for k in ("appointments", "cases"))
    slot = slot_at(HALLS[0], next(MINUTES))
    moved = client.post(f"{appointment}/reschedule", {"slot_id": slot}, token=token)
    assert (moved.status, moved.json()["slot_id"]) == (200, slot)
    for part in ("pass", "queue"):
        assert client.get(f"{appointment}/{part}", token=token).status == 200
    ics = client.get(f"{appointment}/calendar.ics", token=token, headers={"accept": "*/*"})
    assert "林奶奶" in ics.body.decode()
    cancelled = client.post(f"/v1/deliveries/{acting.made['deliveries']}/cancel", {}, token=token)
    assert cancelled.json()["status"] == "cancelled"
    acting.edit(state="revoked")
    for path in (f"{appointment}/cancel", f"{case}/withdraw"):
        refused = client.post(path, {}, token=token)
        assert (refused.status, refused.code) == (403, "mandate_missing")
        assert client.post(path, {}, token=acting.principal.token).status == 200


STORES: dict[str, tuple[Any, str]] = {
    "book": (appointments, "store_bookings"),
    "lodge": (cases, "create"),
    "collect": (deliveries, "store"),
    "pay": (payments, "create"),
}


@pytest.mark.parametrize("said", ["revoke", "dispute"])
@pytest.mark.parametrize("action", STORES)
def test_what_is_taken_back_between_deciding_and_storing_is_not_done(
    acting: Acting, monkeypatch: pytest.MonkeyPatch, action: str, said: str
) -> None:
    room, name = STORES[action]
    store, kind = getattr(room, name), KINDS[action].removesuffix("s").replace("ie", "y")
    if action in ("collect", "pay"):
        acting.made["cases"] = acting.act("lodge").json()["case_id"]

    def overtaken(*given: Any, **named: Any) -> Any:
        path = f"/v1/me/mandates/{acting.mandate_id}/{said}"
        assert acting.client.post(path, {}, token=acting.principal.token).status == 200
        return store(*given, **named)

    before = list_made(acting.mandate_id)
    monkeypatch.setattr(room, name, overtaken)
    refused = acting.act(action, None, **_other(action))
    assert (refused.status, refused.code) == (403, "mandate_missing"), kind
    assert list_made(acting.mandate_id) == before


def test_a_change_is_not_stored_either_once_it_is_taken_back(
    acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, path = appointments.store_change, f"/v1/appointments/{acting.made['appointments']}"

    def overtaken(*given: Any) -> Any:
        acting.edit(state="revoked")
        return store(*given)

    monkeypatch.setattr(appointments, "store_change", overtaken)
    refused = acting.client.post(f"{path}/cancel", {}, token=acting.agent.token)
    assert (refused.status, refused.code) == (403, "mandate_missing")
    assert acting.show("appointments", acting.principal).json()["status"] == "booked"


def test_a_mandate_ends_at_midnight_of_shanghai_while_one_acts(
    acting: Acting, morning: TestClock
) -> None:
    # Monday 09:00; the mandate's last day is Tuesday.
    morning.advance(38 * 3600)
    acting.agent = log_in_again(acting.client, acting.agent)
    assert acting.list_made("cases").status == 200
    morning.advance(3600 + 1)
    acting.agent = log_in_again(acting.client, acting.agent)
    refused = acting.act("lodge")
    assert refused.json()["missing"] == {"status": "active"}
    assert acting.list_made("cases").status == 403


def test_the_same_attempt_for_another_makes_one(acting: Acting) -> None:
    body = application(LODGED, on_behalf_of=acting.on_behalf)
    given = {"token": acting.agent.token, "headers": {"Idempotency-Key": "again-again"}}
    first, again = (acting.client.post("/v1/cases", body, **given) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["case_id"] == first.json()["case_id"]
    other = acting.client.post("/v1/cases", {**body, "on_behalf_of": None}, **given)
    assert other.status in (403, 422)


def test_files_of_who_acts_become_the_principals(acting: Acting) -> None:
    have_papers(acting.agent)
    [upload] = uploads.load_many(acting.agent.citizen_id, ["upload-new"])
    bucket.keep(upload, b"%PDF")
    material = application(LODGED)["materials"][0]["material_id"]
    materials = [
        {**one, "upload_id": "upload-new"} if one["material_id"] == material else one
        for one in application(LODGED)["materials"]
    ]
    [own] = uploads.load_many(acting.principal.citizen_id, ["upload-new"])
    with uploads._Upload.batch_write() as batch:
        batch.delete(uploads._Upload(f"U#{own.owner}", "upload-new"))
    lodged = acting.act("lodge", materials=materials)
    assert lodged.status == 201, lodged.body
    [handed] = uploads.load_many(acting.principal.citizen_id, ["upload-new"])
    assert (handed.verified, handed.case_id) == (True, lodged.json()["case_id"])
    given = acting.client.get("/v1/me/materials", token=acting.principal.token).json()["items"]
    assert "upload-new" in {one["upload_id"] for one in given}
    # A file that nobody sent is missing all the same.
    nobody = [{**one, "upload_id": "nothing"} for one in materials]
    assert acting.act("lodge", materials=nobody).code == "incomplete"


def test_for_a_member_and_for_a_principal_at_once_is_refused(acting: Acting) -> None:
    body = {"name": "林小满", "id_number": id_number(), "relation": "other"}
    added = acting.client.post("/v1/me/family", body, token=acting.agent.token).json()
    refused = acting.act("book", for_member=added["member_id"])
    assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/for_member")
    assert acting.act("book", on_behalf_of={}).status == 422
    both = {**acting.on_behalf, "organisation_id": "x"}
    assert acting.act("book", on_behalf_of=both).status == 422


def test_a_family_is_acted_for_by_its_mandates_id_too(acting: Acting) -> None:
    client, number = acting.client, id_number()
    mother = person(client, number, name="林妈妈")
    body = {"name": "林妈妈", "id_number": number, "relation": "parent"}
    member = client.post("/v1/me/family", body, token=acting.agent.token).json()["member_id"]
    acting.on_behalf = {"mandate_id": acting.agent.citizen_id + member}
    assert acting.act("lodge").code == "consent_required"
    path = f"/v1/me/mandates/{acting.on_behalf['mandate_id']}/accept"
    assert client.post(path, {}, token=mother.token).status == 200
    have_papers(acting.agent)
    lodged = acting.act("lodge")
    assert (lodged.status, lodged.json()["for_member"]) == (201, member), lodged.body
    acting.made["cases"] = lodged.json()["case_id"]
    for action in ("collect", "pay"):
        assert acting.act(action).status == 201
    for kind in ("cases", "deliveries", "payments"):
        for who in (acting.agent, mother):
            [one] = acting.list_made(kind, who).json()["items"]
            assert one["case_id"] == lodged.json()["case_id"]
        assert acting.list_made(kind, acting.principal).status == 403


def test_a_time_that_is_taken_is_not_told_to_who_acts(acting: Acting) -> None:
    slot = acting.show("appointments").json()["slot_id"]
    body = {"on_behalf_of": acting.on_behalf}
    refused = ask(acting.client, acting.agent, slot, "residence-permit", **body)  # type: ignore[arg-type]
    assert (refused.status, refused.code) == (409, "time_conflict")
    assert "appointment_id" not in refused.json()


def test_both_are_told_what_is_done_and_staff_see_what_was_disputed(acting: Acting) -> None:
    case_id = acting.made["cases"]
    for entry in [
        *cases.load_entries(case_id),
        *appointments.load_entries(acting.made["appointments"]),
    ]:
        notifications.on_event(of_entry(entry), MONDAY)
    inboxes = [
        acting.client.get("/v1/notifications", token=who.token).json()["items"]
        for who in (acting.principal, acting.agent)
    ]
    told = [{one["event"]: one["body"] for one in inbox} for inbox in inboxes]
    for event in ("appointment.booked", "case.submitted"):
        assert told[0][event].startswith("由您委托的人办理：")
        assert told[1][event].startswith("为 林奶奶 办理：")
    path = f"/v1/me/mandates/{acting.mandate_id}/dispute"
    assert acting.client.post(path, {}, token=acting.principal.token).status == 200
    path = "/v1/admin/alerts?kind=integrity&limit=100"
    items = acting.client.get(path, token=city_worker(acting.client)).json()["items"]
    [alert] = [one for one in items if one["subject_id"] == acting.mandate_id]
    assert alert["facts"]["case"] == case_id
    assert alert["facts"]["appointment"] == acting.made["appointments"]
    # Once it is over, nothing more is told to who acted.
    notifications.on_event(of_entry(cases.load_entries(case_id)[0]), MONDAY)
    assert form_of(LODGED)


def test_staff_and_receipts_name_who_acts_and_for_whom(acting: Acting) -> None:
    client, token = acting.client, city_worker(acting.client)
    by = {"kind": "agent", "name": "林**"}
    seen = client.get(f"/v1/admin/cases/{acting.made['cases']}", token=token).json()
    assert (seen["for_name"], seen["acted_by"]) == ("林奶奶", by)
    path = f"/v1/admin/appointments/{acting.made['appointments']}"
    seen = client.get(path, token=token).json()
    assert (seen["name"], seen["acted_by"]) == ("林奶奶", by)
    day_of = f"{seen['start'][:10]}&service_id={BOOKED}&limit=100"
    board = f"/v1/admin/offices/{seen['office_id']}/appointments?date={day_of}"
    items = client.get(board, token=token).json()["items"]
    [listed] = [one for one in items if one["appointment_id"] == seen["appointment_id"]]
    # The board names nobody.
    assert (listed["name"], listed["acted_by"]) == (None, {"kind": "agent", "name": None})
    payment = payments.load(acting.made["payments"])
    assert payment
    assert receipts.names(payment, acting=True) == ("林奶奶", None)
    assert receipts.names(payment, acting=False) == (None, "林**")


NEVER: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "/v1/me/identity", {"name": "林奶奶", "id_number": id_number()}),
    ("POST", "/v1/me/family", {"name": "x", "id_number": id_number(), "relation": "child"}),
    ("POST", "/v1/me/organisations", {"credit_code": "91110000600037341L", "name": "x"}),
    ("POST", "/v1/me/mandates", {"services": ["*"], "actions": ["book"], "until": "2027-03-02"}),
]


@pytest.mark.parametrize(("method", "path", "body"), NEVER)
def test_what_can_never_be_delegated_takes_no_mandate(
    acting: Acting, method: str, path: str, body: dict[str, Any]
) -> None:
    given = json.dumps({**body, "on_behalf_of": acting.on_behalf}).encode()
    refused = acting.client.send(method, path, given, token=acting.agent.token)
    assert refused.status == 422
    assert "/on_behalf_of" in [one["pointer"] for one in refused.json()["errors"]]


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/export", "/v1/me/family", "/v1/me/accesses"])
def test_what_is_personal_is_read_for_nobody_else(acting: Acting, path: str) -> None:
    asked = f"{path}?on_behalf_of={acting.mandate_id}"
    refused = acting.client.get(asked, token=acting.agent.token)
    assert refused.status in (400, 422)
