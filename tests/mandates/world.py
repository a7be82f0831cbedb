"""People for tests who are known to be persons, and mandates that they give."""

import random
from datetime import timedelta
from typing import Any

from stdnum.cn import uscc

from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
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


def company_of(citizen_id: str) -> dict[str, str]:
    """Return the ids of an organisation that a citizen manages, verified or not, and of them."""
    from chalicelib.core import changes
    from chalicelib.core.changes import Author
    from chalicelib.core.decisions import Decision, DomainEvent
    from chalicelib.identity import service as identity
    from chalicelib.mandates import storage
    from chalicelib.mandates.domain import Membership, Organisation
    from chalicelib.mandates.storage import OrganisationEffects

    now = dependencies.clock().now()
    nothing = Organisation(new_id(8), new_id(12), citizen_id)
    manager = Membership(new_id(10), citizen_id, "p", "manager", office_time(now).date())
    fields = {"name": "宁波小满公司", "credit_code": credit_code()}
    subject = identity.write_new_subject(nothing.organisation_id, nothing.person, fields)
    event = DomainEvent("organisation.created", {"member": manager.member_id})
    decision = Decision(nothing, (event,), OrganisationEffects(manager, also=(subject,)))
    change = changes.append(nothing, decision, Author("test", now))
    assert storage.store_organisation(change)
    return {"organisation_id": nothing.organisation_id, "member_id": manager.member_id}


def credit_code() -> str:
    """Return a unified social credit code by GB 32100 that no other test uses."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    choose = random.SystemRandom()
    body = "91330200" + "".join(choose.choice(letters) for _ in range(9))
    return next(body + one for one in letters if uscc.is_valid(body + one))


def register(
    client: ApiClient, representative: Citizen, code: str = "", name: str = "宁波小满公司"
) -> str:
    """Put an organisation into the business register, under a citizen's own name and number."""
    from chalicelib.identity import service as identity
    from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister, Registered

    code = code or credit_code()
    clear = identity.me(representative.citizen_id).clear
    EmbeddedBusinessRegister.known[code] = Registered(name, clear["name"], clear["id_number"])
    return code


def pointers(answer: Answer) -> list[str]:
    """Return what is wrong in a refused body."""
    return [one["pointer"] for one in answer.json()["errors"]]
