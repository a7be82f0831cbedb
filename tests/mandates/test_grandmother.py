"""A grandson acts for his grandmother, who has no phone, by what they signed at the counter."""

from typing import Any

import pytest

from tests.appointments.world import HALLS, ask, slot_at
from tests.mandates.counter_world import Counter
from tests.mandates.world import EVERYTHING, person
from tests.support.cases import have_papers, lodge
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen

BOOKED = "id-card-renewal"
LODGED = "no-criminal-record"


class Grandson:
    """Who acts by a mandate that two clerks witnessed; she has no account of her own."""

    def __init__(self, client: ApiClient, minutes: int) -> None:
        self.client, self.minutes, self.counter = client, minutes, Counter(client)
        known = self.counter.grandson
        self.me = person(client, known["id_number"], known["name"])
        made = self.counter.witnessed(services=["*"], actions=list(EVERYTHING))
        self.mandate_id = str(made["mandate_id"])
        have_papers(Citizen(self.mandate_id[:8], "", ""))

    def acts(self, who: Citizen | None = None) -> list[Answer]:
        who = who or self.me
        for_her: dict[str, Any] = {"on_behalf_of": {"mandate_id": self.mandate_id}}
        self.minutes += 15
        slot = slot_at(HALLS[0], self.minutes)
        booked = ask(self.client, who, slot, BOOKED, **for_her)
        return [booked, lodge(self.client, who, service=LODGED, **for_her)]

    def listed(self, who: Citizen, query: str = "") -> list[list[str]]:
        rooms = (("appointments", "appointment_id"), ("cases", "case_id"))
        answers = [self.client.get(f"/v1/{room}{query}", token=who.token) for room, _ in rooms]
        named = zip(answers, rooms, strict=True)
        return [[one[name] for one in answer.json()["items"]] for answer, (_, name) in named]


def test_he_acts_and_she_finds_all_of_it_and_ends_it(client: ApiClient, morning: TestClock) -> None:
    grandson = Grandson(client, 5000)
    booked, lodged = grandson.acts()
    assert (booked.status, lodged.status) == (201, 201)
    made = [[booked.json()["appointment_id"]], [lodged.json()["case_id"]]]
    assert grandson.listed(grandson.me) == [[], []]
    assert grandson.listed(grandson.me, f"?on_behalf_of={grandson.mandate_id}") == made
    seen = grandson.counter.grandmother
    grandmother = person(client, seen["id_number"], seen["name"])
    assert grandson.listed(grandmother) == made
    path = f"/v1/me/mandates/{grandson.mandate_id}/revoke"
    assert client.post(path, {}, token=grandmother.token).json()["status"] == "revoked"
    refused = grandson.acts()
    assert [(one.status, one.code) for one in refused] == [(403, "mandate_missing")] * 2
    # What was done stays hers.
    assert grandson.listed(grandmother) == made


@pytest.mark.parametrize("act", ["stranger", "waits", "ended at the counter"])
def test_nobody_else_acts_and_not_before_or_after(
    client: ApiClient, morning: TestClock, act: str
) -> None:
    grandson = Grandson(client, 6000)
    who = grandson.me
    if act == "stranger":
        who = person(client)
    elif act == "waits":
        asked = grandson.counter.say(grandson.counter.body(services=["*"]))
        assert asked.status == 202
        grandson.mandate_id = asked.json()["mandate_id"]
    else:
        assert grandson.counter.revoke(grandson.mandate_id).status == 200
    refused = grandson.acts(who)
    assert [(one.status, one.code) for one in refused] == [(403, "mandate_missing")] * 2
    assert grandson.listed(who) == [[], []]
