"""Addresses: what a courier needs, sealed under the citizen's key and masked when shown."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Final

from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.identity.domain import masked_name, masked_phone

_PHONE: Final = re.compile(r"\+?[0-9][0-9-]{4,18}[0-9]")
_DIVISION: Final = re.compile(r"[1-8][0-9]{5}(?:[0-9]{6})?")
_DETAIL_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel is fetched or brought; `division_code` is GB/T 2260 (6 or 12 digits)."""

    name: str
    phone: str
    division_code: str
    detail: str

    def masked(self) -> "Address":
        """Return what may be shown on a screen that others see."""
        shown = self.detail[: min(_DETAIL_SHOWN, len(self.detail) // 2)]
        return Address(
            masked_name(self.name), masked_phone(self.phone), self.division_code, f"{shown}***"
        )


def seal(key: SubjectKey, delivery_id: str, address: Address) -> str:
    """Encrypt an address for its delivery."""
    return key.seal(f"{delivery_id}/address", json.dumps(asdict(address), ensure_ascii=False))


def unseal(key: SubjectKey, delivery_id: str, sealed: str) -> Address:
    """Decrypt an address; raises Undecipherable."""
    return Address(**json.loads(key.open(f"{delivery_id}/address", sealed)))


def check_address(address: Address, pointer: str = "/address") -> None:
    """Refuse what no courier could use; raises InvalidRequest that names every wrong field."""
    wrong = []
    if not address.name.strip():
        wrong.append(_wrong(f"{pointer}/name", "请填写收件人", "Give the name"))
    if not _PHONE.fullmatch(address.phone):
        wrong.append(_wrong(f"{pointer}/phone", "电话号码有误", "This is not a phone number"))
    if not _DIVISION.fullmatch(address.division_code):
        wrong.append(
            _wrong(f"{pointer}/division_code", "行政区划代码有误", "This is not a division code")
        )
    if not address.detail.strip():
        wrong.append(_wrong(f"{pointer}/detail", "请填写详细地址", "Give the address"))
    if wrong:
        raise InvalidRequest(errors=wrong)


def _wrong(pointer: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, "invalid", Text(zh, en))
