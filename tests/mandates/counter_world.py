"""Mandates for tests that clerks witness."""

from dataclasses import dataclass, field
from typing import Any

from tests.cases.uploads.world import scanned
from tests.mandates.world import day, person
from tests.support.cases import have_papers, worker
from tests.support.client import Answer, ApiClient
from tests.support.people import childs_number, id_number

PATH = "/v1/admin/mandates"
EVERYTHING = {"services": ["*"], "actions": ["book", "lodge", "pay", "collect", "read"]}


@dataclass
class Counter:
    """Two clerks of a hall, and a grandmother and her grandson before them."""

    client: ApiClient
    grandmother: dict[str, str] = field(
        default_factory=lambda: {"name": "林奶奶", "id_number": id_number(years=(1935, 1950))}
    )
    grandson: dict[str, str] = field(
        default_factory=lambda: {"name": "林小明", "id_number": id_number(years=(1985, 2000))}
    )

    def __post_init__(self) -> None:
        self.clerk, self.other = worker(self.client), worker(self.client, "supervisor")

    def body(self, **changed: Any) -> dict[str, Any]:
        """Return what a clerk says: one service, to book and lodge, for 30 days, unless changed."""
        return {
            "principal": self.grandmother,
            "agent": self.grandson,
            "services": ["id-card-renewal"],
            "actions": ["book", "lodge"],
            "until": day(30),
            "upload_id": changed.pop("upload_id", "") or scanned(self.client, self.clerk),
            **changed,
        }

    def say(self, body: dict[str, Any], token: str = "", key: str = "") -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(PATH, body, token=token or self.clerk, headers=headers)

    def witnessed(self, **changed: Any) -> dict[str, Any]:
        """Return a mandate in force, by two persons where it takes them."""
        body = self.body(**changed)
        answer = self.say(body)
        if answer.status == 202:
            answer = self.say(body, self.other)
        assert answer.status in (200, 201), answer.body
        return dict(answer.json())

    def find(self, seen: dict[str, str], token: str = "", **changed: str) -> Answer:
        body = {"person": seen, "reason": "老人到厅撤销委托", **changed}
        return self.client.post(f"{PATH}/find", body, token=token or self.clerk)

    def revoke(self, mandate_id: str, token: str = "", key: str = "") -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"reason": "老人到厅撤销委托"}
        path = f"{PATH}/{mandate_id}/revoke"
        return self.client.post(path, body, token=token or self.clerk, headers=headers)


class Family:
    """A mother, who is known, and her child, whom a clerk sees."""

    def __init__(self, client: ApiClient, number: str = "") -> None:
        self.client, self.child = client, {"name": "张小宝", "id_number": number or childs_number()}
        self.counter = Counter(client)
        self.counter.grandmother = self.child
        mother = self.counter.grandson
        self.mother = person(client, mother["id_number"], mother["name"])
        have_papers(self.mother)

    def add(self) -> dict[str, Any]:
        body = {**self.child, "relation": "child"}
        answer = self.client.post("/v1/me/family", body, token=self.mother.token)
        assert answer.status == 201
        return dict(answer.json())

    def status(self) -> str:
        [one] = self.client.get("/v1/me/family", token=self.mother.token).json()["items"]
        return str(one["status"])
