"""Registers of a demonstration: what they say follows from the number of whoever is asked about.

| register | confirms |
|---|---|
| `households` | everybody with a resident number |
| `property` | `owns_no_home` for an even day of birth, `owns_home` for an odd one |
| `business` | who was born in an even month |
| `social-insurance` | who was born in an even year |

Other documents are in none of them.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core.id_documents import Document
from chalicelib.registers.domain import Answer
from chalicelib.registers.providers.base import Question

_YEAR: Final = slice(6, 10)
_MONTH: Final = slice(10, 12)
_DAY: Final = slice(12, 14)
_ROADS: Final = ("中山东路", "百丈路", "药行街", "环城西路", "甬江大道")
_TRADES: Final = ("餐饮店", "便利店", "理发店", "文具店", "花店")


class EmbeddedOfficeRegister:
    """Answers by the rule of the number."""

    def ask(self, question: Question) -> Answer:
        """Return what the rule says."""
        return answer(question.claim, question.fields, question.person.document)


def answer(claim: str, fields: tuple[str, ...], document: Document) -> Answer:
    """Return what a demonstration's register says of a claim, with the values asked for."""
    number = document.number
    if document.document_type != "resident_id":
        return Answer("not_found")
    is_even = {
        "owns_no_home": _is_even(number[_DAY]),
        "owns_home": not _is_even(number[_DAY]),
        "runs_business": _is_even(number[_MONTH]),
        "is_insured": _is_even(number[_YEAR]),
    }
    if not is_even.get(claim, True):
        return Answer("denied")
    values = _values(number)
    return Answer("confirmed", {name: values[name] for name in fields if name in values})


def _is_even(digits: str) -> bool:
    return int(digits) % 2 == 0


def _values(number: str) -> Mapping[str, Any]:
    """Return all that the registers know of a number: always the same."""
    digest = int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big")
    house, road = digest % 300 + 1, _ROADS[digest % len(_ROADS)]
    home = f"宁波市海曙区{road}{house}号"
    shop = f"宁波市鄞州区{_ROADS[digest // 7 % len(_ROADS)]}{digest // 11 % 300 + 1}号"
    return {
        "household_address": home,
        "birthplace": "浙江省宁波市",
        "property_certificate_number": f"浙（2021）宁波市不动产权第{digest % 10**7:07}号",
        "property_unit_number": f"330203001001GB{digest % 10**5:05}F{digest % 10**8:08}",
        "property_address": home,
        "property_area": digest % 90 + 50,
        "property_use": "dwelling",
        "trade_name": f"宁波市鄞州区{number[-4:-1]}{_TRADES[digest % len(_TRADES)]}",
        "credit_code": _credit_code("92330212", digest),
        "premises_address": shop,
        "employer": "宁波甬江制造有限公司",
        "employer_code": _credit_code("91330203", digest // 1000),
        "social_insurance_months": digest % 120 + 6,
    }


def _credit_code(begins: str, seed: int) -> str:
    """Return a well-formed unified social credit code (GB 32100-2015)."""
    from stdnum.cn import uscc  # noqa: PLC0415 - cold start.

    body = f"{begins}MA{seed % 10**7:07}"
    return f"{body}{uscc.calc_check_digit(body)}"
