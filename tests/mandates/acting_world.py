"""Who acts for another in tests, and has made one thing of each kind."""

from typing import Any

from chalicelib.mandates.storage._records import STATE, MandateRecord, mandate_pk
from tests.appointments.world import HALLS, ask, slot_at
from tests.deliveries.world import Hired
from tests.mandates.organisation_world import Company
from tests.mandates.world import day, give, person
from tests.support.cases import have_papers, lodge
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

BOOKED = "id-card-renewal"
LODGED = "no-criminal-record"
KINDS = {"book": "appointments", "lodge": "cases", "collect": "deliveries", "pay": "payments"}
MINUTES = iter(range(1000, 100_000, 15))


class Acting:
    """A grandson who acts for his grandmother by a mandate, who has made one thing of each kind."""

    def __init__(self, client: ApiClient, hired: Hired) -> None:
        self.client, self.hired = client, hired
        self.principal = person(client, name="林奶奶")
        self.agent = person(client, name="林小明")
        have_papers(self.principal)
        answer = give(client, self.principal, self.agent, until=day(1))
        assert answer.status == 201, answer.body
        self.mandate_id = str(answer.json()["mandate_id"])
        self.on_behalf = {"mandate_id": self.mandate_id}
        self.make_all()

    def make_all(self) -> None:
        """Make one thing of each kind by the agent."""
        self.made: dict[str, str] = {}
        for action, kind in KINDS.items():
            done = self.act(action)
            assert done.status == 201, done.body
            self.made[kind] = next(iter(done.json().values()))

    def act(self, action: str, who: Citizen | None = None, **extra: Any) -> Answer:
        who, more = who or self.agent, {"on_behalf_of": self.on_behalf, **extra}
        if action == "book":
            service = more.pop("service", BOOKED)
            return ask(self.client, who, slot_at(HALLS[0], next(MINUTES)), service, **more)
        if action == "lodge":
            return lodge(self.client, who, service=LODGED, **more)
        if action == "collect":
            to = {"direction": "to_office", "address": self.hired.address}
            body = {"case_id": self.made["cases"], **to, **more}
            return self.client.post("/v1/deliveries", body, token=who.token)
        body = {"case_id": self.made["cases"], "method": "alipay", "client": "web", **more}
        return self.client.post("/v1/payments", body, token=who.token)

    def list_made(self, kind: str, who: Citizen | None = None) -> Answer:
        path = f"/v1/{kind}?on_behalf_of={next(iter(self.on_behalf.values()))}"
        return self.client.get(path, token=(who or self.agent).token)

    def show(self, kind: str, who: Citizen | None = None) -> Answer:
        path = f"/v1/{kind}/{self.made[kind]}"
        return self.client.get(path, token=(who or self.agent).token)

    def edit(self, **fields: Any) -> None:
        """Make the mandate another, as nobody can."""
        record = MandateRecord.get(mandate_pk(self.mandate_id), STATE)
        record.update([getattr(MandateRecord, name).set(to) for name, to in fields.items()])


class ActingForCompany(Acting):
    """The same for a company, by one of its members."""

    def __init__(self, client: ApiClient, hired: Hired) -> None:
        self.client, self.hired, self.company = client, hired, Company(client)
        self.principal, self.agent = self.company.boss, person(client, name="王会计")
        self.member_id = self.company.add(self.agent, "agent").json()["member_id"]

        class Owner:
            citizen_id = self.company.id

        have_papers(Owner)  # type: ignore[arg-type]
        self.on_behalf = self.company.on_behalf
        self.make_all()
