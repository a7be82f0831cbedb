"""Registers of a demonstration: what they say follows from the number of whoever is asked about.

| register | confirms |
|---|---|
| `households` | everybody |
| `property` | `owns_no_home` for an even day of birth, `owns_home` for an odd one |
| `housing` | `has_lease` for who owns no home; `has_sale_contract` for everybody |
| `marriages` | `is_married` for who owns a home, `is_not_married` for the others |
| `births`, `drivers` | everybody |
| `business` | who was born in an even month |
| `social-insurance` | `is_insured` for an even year of birth, `has_record` for everybody |

Everybody is who has a resident number; other documents are in none of them.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.registers.domain import Answer
from chalicelib.registers.providers.base import Question

_YEAR: Final = slice(6, 10)
_MONTH: Final = slice(10, 12)
_DAY: Final = slice(12, 14)
_BODY: Final = 17
# The digit of a number that is odd for men (GB 11643).
_SEX: Final = 16
_ROADS: Final = ("中山东路", "百丈路", "药行街", "环城西路", "甬江大道")
_TRADES: Final = ("餐饮店", "便利店", "理发店", "文具店", "花店")
_GIVEN_NAMES: Final = ("安", "宁", "文", "晨", "嘉")
# Of these days one knows for sure that the other party to a sale owns a home, or none.
_OWNER_BORN, _BUYER_BORN = "19800101", "19800102"


class EmbeddedOfficeRegister:
    """Answers by the rule of the number."""

    def ask(self, question: Question) -> Answer:
        """Return what the rule says."""
        today = office_time(dependencies.clock().now()).date()
        return answer(question.claim, question.fields, question.person, today)


def answer(claim: str, fields: tuple[str, ...], person: IdentityClaim, today: date) -> Answer:
    """Return what a demonstration's register says of a claim, with the values asked for."""
    number = person.document.number
    if person.document.document_type != "resident_id":
        return Answer("not_found")
    is_so = {
        "owns_no_home": not _owns_home(number),
        "owns_home": _owns_home(number),
        "has_lease": not _owns_home(number),
        "is_married": _owns_home(number),
        "is_not_married": not _owns_home(number),
        "runs_business": _is_even(number[_MONTH]),
        "is_insured": _is_even(number[_YEAR]),
    }
    if not is_so.get(claim, True):
        return Answer("denied")
    values = _values(claim, person, today)
    return Answer("confirmed", {name: values[name] for name in fields if name in values})


def _values(claim: str, person: IdentityClaim, today: date) -> Mapping[str, Any]:
    """Return all that the registers know of a person: always the same, but for the calendar."""
    number = person.document.number
    if claim == "has_newborn":
        return _birth(person, today)
    if claim == "has_sale_contract":
        return _sale(number, today)
    return {**_facts(number), **_home(number), **_licence(number, today), **_spouse(number)}


def _owns_home(number: str) -> bool:
    return not _is_even(number[_DAY])


def _is_even(digits: str) -> bool:
    return int(digits) % 2 == 0


def _digest(number: str) -> int:
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big")


def _address(seed: int) -> str:
    return f"宁波市海曙区{_ROADS[seed % len(_ROADS)]}{seed % 300 + 1}号"


