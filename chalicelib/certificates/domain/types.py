"""Types of certificates as data: what stands on each, how long it is valid, what it replaces.

A type's fields are a JSON Schema (2020-12) whose words are maps of languages. Where a value comes
from stands in the schema: `x-form` are names of a form's fields, the first that was filled in
counts; `x-holder` is the name or the number of the person to whom it is issued.
"""

import calendar
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from chalicelib.certificates.domain.certificate import Holder
from chalicelib.core.i18n import Lang, Text

_MONTHS: Final = 12
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class CertificateType:
    """One type of certificate.

    It is valid for `months` after the day of issue, None where it has no end. A newer one
    `replaces` those that the same person has. `second_holder` are the form's fields with the name
    and number of another person whom it names. `own_keys` say what its `number` and its days
    mean in forms, by their `x-key`: `issued_on` and `valid_until`. `renewed_by` is
    the service that renews it, where there is one.
    """

    type_id: str
    title: Text
    department_id: str
    issuer: Text
    number_prefix: str
    months: int | None
    replaces: bool
    schema: Mapping[str, Any]
    second_holder: tuple[str, str] | None = None
    own_keys: Mapping[str, str] = field(default_factory=dict)
    renewed_by: str | None = None

    def fields_of(self, holder: Holder, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands on a certificate; what the form leaves out is left out."""
        known = {"name": holder.name, "id_number": holder.shown_number}
        fields: dict[str, Any] = {}
        for name, rules in self.schema["properties"].items():
            sources = [known.get(rules.get("x-holder", ""))]
            sources += [form.get(one) for one in rules.get("x-form", ())]
            value = next((one for one in sources if one is not None), None)
            if value is not None:
                fields[name] = value
        return fields

    @property
    def keys(self) -> frozenset[str]:
        """Return what stands on it, by the `x-key` of forms' fields."""
        rules = self.schema["properties"].values()
        return frozenset(
            {one["x-key"] for one in rules if "x-key" in one} | {*self.own_keys.values()}
        )

    def labels(self, lang: Lang) -> dict[str, str]:
        """Return what people call the fields, in their order."""
        properties = self.schema["properties"].items()
        return {name: str(rules["title"][lang]) for name, rules in properties}

    def number_of(self, certificate_id: str, issued_on: date) -> str:
        """Return the number of a certificate: the type, the year, and digits that follow its id."""
        digest = hashlib.sha256(f"certificate/{certificate_id}".encode()).digest()
        digits = int.from_bytes(digest, "big") % 10**_DIGITS
        return f"{self.number_prefix}{issued_on.year}{digits:0{_DIGITS}}"


def parse_type(data: Mapping[str, Any]) -> CertificateType:
    """Read a type from JSON."""
    second = data.get("second_holder")
    return CertificateType(
        data["type"],
        _text(data["title"]),
        data["department_id"],
        _text(data["issuer"]),
        data["number_prefix"],
        data["valid_months"],
        data["replaces"],
        data["schema"],
        (second["name"], second["id_number"]) if second else None,
        data.get("own_keys", {}),
        data.get("renewed_by"),
    )


def last_day(begins: date, months: int | None) -> date | None:
    """Return the last day of a time of so many months; None where it has no end.

    It is the day of the same number; a month that has none ends with its own last day (Civil Code
    of the PRC, article 202).
    """
    if months is None:
        return None
    years, month = divmod(begins.month - 1 + months, _MONTHS)
    year, month = begins.year + years, month + 1
    return date(year, month, min(begins.day, calendar.monthrange(year, month)[1]))


def _text(data: Mapping[str, str]) -> Text:
    return Text(data["zh-CN"], data["en"])
