"""Documents by which people prove who they are: numbers recognised, checked and masked.

| type | number | source |
|---|---|---|
| resident_id | 17 digits and a check character, with a birth date | GB 11643-1999 |
| hk_macao_residence_permit | the same, beginning with 81 or 82 | Guobanfa [2018] 81 |
| taiwan_residence_permit | the same, beginning with 83 | Guobanfa [2018] 81 |
| foreign_permanent_residence | the same, from 9, since 2023; else 3 letters, 12 digits | NIA |
| passport | 6 to 9 letters and digits, with a digit | ICAO Doc 9303-4 |
| hk_macao_travel_permit | H or M and 8 digits; two more count the renewals | NIA |
| taiwan_travel_permit | 8 digits; two more count the renewals, a letter ends old ones | NIA |
| birth_certificate | a letter and 9 digits; for a newborn who has no number yet | NHC |

Nobody proves by a birth certificate who they are: it names a newborn to whose parents say so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from chalicelib.core.countries import alpha_3
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.text import read_code

IdentityDocumentType = Literal[
    "resident_id",
    "hk_macao_residence_permit",
    "taiwan_residence_permit",
    "foreign_permanent_residence",
    "passport",
    "hk_macao_travel_permit",
    "taiwan_travel_permit",
]
DocumentType = Literal[IdentityDocumentType, "birth_certificate"]
# By which somebody proves who they are.
DOCUMENT_TYPES: Final[tuple[IdentityDocumentType, ...]] = get_args(IdentityDocumentType)

_EARLIEST_BIRTH: Final = date(1900, 1, 1)
_GB_11643: Final = re.compile("[1-9][0-9]{16}[0-9X]")
# In the order in which a number is recognised; a passport is what nothing else is.
_FORMS: Final[Mapping[DocumentType, re.Pattern[str]]] = {
    "resident_id": re.compile("(?!8[123]|9)[1-9][0-9]{16}[0-9X]"),
    "hk_macao_residence_permit": re.compile("8[12][0-9]{15}[0-9X]"),
    "taiwan_residence_permit": re.compile("83[0-9]{15}[0-9X]"),
    "foreign_permanent_residence": re.compile("9[0-9]{16}[0-9X]|[A-Z]{3}[0-9]{12}"),
    "hk_macao_travel_permit": re.compile("[HM][0-9]{8}([0-9]{2})?"),
    "taiwan_travel_permit": re.compile("[0-9]{8}([0-9]{2}[A-Z]?)?"),
    "passport": re.compile("(?=.*[0-9])[A-Z0-9]{6,9}"),
    "birth_certificate": re.compile("[A-Z][0-9]{9}"),
}
_CHINESE_PASSPORT: Final = re.compile("[A-Z][A-Z0-9][0-9]{7}|1[45][0-9]{7}")
# Whose documents a country may be named for; the others are anybody's.
_COUNTRIES: Final[Mapping[DocumentType, frozenset[str]]] = {
    "resident_id": frozenset({"CHN"}),
    "hk_macao_residence_permit": frozenset({"CHN", "HKG", "MAC"}),
    "taiwan_residence_permit": frozenset({"CHN", "TWN"}),
    "hk_macao_travel_permit": frozenset({"CHN", "HKG", "MAC"}),
    "taiwan_travel_permit": frozenset({"CHN", "TWN"}),
    "birth_certificate": frozenset({"CHN"}),
}
# How many characters are shown of the beginning and of the end.
_SHOWN: Final[Mapping[DocumentType, tuple[int, int]]] = {
    "resident_id": (3, 4),
    "hk_macao_residence_permit": (3, 4),
    "taiwan_residence_permit": (3, 4),
    "foreign_permanent_residence": (3, 4),
    "passport": (1, 2),
    "hk_macao_travel_permit": (1, 3),
    "taiwan_travel_permit": (1, 3),
    "birth_certificate": (1, 3),
}
# What stays when a travel permit is renewed.
_LASTING: Final[Mapping[DocumentType, int]] = {
    "hk_macao_travel_permit": 9,
    "taiwan_travel_permit": 8,
}
_FORMAT: Final[Mapping[DocumentType, Text]] = {
    "resident_id": Text("居民身份证号码应为 18 位", "The number has 18 characters"),
    "hk_macao_residence_permit": Text(
        "港澳居民居住证号码应为 18 位，以 81 或 82 开头",
        "The number has 18 characters and begins with 81 or 82",
    ),
    "taiwan_residence_permit": Text(
        "台湾居民居住证号码应为 18 位，以 83 开头",
        "The number has 18 characters and begins with 83",
    ),
    "foreign_permanent_residence": Text(
        "外国人永久居留证号码应为 18 位（以 9 开头）或 15 位",
        "The number has 18 characters and begins with 9, or has 15",
    ),
    "passport": Text(
        "护照号码应为 6 至 9 位字母和数字", "The number has 6 to 9 letters and digits"
    ),
    "hk_macao_travel_permit": Text(
        "港澳居民来往内地通行证号码应为 H 或 M 加 8 位数字", "The number is H or M and 8 digits"
    ),
    "taiwan_travel_permit": Text(
        "台湾居民来往大陆通行证号码应为 8 位数字", "The number has 8 digits"
    ),
    "birth_certificate": Text(
        "出生医学证明编号应为 1 位字母加 9 位数字", "The number is a letter and 9 digits"
    ),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose number was checked; `country` is ISO 3166-1 alpha-3, "" when not told."""

    document_type: DocumentType
    number: str
    country: str = ""

    @property
    def person_key(self) -> str:
        """Return the text that stands for the person: no other document of anybody has it.

        Numbers of GB 11643 stand for themselves, for their first digits tell the kinds apart.
        """
        if _GB_11643.fullmatch(self.number):
            return self.number
        lasting = self.number[: _LASTING.get(self.document_type)]
        return f"{self.document_type}:{self.country}:{lasting}"

    @property
    def born(self) -> date | None:
        """Return the birth date that a number of GB 11643 holds; None for the others."""
        return _birth_date(self.number) if _GB_11643.fullmatch(self.number) else None

    @property
    def masked(self) -> str:
        """Return the number with stars in its middle, as many as are hidden."""
        first, last = _SHOWN[self.document_type]
        hidden = len(self.number) - first - last
        return f"{self.number[:first]}{'*' * hidden}{self.number[-last:]}"


