"""People for tests who are known to be persons, and mandates that they give."""

from datetime import timedelta
from typing import Any

from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen, id_number, log_in, new_code

EVERYTHING = ("book", "lodge", "pay", "collect", "read")


def person(client: ApiClient, number: str = "", name: str = "王大明") -> Citizen:
    code = new_code()
    body = {"name": name, "id_number": number or id_number()}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    return log_in(client, code)


def agent_code(client: ApiClient, agent: Citizen) -> str:
    answer = client.post("/v1/me/agent-codes", {}, token=agent.token)
    assert answer.status == 201, answer.body
    return str(answer.json()["code"])


def terms(client: ApiClient, agent: Citizen, **changed: Any) -> dict[str, Any]:
    """Return what a principal asks for, of everything until in 30 days unless changed."""
    return {
        "agent_code": changed.pop("agent_code", "") or agent_code(client, agent),
        "services": ["*"],
        "actions": list(EVERYTHING),
        "until": day(30),
        **changed,
    }


def give(client: ApiClient, principal: Citizen, agent: Citizen, **changed: Any) -> Answer:
    body = terms(client, agent, **changed)
    return client.post("/v1/me/mandates", body, token=principal.token)


def day(days: int) -> str:
    """Return a day from the product's today on."""
    return (office_time(dependencies.clock().now()).date() + timedelta(days=days)).isoformat()


def pointers(answer: Answer) -> list[str]:
    """Return what is wrong in a refused body."""
    return [one["pointer"] for one in answer.json()["errors"]]
