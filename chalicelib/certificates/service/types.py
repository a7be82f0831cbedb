"""The types of certificates that the city issues, read once."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.certificates.domain import CertificateType
from chalicelib.certificates.domain.types import parse_type

_FILE: Final = Path(__file__).parents[1] / "data" / "types.json"


@cache
def known() -> Mapping[str, CertificateType]:
    """Return all types by their ids."""
    types = map(parse_type, json.loads(_FILE.read_text()))
    return {one.type_id: one for one in types}


def type_of(type_id: str) -> CertificateType:
    """Return a type; one that the city has issued stays among them."""
    return known()[type_id]