def read_document(
    number: str, today: date, document_type: DocumentType | None = None, country: str | None = None
) -> Document:
    """Return a document as it was typed; raises InvalidRequest.

    A type that is left out is recognised by the number, or by a country: only passports need one.
    A birth certificate is always named.
    """
    plain = re.sub("[()]", "", read_code(number))
    kind = document_type or _recognised(plain, country)
    if not _FORMS[kind].fullmatch(plain):
        raise _refused("/id_number", "id_number_format", _FORMAT[kind])
    if _GB_11643.fullmatch(plain):
        _check_gb_11643(plain, today)
    nation = _nation(kind, country)
    if (kind, nation) == ("passport", "CHN") and not _CHINESE_PASSPORT.fullmatch(plain):
        raise _refused("/id_number", "id_number_format", _FORMAT[kind])
    return Document(kind, plain, nation)


def document_of(fields: Mapping[str, str]) -> Document:
    """Return the document in fields kept in clear; what names no type is a resident ID."""
    kind = fields.get("document_type", "resident_id")
    known = next(one for one in _FORMS if one == kind)
    return Document(known, fields["id_number"], fields.get("country", ""))


def fields_of(document: Document) -> dict[str, str]:
    """Return a document as fields to be kept, from which `document_of` makes it again."""
    kept = {"document_type": document.document_type, "id_number": document.number}
    return {**kept, "country": document.country} if document.country else kept


def _recognised(number: str, country: str | None) -> DocumentType:
    forms = {kind: form for kind, form in _FORMS.items() if kind in DOCUMENT_TYPES}
    kinds = [kind for kind, form in forms.items() if form.fullmatch(number)]
    if country and "passport" in kinds and alpha_3(country) not in _COUNTRIES.get(kinds[0], ()):
        return "passport"
    if not kinds:
        text = Text("证件号码格式不正确，请核对", "This is no document's number")
        raise _refused("/id_number", "id_number_format", text)
    return kinds[0]


def _check_gb_11643(number: str, today: date) -> None:
    """Check the birth date, and the check character of ISO 7064 MOD 11-2.

    Area codes are not checked: they change, the number does not, and it may have been given out
    long after its owner was born.
    """
    from stdnum.cn import ric  # noqa: PLC0415 - cold start.

    born = _birth_date(number)
    if born is None or not _EARLIEST_BIRTH <= born <= today:
        text = Text("出生日期不存在", "The birth date does not exist")
        raise _refused("/id_number", "id_number_date", text)
    if number[17] != ric.calc_check_digit(number):
        text = Text("号码有误，请逐位核对", "The number is wrong: please check each digit")
        raise _refused("/id_number", "id_number_checksum", text)


def _nation(kind: DocumentType, country: str | None) -> str:
    if not country:
        return ""
    known = alpha_3(country)
    if known is None:
        text = Text("没有这个国家或地区代码", "There is no such country code (ISO 3166-1)")
        raise _refused("/country", "country_unknown", text)
    if known not in _COUNTRIES.get(kind, {known}):
        text = Text("国家或地区与证件类型不符", "This document is not of this country")
        raise _refused("/country", "country_mismatch", text)
    return known if kind == "passport" else ""


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _refused(pointer: str, code: str, text: Text) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError(pointer, code, text)])
