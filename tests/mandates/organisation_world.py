"""A company of tests: its representative, its members, and what the register says of it."""

from typing import Any

import pytest

from chalicelib.core.ids import new_id
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.mandates import providers
from chalicelib.mandates.domain import RegisterOutcome
from chalicelib.mandates.providers.base import RegisterAnswer
from tests.appointments.world import HALLS, ask, slot_at
from tests.mandates.world import agent_code, person, register
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

PATH = "/v1/me/organisations"
MINUTES = iter(range(200_000, 300_000, 15))


class Company:
    """A company with its representative."""

    def __init__(self, client: ApiClient) -> None:
        self.client, self.boss = client, person(client, name="陈老板")
        self.code = register(client, self.boss)
        self.made = self.create()
        assert self.made.status == 201, self.made.body
        self.id = str(self.made.json()["organisation_id"])
        self.on_behalf = {"organisation_id": self.id}

    def create(self, who: Citizen | None = None, key: str = "", **changed: Any) -> Answer:
        body = {"credit_code": self.code, "name": "宁波小满公司", **changed}
        headers = {"Idempotency-Key": key or new_id(16)}
        return self.client.post(PATH, body, token=(who or self.boss).token, headers=headers)

    def add(self, member: Citizen, role: str, by: Citizen | None = None, **changed: Any) -> Answer:
        body = {"agent_code": agent_code(self.client, member), "role": role, **changed}
        path = f"{PATH}/{self.id}/members"
        return self.client.post(path, body, token=(by or self.boss).token)

    def remove(self, member_id: str, by: Citizen | None = None) -> Answer:
        path = f"{PATH}/{self.id}/members/{member_id}"
        return self.client.delete(path, token=(by or self.boss).token)

    def show(self, who: Citizen | None = None) -> Answer:
        return self.client.get(f"{PATH}/{self.id}", token=(who or self.boss).token)

    def book(self, who: Citizen, service: str = "id-card-renewal") -> Answer:
        slot = slot_at(HALLS[0], next(MINUTES))
        return ask(self.client, who, slot, service, on_behalf_of=self.on_behalf)  # type: ignore[arg-type]

    def list_made(self, who: Citizen, kind: str = "appointments") -> Answer:
        return self.client.get(f"/v1/{kind}?on_behalf_of={self.id}", token=who.token)


def says(monkeypatch: pytest.MonkeyPatch, outcome: RegisterOutcome | None) -> None:
    """Let the register say the same of everybody, or be away."""

    class Register:
        def ask(self, _asked: object) -> RegisterAnswer:
            if outcome is None:
                raise ProviderUnavailable(retry_after=5)
            return RegisterAnswer(outcome)

    monkeypatch.setattr(providers, "business_register", Register)
