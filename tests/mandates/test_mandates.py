"""Consent of the family: offered, answered, taken back; and what may be done in each state."""

from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.cases import storage as cases
from chalicelib.core.events import of_entry
from chalicelib.core.id_documents import Document
from chalicelib.identity import storage as identity
from chalicelib.identity.service.profiles import person_of
from chalicelib.mandates.domain import RULES
from chalicelib.mandates.domain import Answer as Said
from chalicelib.notifications import service as notifications
from tests.appointments.world import HALLS, ask, slot_at
from tests.mandates.world import person
from tests.notifications.world import events_of
from tests.support.cases import city_worker, have_papers, lodge
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, id_number, log_in

SERVICE = "id-card-renewal"
# What was answered: whether one may book, and lodge, for the principal.
STATES: dict[str, tuple[list[str], int, int]] = {
    "offered": ([], 201, 403),
    "active": (["accept"], 201, 201),
    "declined": (["decline"], 403, 403),
    "revoked": (["accept", "revoke"], 403, 403),
    "frozen": (["accept", "dispute"], 403, 403),
}


class Pair:
    """A grandson who would act for his grandmother."""

    def __init__(self, client: ApiClient) -> None:
        self.client, self.number = client, id_number()
        self.agent, self.principal = person(client, id_number()), person(client, self.number)
        have_papers(self.agent)
        body = {"name": "王奶奶", "id_number": self.number, "relation": "parent"}
        added = client.post("/v1/me/family", body, token=self.agent.token).json()
        self.member, self.mandate_id = added["member_id"], ""
        [offered] = self.of(self.principal, "?side=principal")
        self.mandate_id = offered["mandate_id"]

    def of(self, who: Citizen, query: str = "") -> list[Any]:
        return list(self.client.get(f"/v1/me/mandates{query}", token=who.token).json()["items"])

    def says(self, answer: str, who: Citizen | None = None, key: str = "") -> Answer:
        path = f"/v1/me/mandates/{self.mandate_id}/{answer}"
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(path, {}, token=(who or self.principal).token, headers=headers)

    def lodge(self) -> Answer:
        return lodge(self.client, self.agent, for_member=self.member)

    def book(self, minutes: int, service: str = SERVICE) -> Answer:
        slot = slot_at(HALLS[0], minutes)
        return ask(self.client, self.agent, slot, service, for_member=self.member)


@pytest.mark.parametrize("state", STATES)
def test_what_may_be_done_follows_from_what_was_answered(
    client: ApiClient, morning: TestClock, state: str
) -> None:
    pair = Pair(client)
    said, books, lodges = STATES[state]
    assert all(pair.says(answer).status == 200 for answer in said)
    [shown] = pair.of(pair.agent, "?side=agent")
    assert shown["status"] == state
    assert [one["status"] for one in pair.of(pair.principal)] == [state]
    assert len(pair.of(pair.agent, f"?status={state}")) == 1
    booked = pair.book(720 + 15 * list(STATES).index(state))
    lodged = pair.lodge()
    assert (booked.status, lodged.status) == (books, lodges)
    refused = {one.code for one in (booked, lodged) if one.status == 403}
    assert refused <= {"consent_required"}
    guard = appointments.load_guard(person_of(Document("resident_id", pair.number)))
    assert guard.services == (frozenset({SERVICE}) if state == "active" else frozenset())


def test_both_sides_see_a_mandate_masked_and_nobody_else_does(client: ApiClient) -> None:
    pair, stranger = Pair(client), person(client, id_number())
    path = f"/v1/me/mandates/{pair.mandate_id}"
    for who, side in ((pair.agent, "agent"), (pair.principal, "principal")):
        shown = client.get(path, token=who.token).json()
        assert (shown["side"], shown["status"], shown["accepted_by"]) == (side, "offered", None)
        assert (shown["principal"]["name"], shown["agent"]["name"]) == ("王**", "王**")
        assert "*" in shown["agent"]["id_number"]
    for who in (stranger, log_in(client)):
        assert client.get(path, token=who.token).status == 404
        assert [pair.says(a, who).status for a in ("accept", "revoke", "dispute")] == [404] * 3
        assert pair.of(who) == []


def test_only_the_principal_agrees_and_an_answer_counts_once(client: ApiClient) -> None:
    pair = Pair(client)
    assert [pair.says(a, pair.agent).status for a in ("accept", "decline", "dispute")] == [403] * 3
    first, again = pair.says("accept"), pair.says("accept")
    assert (first.status, again.status) == (200, 200)
    assert (again.json()["status"], again.json()["accepted_by"]) == ("active", "app")
    refused = pair.says("decline")
    assert (refused.status, refused.code) == (409, "wrong_status")
    assert pair.says("revoke", pair.agent).json()["status"] == "revoked"
    assert pair.says("accept").code == "wrong_status"