def _facts(number: str) -> dict[str, Any]:
    """Return what the registers of households, businesses, insurance and leases know."""
    digest = _digest(number)
    shop = f"宁波市鄞州区{_ROADS[digest // 7 % len(_ROADS)]}{digest // 11 % 300 + 1}号"
    return {
        "household_address": _address(digest),
        "birthplace": "浙江省宁波市",
        "resident_kind": "local",
        "trade_name": f"宁波市鄞州区{number[-4:-1]}{_TRADES[digest % len(_TRADES)]}",
        "credit_code": _credit_code("92330212", digest),
        "premises_address": shop,
        "employer": "宁波甬江制造有限公司",
        "employer_code": _credit_code("91330203", digest // 1000),
        "social_insurance_months": digest % 120 + 6,
        "was_insured_elsewhere": False,
        "rental_kind": "market",
        "lease_number": f"ZL{digest % 10**10:010}",
        "monthly_rent": digest % 30 * 100 + 1500,
        "residence_address": _address(digest // 13),
    }


def _home(owner: str) -> dict[str, Any]:
    """Return what the register of property knows of the home of an owner."""
    digest = _digest(owner)
    return {
        "property_certificate_number": f"浙（2021）宁波市不动产权第{digest % 10**7:07}号",
        "property_unit_number": f"330203001001GB{digest % 10**5:05}F{digest % 10**8:08}",
        "property_address": _address(digest),
        "property_area": digest % 90 + 50,
        "property_use": "dwelling",
        "property_has_mortgage": False,
    }


def _sale(number: str, today: date) -> dict[str, Any]:
    """Return a contract by which who owns a home sells it, and who owns none buys one."""
    sells = _owns_home(number)
    born = _BUYER_BORN if sells else _OWNER_BORN
    other = _number(f"{number[:6]}{born}{number[14:_BODY]}")
    digest = _digest(number)
    return {
        **_home(number if sells else other),
        "sale_role": "seller" if sells else "buyer",
        "sale_other_party_name": f"周{_given_name(digest)}",
        "sale_other_party_id_number": other,
        "sale_price": digest % 300 * 10_000 + 800_000,
        "sale_contract_number": f"NB{digest % 10**10:010}",
        "sale_contract_signed_on": (today - timedelta(days=10)).isoformat(),
        "sale_is_co_owned": False,
    }


def _licence(number: str, today: date) -> dict[str, Any]:
    digest = _digest(number)
    return {
        "licence_class": "C1",
        "licence_file_number": f"3302{digest % 10**8:08}",
        "wears_glasses": digest % 3 == 0,
        "driver_examined_on": (today - timedelta(days=7)).isoformat(),
        "examined_at": "宁波市第一医院",
    }


def _spouse(number: str) -> dict[str, Any]:
    """Return whom one is married to: of the same birthday, and married to one in turn."""
    of_two = _digest(number[:_SEX])
    return {
        "spouse_name": _name_of(_partner(number)),
        "spouse_id_number": _partner(number),
        "marriage_certificate_number": f"J330203-2019-{of_two % 10**6:06}",
        "married_on": "2019-05-20",
        "unmarried_status": "never_married",
    }


def _birth(person: IdentityClaim, today: date) -> dict[str, Any]:
    """Return a child that was born three weeks ago, the same for both of its parents."""
    number = person.document.number
    own, other = (person.name, number), (_name_of(_partner(number)), _partner(number))
    mother, father = (own, other) if _is_even(number[_SEX]) else (other, own)
    of_two = _digest(number[:_SEX])
    return {
        "child_name": f"{person.name[0]}{_given_name(of_two)}",
        "child_sex": "female" if of_two % 2 else "male",
        "child_born_on": (today - timedelta(days=21)).isoformat(),
        "child_born_at": "08:30",
        "birth_certificate_number": f"W33{of_two % 10**7:07}",
        "birth_hospital": "宁波市妇女儿童医院",
        "mother_name": mother[0],
        "mother_id_number": mother[1],
        "father_is_known": True,
        "father_name": father[0],
        "father_id_number": father[1],
    }


def _partner(number: str) -> str:
    return _number(f"{number[:_SEX]}{int(number[_SEX]) ^ 1}")


def _name_of(number: str) -> str:
    return f"林{_given_name(_digest(number))}"


def _given_name(seed: int) -> str:
    return _GIVEN_NAMES[seed // 3 % len(_GIVEN_NAMES)]


def _number(body: str) -> str:
    """Return a resident number of 17 digits with its check character (GB 11643)."""
    from stdnum.cn import ric  # noqa: PLC0415 - cold start.

    return f"{body}{ric.calc_check_digit(f'{body}0')}"


def _credit_code(begins: str, seed: int) -> str:
    """Return a well-formed unified social credit code (GB 32100-2015)."""
    from stdnum.cn import uscc  # noqa: PLC0415 - cold start.

    body = f"{begins}MA{seed % 10**7:07}"
    return f"{body}{uscc.calc_check_digit(body)}"
