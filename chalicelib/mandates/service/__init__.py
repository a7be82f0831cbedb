"""What other rooms ask before somebody acts for another."""

from chalicelib.mandates.service.acting import (
    Acting,
    acting_for,
    acting_for_parent,
    has_consent,
)

__all__ = ["Acting", "acting_for", "acting_for_parent", "has_consent"]