def test_an_answer_that_was_lost_is_given_again_whatever_came_after(client: ApiClient) -> None:
    pair, key = Pair(client), "said-once-and-again"
    assert pair.says("accept", key=key).json()["status"] == "active"
    assert pair.says("revoke", pair.agent).status == 200
    again = pair.says("accept", key=key)
    assert (again.status, again.json()["status"]) == (200, "revoked")
    assert again.headers["idempotency-replayed"] == "true"
    assert pair.says("dispute", key=key).code == "idempotency_key_reused"


def test_what_is_disputed_is_frozen_and_told_to_staff(client: ApiClient) -> None:
    pair = Pair(client)
    assert pair.says("dispute").json()["status"] == "frozen"
    assert pair.says("dispute").status == 200
    path = "/v1/admin/alerts?kind=integrity&limit=100"
    items = client.get(path, token=city_worker(client)).json()["items"]
    [alert] = [one for one in items if one["subject_id"] == pair.mandate_id]
    assert (alert["code"], alert["times"]) == ("mandate_disputed", 1)


@pytest.mark.parametrize("answer", ["revoke", "dispute"])
@pytest.mark.parametrize("act", ["book", "lodge"])
def test_what_is_taken_back_between_deciding_and_storing_is_not_done(
    client: ApiClient,
    morning: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    act: str,
) -> None:
    pair = Pair(client)
    assert pair.says("accept").status == 200
    room, name = (appointments, "store_bookings") if act == "book" else (cases, "create")
    store = getattr(room, name)

    def overtaken(*given: Any) -> Any:
        pair.says(answer)
        return store(*given)

    monkeypatch.setattr(room, name, overtaken)
    minutes = 810 if answer == "revoke" else 825
    done = (
        pair.book(minutes) if act == "book" else lodge(client, pair.agent, for_member=pair.member)
    )
    assert (done.status, done.code) == (403, "consent_required")
    for path in ("/v1/appointments", "/v1/cases"):
        assert client.get(path, token=pair.agent.token).json()["items"] == []


def test_who_was_removed_is_offered_nothing_and_who_leaves_takes_consent_back(
    client: ApiClient,
) -> None:
    pair, other = Pair(client), Pair(client)
    path = f"/v1/me/family/{pair.member}"
    assert client.delete(path, token=pair.agent.token).status == 204
    assert pair.of(pair.principal) == []
    assert pair.says("accept").status == 404
    assert other.says("accept").status == 200
    given = client.get("/v1/me/export", token=other.principal.token).json()["mandates"]
    assert [one["mandate_id"] for one in given] == [other.mandate_id]
    assert client.delete("/v1/me", token=other.principal.token).status == 204
    assert [one["status"] for one in other.of(other.agent)] == ["revoked"]


def test_who_agreed_is_told_nothing_of_accounts_that_are_gone(client: ApiClient) -> None:
    pair = Pair(client)
    assert client.delete("/v1/me", token=pair.agent.token).status == 204
    assert pair.of(pair.principal) == []


def notices(client: ApiClient, who: Citizen) -> list[tuple[str, str]]:
    items = client.get("/v1/notifications", token=who.token).json()["items"]
    return [(one["event"], one["body"]) for one in items]


@pytest.mark.parametrize("agreed", [False, True])
def test_what_is_done_for_who_agreed_is_told_to_them(
    client: ApiClient, morning: TestClock, *, agreed: bool
) -> None:
    pair = Pair(client)
    if agreed:
        pair.says("accept")
    booked = pair.book(840 if agreed else 855).json()
    for event in events_of(booked["appointment_id"]):
        # Again, as events come.
        for _ in range(2):
            notifications.on_event(event, MONDAY)
    told = notices(client, pair.principal)
    assert [event for event, _ in told] == ["appointment.booked"] * agreed
    assert all(body.startswith("家人替您办理：居民身份证换领") for _, body in told)
    [(_, own)] = notices(client, pair.agent)
    assert own.startswith("为 王奶奶 办理：")


@pytest.mark.parametrize("answer", ["accept", "decline", "revoke", "dispute"])
def test_an_answer_is_told_to_who_acts(client: ApiClient, morning: TestClock, answer: Said) -> None:
    pair = Pair(client)
    assert pair.says(answer).status == 200
    entries = identity.load_entries(pair.agent.citizen_id)
    event = of_entry(entries[-1])
    notifications.on_event(event, MONDAY)
    [(name, body)] = notices(client, pair.agent)
    assert name == RULES[answer].event
    assert body.startswith("为 王奶奶 办理：")
    assert notices(client, pair.principal) == []
