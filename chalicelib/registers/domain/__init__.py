"""Look-ups in other offices' registers: what is asked and answered, and how long it counts."""

from chalicelib.registers.domain.errors import LookupExpired
from chalicelib.registers.domain.lookup import (
    FRESH_FOR,
    Answer,
    Lookup,
    Outcome,
    first_id,
    id_for,
    is_id,
    is_owned,
)
from chalicelib.registers.domain.registers import Consent, Register, Registers, parse_registers
from chalicelib.registers.domain.steps import answered, asked, asked_again, erased

__all__ = [
    "FRESH_FOR",
    "Answer",
    "Consent",
    "Lookup",
    "LookupExpired",
    "Outcome",
    "Register",
    "Registers",
    "answered",
    "asked",
    "asked_again",
    "erased",
    "first_id",
    "id_for",
    "is_id",
    "is_owned",
    "parse_registers",
]
