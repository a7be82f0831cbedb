"""What is asked for by one key, route by route: a thing that is made, and what is refused then."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core.ids import new_id
from tests.appointments import draws
from tests.appointments.waiting import Waiters
from tests.appointments.world import HALLS, new_slot, of_family, slot_at
from tests.cases.uploads.world import announced, scanned
from tests.certificates.world import issued
from tests.deliveries.world import Hired, new_case
from tests.mandates.counter_world import Counter
from tests.mandates.organisation_world import Company
from tests.mandates.world import agent_code, give, person, register, terms
from tests.notifications.texts import number, texts_served
from tests.payments.bills.world import DEPARTMENT
from tests.payments.paying import token
from tests.payments.world import World, desk
from tests.registers.world import known_to_registers
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.cases import HALL, application, city_worker, have_papers, verified, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, childs_number, id_number, log_in, new_code
from tests.support.signing import PIN, set_pin

# Who asks, where, for what, and for what else by the same key.
Asked = tuple[str | None, str, dict[str, Any], list[dict[str, Any]]]


_MINUTES = iter(range(400_000, 500_000, 15))


@dataclass
class City:
    """What is asked of, and the fixtures of what only some routes need."""

    client: ApiClient
    clock: TestClock
    request: pytest.FixtureRequest
    patch: pytest.MonkeyPatch
    stack: ExitStack

    @property
    def hired(self) -> Hired:
        found: Hired = self.request.getfixturevalue("hired")
        return found

    @property
    def world(self) -> World:
        found: World = self.request.getfixturevalue("world")
        return found

    def acting(self) -> tuple[Citizen, list[Citizen], list[dict[str, Any]]]:
        """Return an agent, two whom they act for, and what a body says of that."""
        agent, principals = person(self.client, name="林小明"), []
        rights: list[dict[str, Any]] = []
        have_papers(agent)
        for _ in range(2):
            principal = person(self.client, name="林奶奶")
            have_papers(principal)
            answer = give(self.client, principal, agent)
            assert answer.status == 201, answer.body
            principals.append(principal)
            rights.append({"on_behalf_of": {"mandate_id": answer.json()["mandate_id"]}})
        return agent, principals, rights


def counter_case(city: City) -> Asked:
    def body(upload: str) -> dict[str, Any]:
        given = application("elder-card")
        materials = [{**one, "upload_id": upload} for one in given["materials"]]
        who = {"name": "王小明", "id_number": id_number(years=(1930, 1950))}
        return {**given, "materials": materials, "person": {**who, "phone": "13800138000"}}

    clerk = worker(city.client)
    scans = [scanned(city.client, clerk, office_id=HALL) for _ in range(2)]
    first, other = map(body, scans)
    return clerk, "", first, [other, {**first, "form": {}}]


def account(noun: str, **more: Any) -> Callable[[City], Asked]:
    def asked(city: City) -> Asked:
        def body() -> dict[str, Any]:
            return {
                f"{noun}_id": f"x{new_id(10).lower()}", "name": "名称",
                "endpoint": "https://8.8.8.8/onetrip", **more,
            }  # fmt: skip

        admin = city_worker(city.client, "admin")
        unnamed = {name: value for name, value in body().items() if name != f"{noun}_id"}
        return admin, "", body(), [body(), unnamed]

    return asked


def enquiry_by_telephone(city: City) -> Asked:
    body = {"kind": "question", "text": "几点开门？", "phone": "13800138000"}
    return worker(city.client), "", body, [{**body, "text": "几点关门？"}]


def witnessed_mandate(city: City) -> Asked:
    counter = Counter(city.client)
    first, other = counter.body(), counter.body()
    stranger = {"name": "王奶奶", "id_number": id_number(years=(1935, 1950))}
    return counter.clerk, "", first, [other, {**other, "principal": stranger}]


def booking_at_the_window(city: City) -> Asked:
    def body() -> dict[str, Any]:
        who, code = {"name": "欧阳老太", "id_number": id_number()}, new_code()
        done = city.client.put("/v1/me/identity", who, token=log_in(city.client, code).token)
        assert done.status == 200, done.body
        return {
            "person": who, "service_id": "id-card-renewal", "slot_id": new_slot(),
            "reason": "不会用手机",
        }  # fmt: skip

    return worker(city.client), HALL, body(), [body()]


def closure(city: City) -> Asked:
    body = {"from": "2027-06-03", "to": "2027-06-03", "reason": "停电", "category": "family"}
    chief = worker(city.client, "supervisor", "hall-330226")
    return chief, "hall-330226", body, [{**body, "from": "2027-06-04", "to": "2027-06-04"}]


def device(city: City) -> Asked:
    return worker(city.client, "supervisor"), HALL, {"name": "入口"}, [{"name": "出口"}]


def paired_device(city: City) -> Asked:
    chief = city_worker(city.client)

    def body(hall: str) -> dict[str, Any]:
        path = f"/v1/admin/offices/{hall}/devices"
        made = city.client.post(path, {"name": "自助机"}, token=chief)
        return {"office_id": hall, "code": made.json()["code"]}

    return None, "", body("hall-330211"), [body("hall-330211"), body("hall-330212")]


def ticket(city: City) -> Asked:
    body = {"service_id": "id-card-renewal"}
    return worker(city.client), HALL, body, [{"service_id": "marriage-registration"}]


def refund(city: City) -> Asked:
    paid = city.world.succeeded()["payment_id"]
    return desk(), paid, {"reason": "办理有误"}, [{"reason": "多收"}]


def staff_account(city: City) -> Asked:
    def body() -> dict[str, Any]:
        return {
            "username": new_code(), "password": "first password", "roles": ["clerk"],
            "office_ids": [HALL],
        }  # fmt: skip

    return city_worker(city.client, "admin"), "", body(), [body()]


def upload(city: City) -> Asked:
    return verified(city.client).token, "", announced(), [announced(b"%PDF-1.7\nother")]


def scan(city: City) -> Asked:
    body = announced(office_id=HALL)
    return worker(city.client), "", body, [{**body, "file_name": "other.pdf"}]


def booking(city: City) -> Asked:
    agent, _, [first, second] = city.acting()

    def body(**more: Any) -> dict[str, Any]:
        slot = slot_at(HALLS[0], next(_MINUTES))
        return {"service_id": "id-card-renewal", "office_id": HALLS[0], "slot_id": slot, **more}

    return agent.token, "", body(**first), [body(**second), body()]


def own_booking(city: City) -> Asked:
    who, path, acting, [_, own] = booking(city)
    return who, path, own, [acting]


def case(city: City) -> Asked:
    agent, _, [first, second] = city.acting()
    body = application()
    return agent.token, "", {**body, **first}, [{**body, **second}, body]


def own_case(city: City) -> Asked:
    agent, _, [first, second] = city.acting()
    body = application()
    return agent.token, "", body, [{**body, **first}, {**body, **second}]


def delivery(city: City) -> Asked:
    agent, principals, [right, _] = city.acting()
    bodies = [
        {
            "case_id": new_case(who), "direction": "to_citizen", "address": city.hired.address,
            **more,
        }
        for who, more in ((agent, {}), (agent, {}), (principals[0], right))
    ]  # fmt: skip
    return agent.token, "", bodies[0], [*bodies[1:], {**bodies[0], "direction": "to_office"}]


def draw_entry(city: City) -> Asked:
    world = draws.World(city.client, city.clock)
    who = world.person()
    child = of_family(city.client, who, "李一一")
    return who.token, world.draw_id, {}, [{"for_member": child}]


def enquiry(city: City) -> Asked:
    body = {"kind": "question", "text": "办理身份证要多久？", "office_id": HALL}
    return verified(city.client).token, "", body, [{**body, "kind": "complaint"}]


def presentation(city: City) -> Asked:
    me = verified(city.client)
    body = {"purpose": "租车", "valid_minutes": 5}
    return me.token, issued(city.client, me)["certificate_id"], body, [{**body, "purpose": "住店"}]


def consent(city: City) -> Asked:
    body = {"purpose": "privacy-policy", "version": "2026-12", "given": True}
    return log_in(city.client).token, "", body, [{**body, "purpose": "place"}]


def address(contact: str, new: Callable[[], str]) -> Callable[[City], Asked]:
    def asked(city: City) -> Asked:
        city.stack.enter_context(texts_served(city.patch))
        return log_in(city.client).token, "", {contact: new()}, [{contact: new()}]

    return asked


def passkey(city: City) -> Asked:
    me = person(city.client)
    set_pin(city.client, me.token)

    def body() -> dict[str, Any]:
        path, home = "/v1/me/factors/webauthn/options", {"origin": ORIGIN}
        options = city.client.post(path, {}, token=me.token, headers=home).json()
        return {"credential": Authenticator().create(options), "pin": PIN}

    return me.token, "", body(), [body()]


def member(city: City) -> Asked:
    def body() -> dict[str, Any]:
        return {"name": "李一一", "id_number": childs_number(), "relation": "child"}

    return verified(city.client).token, "", body(), [body()]


def lookup(city: City) -> Asked:
    me = known_to_registers(city.client)
    first = {"register_id": "property", "service_id": "housing-fund-rent-withdrawal"}
    other = {"register_id": "households", "service_id": "id-card-replacement"}
    return me.token, "", first, [other]


def mandate(city: City) -> Asked:
    company, agents = Company(city.client), [person(city.client) for _ in range(3)]
    bodies = [
        terms(city.client, agent, services=["id-card-renewal"], actions=["book"])
        for agent in agents
    ]
    named = {**bodies[2], "organisation_id": company.id}
    return company.boss.token, "", named, bodies[:2]


def own_mandate(city: City) -> Asked:
    who, path, named, [own, other] = mandate(city)
    return who, path, own, [other, named]


def organisation(city: City) -> Asked:
    boss = person(city.client, name="陈老板")
    first, other = (
        {"credit_code": register(city.client, boss), "name": "宁波小满公司"} for _ in range(2)
    )
    return boss.token, "", first, [other]


def organisation_member(city: City) -> Asked:
    company = Company(city.client)
    codes = [agent_code(city.client, person(city.client)) for _ in range(2)]
    first, other = ({"agent_code": code, "role": "agent"} for code in codes)
    return company.boss.token, company.id, first, [other]


def signature(city: City) -> Asked:
    me = person(city.client)
    set_pin(city.client, me.token)
    body = {"act": "erase", "content": {"act": "erase"}, "factor": "pin", "pin": PIN}
    return me.token, "", body, [{**body, "content": {"act": "other"}}]


def subscription(city: City) -> Asked:
    body = {"template": "reminder", "count": 3}
    return log_in(city.client).token, "", body, [{**body, "template": "payment"}]


def payment(city: City) -> Asked:
    agent, principals, [right, _] = city.acting()
    world = city.world
    bodies = []
    for who, more in ((agent, {}), (agent, {}), (principals[0], right)):
        world.me = who
        bodies.append({"case_id": world.fee(), "method": "card", "client": "web", **more})
    return token(agent), "", bodies[2], bodies[:2]


def own_payment(city: City) -> Asked:
    who, path, acting, [own, other] = payment(city)
    return who, path, own, [other, acting]


def place_in_line(city: City) -> Asked:
    list_ = Waiters(city.client, city.clock)
    return list_.person().token, "", list_.wish(), [list_.wish(times=["morning"])]


def question(city: City) -> Asked:
    return None, "", {"text": "办身份证要带什么？"}, [{"text": "怎么换驾照？"}]


MAKERS: dict[str, tuple[Callable[[City], Asked], ...]] = {
    "/v1/admin/cases": (counter_case,),
    "/v1/admin/couriers": (account("courier", division_codes=["46"], services=["to_citizen"]),),
    "/v1/admin/enquiries": (enquiry_by_telephone,),
    "/v1/admin/issuers": (account("issuer", department_id=DEPARTMENT),),
    "/v1/admin/mandates": (witnessed_mandate,),
    "/v1/admin/offices/{office_id}/appointments": (booking_at_the_window,),
    "/v1/admin/offices/{office_id}/closures": (closure,),
    "/v1/admin/offices/{office_id}/devices": (device,),
    "/v1/admin/offices/{office_id}/tickets": (ticket,),
    "/v1/admin/payments/{payment_id}/refunds": (refund,),
    "/v1/admin/staff": (staff_account,),
    "/v1/admin/subscribers": (account("subscriber", types=["case.*"]),),
    "/v1/admin/uploads": (scan,),
    "/v1/appointments": (booking, own_booking),
    "/v1/assistant/questions": (question,),
    "/v1/cases": (case, own_case),
    "/v1/deliveries": (delivery,),
    "/v1/devices": (paired_device,),
    "/v1/draws/{draw_id}/entries": (draw_entry,),
    "/v1/enquiries": (enquiry,),
    "/v1/me/certificates/{certificate_id}/presentations": (presentation,),
    "/v1/me/consents": (consent,),
    "/v1/me/email": (address("email", lambda: f"{new_id(8).lower()}@example.com"),),
    "/v1/me/factors/webauthn": (passkey,),
    "/v1/me/family": (member,),
    "/v1/me/lookups": (lookup,),
    "/v1/me/mandates": (mandate, own_mandate),
    "/v1/me/organisations": (organisation,),
    "/v1/me/organisations/{organisation_id}/members": (organisation_member,),
    "/v1/me/phone": (address("phone", number),),
    "/v1/me/signatures": (signature,),
    "/v1/me/subscriptions": (subscription,),
    "/v1/payments": (payment, own_payment),
    "/v1/uploads": (upload,),
    "/v1/waiting-list": (place_in_line,),
}
