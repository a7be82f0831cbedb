"""People for tests: citizens with numbers that are well formed, and staff."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Final

from chalicelib.core.ids import new_id
from tests.support.client import ApiClient

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_chance: Final = random.SystemRandom()
_given: Final[set[str]] = set()


@dataclass(frozen=True)
class Citizen:
    """A citizen who is logged in."""

    citizen_id: str
    token: str
    refresh_token: str


def new_code() -> str:
    return f"c{new_id(12).lower()}"


def log_in(client: ApiClient, code: str | None = None) -> Citizen:
    answer = client.post("/v1/login", {"platform": "demo", "code": code or new_code()})
    assert answer.status == 200, answer.body
    given = answer.json()
    return Citizen(given["citizen"]["citizen_id"], given["access_token"], given["refresh_token"])


def log_in_again(client: ApiClient, who: Citizen) -> Citizen:
    """Renew the tokens of a citizen, whom a moved clock has logged out."""
    answer = client.post("/v1/login/refresh", {"refresh_token": who.refresh_token})
    assert answer.status == 200, answer.body
    given = answer.json()
    return Citizen(who.citizen_id, given["access_token"], given["refresh_token"])


def id_number(area: str = "330203", years: tuple[int, int] = (1940, 2005)) -> str:
    """Return the number of somebody who was born in some year."""
    while True:
        born = date(_chance.randint(*years), _chance.randint(1, 12), _chance.randint(1, 28))
        body = f"{area}{born:%Y%m%d}{_chance.randint(0, 999):03}"
        if body not in _given:
            return _numbered(body)


def number_of(born: date, area: str = "330203") -> str:
    """Return the number of somebody who was born on a day."""
    bodies = (f"{area}{born:%Y%m%d}{serial:03}" for serial in range(1000))
    return _numbered(next(body for body in bodies if body not in _given))


def _numbered(body: str) -> str:
    """Return a number by GB 11643-1999: area, birth date, serial number, check character.

    Each is another person's: among some thousands two would often be alike.
    """
    _given.add(body)
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def childs_number() -> str:
    """Return the number of somebody who is a minor for years to come, as tests' clocks go far."""
    return id_number(years=(2019, 2025))


def be_adult(client: ApiClient, who: Citizen) -> None:
    """Have a citizen verified as an adult, unless they are verified; the log-in knows it later."""
    if client.get("/v1/me", token=who.token).json()["verification_level"] == "basic":
        body = {"name": "王大明", "id_number": id_number()}
        assert client.put("/v1/me/identity", body, token=who.token).status == 200


def log_in_staff(client: ApiClient, username: str, password: str = "onetrip-demo") -> str:
    answer = client.post("/v1/staff/login", {"username": username, "password": password})
    assert answer.status == 200, answer.body
    return str(answer.json()["access_token"])


def auditor(client: ApiClient, hall: str) -> str:
    """Return the token of a new auditor of a hall."""
    from chalicelib.identity.staff import service as staff

    name = new_code()
    staff.add_staff(name, "onetrip-demo", frozenset({"auditor"}), frozenset({hall}))
    return log_in_staff(client, name)
