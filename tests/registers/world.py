"""Look-ups for tests: people of whom the registers say what a test needs, and their answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core.ids import new_id
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.registers import providers
from chalicelib.registers.domain import Answer
from chalicelib.registers.providers.base import Question
from tests.support.cases import application, have_papers, lodge
from tests.support.client import Answer as Reply
from tests.support.client import ApiClient
from tests.support.people import Citizen, id_number, log_in, new_code

# The services that ask for a proof of another office, with the register, and the material.
PROOFS = {
    "housing-fund-rent-withdrawal": ("property", "no-home-proof"),
    "id-card-replacement": ("households", "household-register"),
    "residence-permit": ("social-insurance", "employment-proof"),
    "food-business-licence": ("business", "business-licence"),
}
RENT, PROPERTY, NO_HOME = "housing-fund-rent-withdrawal", "property", "no-home-proof"


def number(
    *, even: bool = True, woman: bool | None = None, years: tuple[int, int] = (1940, 2005)
) -> str:
    """Return a number of an adult whose year, month and day of birth are all even, or all odd."""
    while True:
        found = id_number(years=years)
        is_of_sex = woman is None or (int(found[16]) % 2 == 0) == woman
        dated = {int(part) % 2 for part in (found[9], found[11], found[13])}
        if is_of_sex and dated == {0 if even else 1}:
            return found


def known_to_registers(
    client: ApiClient,
    *,
    even: bool = True,
    code: str | None = None,
    woman: bool | None = None,
    years: tuple[int, int] = (1940, 2005),
) -> Citizen:
    """Return a citizen whose identity is verified, of whom the registers know what they know."""
    code = code or new_code()
    me = log_in(client, code)
    body = {"name": "王小明", "id_number": number(even=even, woman=woman, years=years)}
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    have_papers(me)
    return log_in(client, code)


def look_up(
    client: ApiClient,
    who: Citizen,
    service: str = RENT,
    register: str = PROPERTY,
    key: str | None = None,
    **more: Any,
) -> Reply:
    body = {"register_id": register, "service_id": service, **more}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/me/lookups", body, token=who.token, headers=headers)


def made(client: ApiClient, who: Citizen, *asked: str, **more: Any) -> dict[str, Any]:
    answer = look_up(client, who, *asked, **more)
    assert answer.status == 201, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


def lodge_with(
    client: ApiClient, who: Citizen, service: str, material: str, lookup_id: str, **more: Any
) -> Reply:
    """Lodge an application in which one material is a look-up."""
    others = [one for one in application(service)["materials"] if one["material_id"] != material]
    given = [*others, {"material_id": material, "lookup_id": lookup_id}]
    return lodge(client, who, service=service, materials=given, **more)


class Register:
    """A register that answers what a test says, and notes what it is asked."""

    def __init__(self) -> None:
        self.says: Answer | None = Answer("confirmed")
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if self.says is None:
            raise ProviderUnavailable(retry_after=5)
        return self.says


@contextmanager
def register_of_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    register = Register()
    with monkeypatch.context() as patched:
        patched.setattr(providers, "office_register", lambda: register)
        yield register
