"""What tests of cases share: what citizens send, and what staff see."""

from typing import Any

from chalicelib.cases import handlers, storage
from chalicelib.cases.storage._records import CaseRecord
from chalicelib.core import dependencies
from chalicelib.core import events as bus
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from tests.support.cases import HALL, form_of, have_papers, lodge
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen, id_number, log_in, new_code

# Years in which who is old, or young, was born.
OLD, YOUNG = (1930, 1960), (1990, 2000)


def post(
    client: ApiClient, who: Citizen, path: str, body: object, key: str | None = None
) -> Answer:
    return client.post(path, body, token=who.token, headers={"Idempotency-Key": key or new_id()})


def events(case: dict[str, Any]) -> list[str]:
    return [entry["event"].removeprefix("case.") for entry in case["timeline"]]


def go_on(client: ApiClient, me: Citizen) -> Citizen:
    """Go on with a session whose access token may have expired."""
    answer = client.post("/v1/login/refresh", {"refresh_token": me.refresh_token}).json()
    return Citizen(me.citizen_id, answer["access_token"], answer["refresh_token"])


def aged(client: ApiClient, years: tuple[int, int] = OLD) -> Citizen:
    code = new_code()
    body = {"name": "王大明", "id_number": id_number(years=years)}
    me = log_in(client, code)
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    have_papers(me)
    return log_in(client, code)


def hear(case_id: str) -> None:
    """Let the room hear of everything that happened to a case, twice."""
    now = dependencies.clock().now()
    for entry in [*storage.load_entries(case_id), *storage.load_entries(case_id)]:
        handlers.follow_up(bus.of_entry(entry), now)


def decided(
    client: ApiClient, me: Citizen, service: str = "elder-card", **extra: Any
) -> dict[str, Any]:
    made = lodge(client, me, service=service, **extra)
    assert made.status == 201, made.body
    assert made.json()["decision"] is None
    hear(made.json()["case_id"])
    return shown(client, me, made.json()["case_id"])


def shown(client: ApiClient, me: Citizen, case_id: str, lang: str = "en") -> dict[str, Any]:
    answer = client.get(f"/v1/cases/{case_id}", token=me.token, headers={"Accept-Language": lang})
    found: dict[str, Any] = answer.json()
    return found


def move(case_id: str, hall: str) -> None:
    """Give a case to a hall of the test's own, as if it had been lodged there."""
    record = CaseRecord.get(f"K#{case_id[8:]}", "case")
    record.office, record.work = hall, f"{hall}#submitted"
    record.save()


def open_alerts(client: ApiClient, token: str, case_id: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = client.get(f"/v1/admin/alerts?limit=100{cursor}", token=token).json()
        found |= {a["code"]: a for a in page["items"] if a["subject_id"] == case_id}
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def department_worker(department_id: str, role: str = "clerk", hall: str = HALL) -> str:
    """Return the token of a new member of staff of a department in a hall."""
    who = Staff(
        new_code(),
        frozenset({role}),
        frozenset({hall}),
        department_ids=frozenset({department_id}),
    )
    return dependencies.tokens().issue(who, dependencies.clock().now())


def take_part(
    client: ApiClient,
    token: str,
    case_id: str,
    part_id: str,
    step: str,
    key: str | None = None,
    **said: Any,
) -> Answer:
    path = f"/v1/admin/cases/{case_id}/parts/{part_id}/{step}"
    return client.post(path, said, token=token, headers={"Idempotency-Key": key or new_id()})


def form_of_all(service: str) -> dict[str, Any]:
    """Fill in every field of a service's form."""
    return form_of(service, only_required=False)
