"""Addresses: what a courier needs, sealed under the citizen's key and masked when shown."""

import json
from dataclasses import asdict, replace
from typing import Final

from chalicelib.cases.domain import Address
from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.deliveries.domain.delivery import Delivery
from chalicelib.identity import service as identity
from chalicelib.identity.domain import masked_name, masked_phone

_DETAIL_SHOWN: Final = 6


def masked(address: Address) -> Address:
    """Return what may be shown on a screen that others see."""
    shown = address.detail[: min(_DETAIL_SHOWN, len(address.detail) // 2)]
    return replace(
        address,
        name=masked_name(address.name),
        phone=masked_phone(address.phone),
        detail=f"{shown}***",
    )


def seal(key: SubjectKey, delivery_id: str, address: Address) -> str:
    """Encrypt an address for its delivery."""
    return key.seal(f"{delivery_id}/address", json.dumps(asdict(address), ensure_ascii=False))


def unseal(key: SubjectKey, delivery_id: str, sealed: str) -> Address:
    """Decrypt an address; raises DecryptionError."""
    return Address(**json.loads(key.open(f"{delivery_id}/address", sealed)))


def address_of(delivery: Delivery) -> Address:
    """Return a delivery's address in clear; of one that was erased only the area is left."""
    try:
        return unseal(identity.key_of(delivery.citizen_id), delivery.delivery_id, delivery.sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return Address("", "", delivery.area, "")
