"""Postal addresses as people give them: one rule, whether with an application or for a parcel."""

from typing import Annotated

from chalicelib.core.http_messages import BodyModel
from chalicelib.core.text import read_phone, text, typed


class AddressGiven(BodyModel):
    """Where something is fetched or brought.

    `division_code` has the six digits of GB/T 2260 down to the county, or the twelve of the
    National Bureau of Statistics down to the village. A `phone` has its area and extension at most.
    """

    name: Annotated[str, text(50)]
    phone: Annotated[str, typed(r"\+?[0-9]{7,20}", read_phone)]
    division_code: Annotated[str, typed("[1-8][0-9]{5}([0-9]{6})?")]
    detail: Annotated[str, text(200)]
